import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostNames } from "../../src/cli/argv/option-types.ts";
import { foldHosts } from "../../src/hosts/fold-hosts.ts";
import { expandRanges } from "../../src/hosts/host-range.ts";

const texts = (hosts: readonly string[]): readonly string[] => foldHosts(hosts).map(({ text }) => text);
const numbered = (count: number, width = 0): string[] =>
  Array.from({ length: count }, (_, at) => String(at + 1).padStart(width, "0"));

describe("hosts that differ in a number", () => {
  it.each<[string, string[], string[]]>([
    ["numbers in a row", numbered(40).map((at) => `web${at}`), ["web[1-40]"]],
    ["numbers with zeros in front", numbered(12, 2).map((at) => `web${at}.shop.example`), ["web[01-12].shop.example"]],
    ["zeros in front, and more digits", ["n98", "n99", "n100", "n08", "n07"], ["n[07-08,98-100]"]],
    ["a nine with a zero and one without", ["n9", "n09", "n10"], ["n[9,09-10]"]],
    ["gaps", ["web7", "web1", "web3", "web2"], ["web[1-3,7]"]],
    ["a host that is like no other", ["web1", "db1", "web2"], ["web[1-2]", "db1"]],
    ["names without a number", ["b", "c"], ["b", "c"]],
    ["two numbers: the one that most differ in", ["r1n1", "r2n1", "r3n1", "r3n2"], ["r[1-3]n1", "r3n2"]],
    ["two numbers that make no difference: the last", ["r1n1", "r1n2", "r2n1", "r2n2"], ["r1n[1-2]", "r2n[1-2]"]],
    ["addresses", ["10.0.0.7", "10.0.0.8"], ["10.0.0.[7-8]"]],
    ["ports", ["127.0.0.1:2201", "127.0.0.1:2202"], ["127.0.0.1:[2201-2202]"]],
    ["addresses in brackets", ["[::1]:22", "[::1]:23"], ["[::1]:22", "[::1]:23"]],
    ["more digits than a range takes", ["n1234567890", "n1234567891"], ["n1234567890", "n1234567891"]],
    ["users", ["me1@a", "me2@a", "me@b1", "me@b2"], ["me1@a", "me2@a", "me@b[1-2]"]],
    ["none", [], []],
  ])("are one range: %s", (_, hosts, expected) => {
    expect(texts(hosts)).toEqual(expected);
  });

  const number = fc
    .tuple(fc.oneof(fc.nat(120), fc.constantFrom(8, 9, 10, 98, 99, 100, 999_999_999)), fc.integer({ min: 0, max: 4 }))
    .map(([value, width]) => String(value).padStart(width, "0"));
  const part = fc.constantFrom("web", "db-", ".", ":", "-", "a", "me@", "::", "");
  const name = fc
    .oneof({ weight: 9, arbitrary: fc.tuple(part, number, part, fc.option(number, { nil: "" }), part) }, fc.tuple(part, part))
    .map((parts) => parts.join(""))
    .filter((text) => text !== "" && !text.startsWith("-"));
  const names = fc.uniqueArray(fc.oneof({ weight: 20, arbitrary: name }, fc.constantFrom("[::1]:22", "[::1]:23")), {
    maxLength: 60,
  });

  it("are read again as the same hosts, each once, as a list for -H too", () => {
    fc.assert(
      fc.property(names, (hosts) => {
        const folded = foldHosts(hosts);
        expect(folded.flatMap(({ text }) => expandRanges(text)).sort()).toEqual([...hosts].sort());
        for (const { text, count } of folded) expect(expandRanges(text)).toHaveLength(count);
        if (hosts.length > 0) expect(hostNames.read(texts(hosts).join(","))).toEqual(texts(hosts));
      }),
      { numRuns: 1000 },
    );
  });

  it("are one range whatever their order", () => {
    fc.assert(
      fc.property(fc.nat(90), fc.integer({ min: 2, max: 60 }), fc.constantFrom(0, 3), (first, count, width) => {
        const show = (value: number): string => String(value).padStart(width, "0");
        const hosts = Array.from({ length: count }, (_, at) => `web${show(first + at)}.x`);
        expect(texts([...hosts].reverse())).toEqual([`web[${show(first)}-${show(first + count - 1)}].x`]);
      }),
    );
  });
});

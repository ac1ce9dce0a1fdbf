import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProblemsError } from "../../src/errors.ts";
import type { HostInput } from "../../src/hosts/host.ts";
import { expandHost, expandRanges } from "../../src/hosts/host-range.ts";
import { createInventory } from "../../src/hosts/inventory.ts";

const where = { file: "deployfile.ts", line: 7 };

function problemOf(input: HostInput): Partial<ProblemsError["problems"][number]> {
  try {
    expandHost(input, where);
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems[0] ?? {};
  }
  return {};
}

describe("a range of hosts", () => {
  it.each<[string, string[]]>([
    ["web1", ["web1"]],
    ["web[1:3]", ["web1", "web2", "web3"]],
    ["web[08:11].example.com", ["web08.example.com", "web09.example.com", "web10.example.com", "web11.example.com"]],
    ["web[9:11]", ["web9", "web10", "web11"]],
    ["web[0:2]", ["web0", "web1", "web2"]],
    ["web[2:8:3]", ["web2", "web5", "web8"]],
    ["db-[a:c]", ["db-a", "db-b", "db-c"]],
    ["db-[X:Z]", ["db-X", "db-Y", "db-Z"]],
    ["rack[1:2]-[a:b]", ["rack1-a", "rack1-b", "rack2-a", "rack2-b"]],
    ["[1:2].example.com", ["1.example.com", "2.example.com"]],
    ["root@web[1:2]:2222", ["root@web1:2222", "root@web2:2222"]],
    ["127.0.0.1:[2201:2202]", ["127.0.0.1:2201", "127.0.0.1:2202"]],
    ["10.0.0.[7:8]", ["10.0.0.7", "10.0.0.8"]],
    ["web[1:2]*", ["web1*", "web2*"]],
    ["web[5:5]", ["web5"]],
    ["web[1-3]", ["web1", "web2", "web3"]],
    ["web[08-10,12]", ["web08", "web09", "web10", "web12"]],
    ["db-[a-c,x]", ["db-a", "db-b", "db-c", "db-x"]],
    ["web[7,1:5:2]", ["web7", "web1", "web3", "web5"]],
    ["[1,3]:22", ["1:22", "3:22"]],
    // Addresses in brackets are no ranges.
    ["[::1]:22", ["[::1]:22"]],
    ["me@[2001:db8::7]", ["me@[2001:db8::7]"]],
    ["[::1]:[22:23]", ["[::1]:22", "[::1]:23"]],
    ["[nonsense]:22", ["[nonsense]:22"]],
  ])("%s", (text, expected) => {
    expect(expandRanges(text)).toEqual(expected);
  });

  it.each<[HostInput, string, string]>([
    ["web[1-]", 'The host "web[1-]" has [1-], which is no range.', "web[1:20]"],
    ["web[5]", 'The host "web[5]" has [5], which is no range.', "web[1-3,7]"],
    ["web[1,]", 'The host "web[1,]" has nothing at a comma, which is no range.', "web[1-3,7]"],
    ["web[1,5-3]", 'The host "web[1,5-3]" has 5-3, which begins behind its end.', "Write 3-5."],
    ["web[1,8-10,08-100]", 'The host "web[1,8-10,08-100]" has 08-100, whose ends have not as many digits.', "Write 008-100"],
    ["web[1-6000,1-6000]", 'The host "web[1-6000,1-6000]" has [1-6000,1-6000]: that is 12000 hosts, and 10000 are the most.', ""],
    ["web[]", 'The host "web[]" has [], which is no range.', "web[1:20]"],
    ["web[1:b]", 'The host "web[1:b]" has [1:b], which is no range.', "web[a:c]"],
    ["web[a:C]", 'The host "web[a:C]" has [a:C], which is no range.', "web[a:c]"],
    ["web[3:1]", 'The host "web[3:1]" has [3:1], which begins behind its end.', "Write [1:3]."],
    ["web[01:100]", 'The host "web[01:100]" has [01:100], whose ends have not as many digits.', "Write [001:100]"],
    ["web[1:020]", 'The host "web[1:020]" has [1:020], whose ends have not as many digits.', "Write [001:020]"],
    ["web[1:2", 'The host "web[1:2" has a bracket without its other half.', "web[1:20]"],
    ["web1:2]", 'The host "web1:2]" has a bracket without its other half.', "web[1:20]"],
    ["web{8..12}.local", 'The host "web{8..12}.local" has a range in braces.', "Write [8:12]."],
    ["web[1:99999999]", 'The host "web[1:99999999]" has [1:99999999]: that is 99999999 hosts, and 10000 are the most.', ""],
    ["web[1:999]-[1:999]", 'The host "web[1:999]-[1:999]" names more than 10000 hosts.', ""],
    [{ host: "web[1:2]", name: "web" }, 'The host "web[1:2]" stands for 2 hosts, which cannot share one name.', "one by one"],
  ])("refuses %j, with its place and what would be right", (input, message, hint) => {
    const problem = problemOf(input);
    expect(problem).toMatchObject({ message, where });
    expect(problem.hint ?? "").toContain(hint);
  });

  it("names every number between its ends once, as wide as they are written", () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(300), fc.boolean(), (first, more, padded) => {
        const width = padded ? String(first + more).length + 1 : 0;
        const show = (value: number): string => String(value).padStart(width, "0");
        const expected = Array.from({ length: more + 1 }, (_, at) => `h${show(first + at)}`);
        expect(expandRanges(`h[${show(first)}:${show(first + more)}]`)).toEqual(expected);
      }),
    );
  });

  it("gives hosts of a role and settings of an object to each of them", () => {
    const { hosts } = createInventory([
      { role: "web", input: "web[1:2]", where },
      { input: { host: "web[2:3]", zone: "b" }, where },
    ]);
    expect(hosts.map(({ id, roles, settings }) => [id, roles, settings])).toEqual([
      ["web1", ["web"], {}],
      ["web2", ["web"], { zone: "b" }],
      ["web3", [], { zone: "b" }],
    ]);
  });

  it("tells all that is wrong with a deployfile's hosts at once", () => {
    const entries = ["web[1-]", "ok1", "a b", "db{1..2}"].map((input) => ({ role: "web", input, where }));
    const thrown = (): unknown => createInventory(entries);
    expect(thrown).toThrow(ProblemsError);
    expect(thrown).toThrow(/\[1-\][\s\S]*"a b"[\s\S]*braces/);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffLines } from "../../../src/cli/exec/line-diff.ts";

const text = (...lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");
const numbered = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, at) => `line ${from + at}`);

/** What comes of the first text with the diff: what `patch` does. */
function apply(diff: readonly string[], left: string): string {
  const lines = left.split(/(?<=\n)/).filter((line) => line !== "");
  const out: string[] = [];
  let at = 0;
  for (const [index, line] of diff.entries()) {
    const [, from = "", count = "1"] = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@$/.exec(line) ?? [];
    const body = line.slice(1) + (diff[index + 1]?.startsWith("\\") === true ? "" : "\n");
    if (from !== "") {
      const start = Number(from) - (count === "0" ? 0 : 1);
      out.push(...lines.slice(at, start));
      at = start;
    } else if (line.startsWith("+")) out.push(body);
    else if (!line.startsWith("\\")) {
      expect(lines[at]).toBe(body);
      if (line.startsWith(" ")) out.push(body);
      at++;
    }
  }
  return [...out, ...lines.slice(at)].join("");
}

/** Lines of the longest text that is left of both when lines are taken out. */
function inCommon(left: readonly string[], right: readonly string[]): number {
  const row = new Array<number>(right.length + 1).fill(0);
  for (const line of left) {
    let diagonal = 0;
    for (const [at, other] of right.entries()) {
      const above = row[at + 1] ?? 0;
      row[at + 1] = line === other ? diagonal + 1 : Math.max(above, row[at] ?? 0);
      diagonal = above;
    }
  }
  return row.at(-1) ?? 0;
}

const count = (diff: readonly string[], mark: string): number => diff.filter((line) => line.startsWith(mark)).length;

describe("what differs between two texts", () => {
  it.each<[string, string, string, string[]]>([
    ["nothing", text("a"), text("a"), []],
    ["a line", text("a", "b", "c"), text("a", "x", "c"), ["@@ -1,3 +1,3 @@", " a", "-b", "+x", " c"]],
    ["all, where there was none", "", text("a"), ["@@ -0,0 +1 @@", "+a"]],
    ["all, where none is left", text("a", "b"), "", ["@@ -1,2 +0,0 @@", "-a", "-b"]],
    ["the last newline", "a", text("a"), ["@@ -1 +1 @@", "-a", "\\ No newline at end of file", "+a"]],
    [
      "a line in the middle of many",
      text(...numbered(0, 100)),
      text(...numbered(0, 50), "x", ...numbered(51, 100)),
      ["@@ -48,7 +48,7 @@", " line 47", " line 48", " line 49", "-line 50", "+x", " line 51", " line 52", " line 53"],
    ],
    [
      "more than can be compared",
      text(...numbered(0, 2)),
      text("x", ...numbered(9, 909)),
      ["@@ -1,2 +1,901 @@", "-line 0", "-line 1", "+x", ...numbered(9, 909).map((line) => `+${line}`)],
    ],
    [
      "lines that are far from each other",
      text("x", ...numbered(0, 9), "y"),
      text(...numbered(0, 9)),
      ["@@ -1,4 +1,3 @@", "-x", " line 0", " line 1", " line 2", "@@ -8,4 +7,3 @@", " line 6", " line 7", " line 8", "-y"],
    ],
    [
      "lines that share what is around them",
      text("x", "a", "b", "c", "d", "e", "f", "y"),
      text("a", "b", "c", "d", "e", "f"),
      ["@@ -1,8 +1,6 @@", "-x", " a", " b", " c", " d", " e", " f", "-y"],
    ],
  ])("is %s", (_, left, right, expected) => {
    expect(diffLines(left, right)).toEqual(expected);
  });

  it("makes the second of the first, with as few lines as there can be", () => {
    const letters = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 25 });
    fc.assert(
      fc.property(letters, letters, fc.boolean(), (left, right, ended) => {
        const [first, second] = [text(...left), ended ? text(...right) : right.join("\n")];
        const diff = diffLines(first, second);
        expect(apply(diff, first)).toBe(second);
        const lines = (whole: string): string[] => whole.split(/(?<=\n)/).filter((line) => line !== "");
        const common = inCommon(lines(first), lines(second));
        expect([count(diff, "-"), count(diff, "+")]).toEqual([lines(first).length - common, lines(second).length - common]);
      }),
    );
  });

  it("is right too where the texts are large and have little in common", () => {
    const left = text(...Array.from({ length: 30_000 }, (_, at) => String((at * 7919) % 1009)));
    const right = text("x", ...Array.from({ length: 30_000 }, (_, at) => String((at * 104_729) % 997)));
    expect(apply(diffLines(left, right), left)).toBe(right);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { textWidth } from "../../src/columns.ts";
import { formatElapsed } from "../../src/report/elapsed.ts";
import { nameHosts } from "../../src/report/host-list.ts";
import { createLines, linesOf } from "../../src/report/lines.ts";
import { clip } from "../../src/report/width.ts";

describe("lines of a stream", () => {
  it("come when they are complete, the last one at the end", () => {
    const lines = createLines();
    expect([lines.push("a\nb"), lines.push("c\r\n"), lines.push("d"), lines.flush(), lines.flush()]).toEqual([
      ["a"],
      ["bc"],
      [],
      ["d"],
      [],
    ]);
  });

  it("show the last state of a progress bar", () => {
    expect(linesOf("10%\r50%\r100%\ndone\r")).toEqual(["100%", "done"]);
  });

  it("keep empty lines", () => {
    expect(linesOf("a\n\nb\n")).toEqual(["a", "", "b"]);
  });

  it("are cut when they have no end", () => {
    const lines = createLines();
    const found = Array.from({ length: 10 }, () => lines.push("x".repeat(5000))).flat();
    expect(found.every((line) => line.length === 8192)).toBe(true);
    expect(found.join("").length + (lines.flush()[0]?.length ?? 0)).toBe(50_000);
  });

  it("are the same however the text is cut", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "\n", "\r", "é"), maxLength: 30 });
    fc.assert(
      fc.property(fc.array(text), (parts) => {
        const lines = createLines();
        expect([...parts.flatMap((part) => lines.push(part)), ...lines.flush()]).toEqual(linesOf(parts.join("")));
      }),
    );
  });
});

describe("formatElapsed", () => {
  it.each([
    [0, "<0.1s"],
    [49, "<0.1s"],
    [400, "0.4s"],
    [9_949, "9.9s"],
    [9_950, "10s"],
    [59_400, "59s"],
    [59_600, "1m 00s"],
    [125_000, "2m 05s"],
    [3_599_900, "1h 00m"],
    [7_380_000, "2h 03m"],
    [-5, "<0.1s"],
    [Number.NaN, "<0.1s"],
  ])("writes %d ms as %s", (milliseconds, text) => {
    expect(formatElapsed(milliseconds)).toBe(text);
  });
});

describe("clip", () => {
  it.each([
    ["short", 10, "short"],
    ["exactly ten", 11, "exactly ten"],
    ["much too long", 8, "much to…"],
    ["漢字漢字", 5, "漢字…"],
    // cli-truncate 5.2.0 makes this seven columns wide (findings/cli-truncate-wide.sh).
    ["漢字漢字", 6, "漢字…"],
    ["e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"],
    ["\x1b[31mred text\x1b[39m", 4, "\x1b[31mred…\x1b[39m"],
    ["x", 0, ""],
  ])("cuts %j to %d columns", (text, columns, cut) => {
    expect(clip(text, columns)).toBe(cut);
  });

  it("never makes anything wider than asked for", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "漢", "😀", "\u0301", "\x1b[1m") }), fc.nat(20), (text, columns) => {
        expect(textWidth(clip(text, columns))).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe("nameHosts", () => {
  it("names all of a few, and counts the rest of many", () => {
    expect(nameHosts(["a", "b"])).toBe("a, b");
    expect(nameHosts(["a", "b", "c", "d"], 3)).toBe("a, b and 2 more");
    expect(nameHosts(["a", "b", "c"], 3)).toBe("a, b, c");
  });
});

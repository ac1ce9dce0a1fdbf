import { describe, expect, it } from "vitest";
import { drawColumns, padColumns, textWidth } from "../src/columns.ts";
import { codeFrame } from "../src/loader/code-frame.ts";
import { clip } from "../src/report/width.ts";

/** What terminals give it, and why a sum over code points is wrong. */
const TEXTS: readonly (readonly [string, number, string])[] = [
  ["app1", 4, "ASCII"],
  ["über", 4, "a letter of two code points"],
  ["u\u0308ber", 4, "a letter with a mark of its own"],
  ["日本語", 6, "wide letters"],
  ["ﾊﾟ", 2, "half-width kana with its mark"],
  ["🇩🇪", 2, "a flag of two code points"],
  ["🏴󠁧󠁢󠁳󠁣󠁴󠁿", 2, "a flag of tags"],
  ["1️⃣", 2, "a keycap"],
  ["👨‍👩‍👧‍👦", 2, "a family"],
  ["👍🏽", 2, "a thumb with a skin"],
  ["❤️", 2, "a heart made an emoji"],
  ["\x1b[31mred\x1b[39m", 3, "colours"],
  ["\x1b]8;;https://ci.example/7\x1b\\build 7\x1b]8;;\x1b\\", 7, "a link, ended by ST"],
  ["\x1b]8;;https://ci.example/7\x07build 7\x1b]8;;\x07", 7, "a link, ended by BEL"],
];

describe("the width of text on a screen", () => {
  it.each(TEXTS)("of %j is %i: %s", (text, width) => {
    expect(textWidth(text)).toBe(width);
    expect(textWidth(padColumns(text, 20))).toBe(20);
  });

  it.each(TEXTS)("keeps columns even, with %j in a table", (text, width) => {
    const [first = "", second = ""] = drawColumns([
      [text, "|"],
      ["x".repeat(9), "|"],
    ]).split("\n");
    expect(first).toBe(`${text}${" ".repeat(9 - width)}  |`);
    expect(second).toBe("xxxxxxxxx  |");
  });

  it.each(TEXTS)("cuts lines there, with %j repeated", (text, width) => {
    const cut = clip(text.repeat(30), 20);
    const whole = Math.floor(19 / width) * width;
    expect(textWidth(cut)).toBeGreaterThanOrEqual(whole);
    expect(textWidth(cut)).toBeLessThanOrEqual(20);
    expect(cut).toContain("…");
  });

  it("puts the mark of a code frame under its letter", () => {
    const frame = codeFrame('const 名 = "🇩🇪"; oops();', 1, 'const 名 = "🇩🇪"; '.length + 1).split("\n");
    const [source = "", mark = ""] = frame;
    expect(textWidth(mark)).toBe(textWidth(source.slice(0, source.indexOf("oops"))) + 1);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CapturedOutput, TAIL_LENGTH } from "../../src/transport/output.ts";

describe("CapturedOutput", () => {
  it("decodes any bytes, cut anywhere, as if they had come at once", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: "grapheme" }).map((text) => new TextEncoder().encode(text)),
    );
    fc.assert(
      fc.property(bytes, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), (all, sizes) => {
        const output = new CapturedOutput();
        let shown = "";
        for (let at = 0, turn = 0; at < all.length; turn++) {
          const size = sizes[turn % sizes.length]!;
          shown += output.push(all.subarray(at, at + size));
          at += size;
        }
        shown += output.end();
        expect(shown).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(all));
        expect(output.text).toBe(shown);
      }),
    );
  });

  it("keeps a byte order mark", () => {
    const output = new CapturedOutput();
    output.push(Buffer.from("\ufeffa"));
    expect(output.text).toBe("\ufeffa");
  });

  it("keeps the end of what is too long", () => {
    const output = new CapturedOutput();
    for (let n = 0; n < 30; n++) output.push(Buffer.from(String(n % 10).repeat(10_000)));
    output.end();
    expect(output.truncated).toBe(true);
    expect(output.text.length).toBe(TAIL_LENGTH);
    expect(output.text.endsWith("9".repeat(10_000))).toBe(true);
  });

  it("is not truncated by what just fits", () => {
    const output = new CapturedOutput();
    output.push(Buffer.alloc(TAIL_LENGTH, "x"));
    expect([output.text.length, output.truncated]).toEqual([TAIL_LENGTH, false]);
    output.push(Buffer.from("y"));
    expect([output.text.length, output.truncated]).toEqual([TAIL_LENGTH, true]);
  });

  it("cuts no character in half", () => {
    const output = new CapturedOutput();
    output.push(Buffer.from(`${"\u{1f600}".repeat(TAIL_LENGTH)}x`));
    expect(output.text.length).toBe(TAIL_LENGTH - 1);
    expect(output.text).not.toMatch(/^[\udc00-\udfff]/);
  });

  it("keeps all when it is asked to, up to the limit, and then the end", () => {
    const output = new CapturedOutput({ keep: "all", limit: 300_000 });
    for (let n = 0; n < 3; n++) output.push(Buffer.alloc(100_000, "x"));
    expect([output.text.length, output.truncated, output.overflowed]).toEqual([300_000, false, false]);
    output.push(Buffer.from("y"));
    expect([output.text.length, output.truncated, output.overflowed]).toEqual([TAIL_LENGTH, true, true]);
    expect(output.text.endsWith("xy")).toBe(true);
  });
});

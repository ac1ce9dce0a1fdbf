import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PackedText } from "../../src/process/packed-text.ts";
import { cut, cuts } from "./cut.ts";

const BLOCK = 32 * 1024;

function pack(pieces: readonly string[], bytes = Number.POSITIVE_INFINITY): PackedText {
  const packed = new PackedText();
  for (const piece of pieces) {
    packed.push(piece);
    packed.trim(bytes);
  }
  return packed;
}

describe("packed text", () => {
  it("is what was put in, from any place on, with its characters whole", () => {
    // Long enough for some blocks, so that they end anywhere in a character.
    const unit = fc.constantFrom("a", "\u00fc", "\u20ac", "\u{1f600}", "line\n");
    const text = fc.array(unit, { minLength: 1, maxLength: 50 }).map((units) => units.join("").repeat(2000));
    fc.assert(
      fc.property(text, cuts, fc.nat(), (whole, sizes, from) => {
        const pieces = cut(
          [...whole],
          sizes.map((size) => size * 997),
        ).map((piece) => piece.join(""));
        const packed = pack(pieces);
        const count = from % (whole.length + 10);
        expect(packed.length).toBe(whole.length);
        expect(packed.last(whole.length) === whole).toBe(true);
        expect(packed.last(count) === whole.slice(Math.max(0, whole.length - count))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it("holds no more than it is told to, and a block", () => {
    for (const size of [10, 5000, 70_000]) {
      const pieces = Array.from({ length: Math.ceil(1_000_000 / size) }, (_, at) => String(at % 10).repeat(size));
      const packed = pack(pieces, 100_000);
      expect(packed.length).toBeGreaterThanOrEqual(100_000);
      expect(packed.length).toBeLessThan(100_000 + BLOCK);
      expect(packed.last(90_000) === pieces.join("").slice(-90_000)).toBe(true);
    }
  });

  it("takes little memory for little text, and the same again and again", () => {
    const allocated: number[] = [];
    const { allocUnsafeSlow } = Buffer;
    Buffer.allocUnsafeSlow = (size) => {
      allocated.push(size);
      return allocUnsafeSlow(size);
    };
    try {
      pack(["little"]);
      expect(allocated.splice(0)).toEqual([8192]);
      pack(
        Array.from({ length: 1000 }, () => "x".repeat(10_000)),
        100_000,
      );
      expect(allocated.length).toBeLessThan(10);
    } finally {
      Buffer.allocUnsafeSlow = allocUnsafeSlow;
    }
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Piece, Splitter } from "../../../src/transport/framing/splitter.ts";

const marker = "@fake:0123456789abcdef0123456789abcdef";

/** Pushes `bytes` in parts of the given sizes; joins neighbouring data. */
function split(bytes: Buffer, sizes: readonly number[]): { readonly pieces: readonly unknown[]; readonly rest: string } {
  const splitter = new Splitter(marker);
  const pieces: Piece[] = [];
  let left = bytes;
  for (let turn = 0; left.length > 0; turn++) {
    const size = sizes.length === 0 ? left.length : sizes[turn % sizes.length]!;
    pieces.push(...splitter.push(left.subarray(0, size)));
    left = left.subarray(size);
  }
  pieces.push(...splitter.end());
  return { pieces: joined(pieces), rest: splitter.rest.toString("latin1") };
}

function joined(pieces: readonly Piece[]): readonly unknown[] {
  const out: unknown[] = [];
  for (const piece of pieces) {
    const last = out.at(-1);
    const text = piece.kind === "data" ? piece.bytes.toString("latin1") : undefined;
    if (text !== undefined && typeof last === "string") out[out.length - 1] = last + text;
    else out.push(text ?? piece);
  }
  return out;
}

/** Output in which beginnings of the marker, whole markers and frames that are none are frequent. */
const output = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
      fc.nat(marker.length).map((length) => marker.slice(0, length)),
      fc.constantFrom(
        marker,
        `${marker}\n`,
        `${marker} S\n`,
        `${marker} E 1\n`,
        `${marker} X 1 2\n`,
        `${marker} F!\n`,
        `${marker}${marker}`,
      ),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""))
  // What would be a frame when the true one follows is not what this is about.
  .filter((text) => !/@fake:\w{32}(?: [SEF \d]*)?$/.test(text) && !/@fake:\w{32} (?:S \d+( \d+)?|E \d+ \d+|F)\r?\n/.test(text));

const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 10 });

describe("Splitter", () => {
  it("finds frames between any outputs, cut at any byte", () => {
    fc.assert(
      fc.property(output, output, output, sizes, (noise, data, rest, cuts) => {
        const text = `${noise}${marker} S 0 123\n${data}${marker} E 0 7\n${marker} F\n${rest}`;
        const found = split(Buffer.from(text, "latin1"), cuts);
        const expected = [
          ...(noise === "" ? [] : [noise]),
          { kind: "start", index: 0, pid: 123 },
          ...(data === "" ? [] : [data]),
          { kind: "end", index: 0, status: 7 },
          { kind: "last" },
        ];
        expect(found).toEqual({ pieces: expected, rest });
      }),
      { numRuns: 1000 },
    );
  });

  it("gives all bytes of a stream without frames", () => {
    fc.assert(
      fc.property(output, sizes, (text, cuts) => {
        expect(split(Buffer.from(text, "latin1"), cuts)).toEqual({ pieces: text === "" ? [] : [text], rest: "" });
      }),
    );
  });

  it("holds back no more than may become a frame", () => {
    const splitter = new Splitter(marker);
    expect(joined(splitter.push(Buffer.from("45%@fak")))).toEqual(["45%"]);
    expect(joined(splitter.push(Buffer.from("e!")))).toEqual(["@fake!"]);
    expect(joined(splitter.push(Buffer.from(`a${marker} S 0 `)))).toEqual(["a"]);
    expect(joined(splitter.push(Buffer.from("9".repeat(60))))).toEqual([`${marker} S 0 ${"9".repeat(60)}`]);
  });

  it("takes frames from a terminal, where lines end in a carriage return too", () => {
    expect(split(Buffer.from(`${marker} S 0 5\r\n${marker} F\r\nx`), []).pieces).toEqual([
      { kind: "start", index: 0, pid: 5 },
      { kind: "last" },
    ]);
  });

  it("keeps no reference to a large chunk for the few bytes it holds back", () => {
    const splitter = new Splitter(marker);
    const chunk = Buffer.alloc(1024 * 1024, "x");
    chunk.write("@fake", chunk.length - 5);
    splitter.push(chunk);
    const [piece] = splitter.end();
    expect(piece?.kind === "data" ? piece.bytes.buffer.byteLength : undefined).toBeLessThan(100_000);
  });
});

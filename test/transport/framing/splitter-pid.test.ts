import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Piece, parsePid, Splitter } from "../../../src/transport/framing/splitter.ts";

/** What a splitter made of a stream: the pid, what was before it, and what is behind. */
function taken(pieces: readonly Piece[], { rest }: Splitter) {
  const before = pieces.map((piece) => (piece.kind === "data" ? piece.bytes.toString() : "")).join("");
  const pids = pieces.flatMap((piece) => (piece.kind === "pid" ? piece.pid : []));
  return { pids, before, behind: rest.toString() };
}

describe("the first line of a process", () => {
  it("is taken out once, and tells what was before it from what is behind, however the stream is cut", () => {
    const text = "motd @fake:0 4\r@fake:0 12x\r\n@fake:0 42\r\n@fake:0 43\n";
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }), (sizes) => {
        const splitter = new Splitter("@fake:0", parsePid);
        const pieces: Piece[] = [];
        for (let at = 0, turn = 0; at < text.length; turn++) {
          const size = sizes[turn % sizes.length]!;
          pieces.push(...splitter.push(Buffer.from(text.slice(at, at + size))));
          at += size;
        }
        const before = "motd @fake:0 4\r@fake:0 12x\r\n";
        expect(taken(pieces, splitter)).toEqual({ pids: [42], before, behind: "@fake:0 43\n" });
      }),
    );
  });

  it("that does not come leaves all as it is", () => {
    const splitter = new Splitter("@fake:0", parsePid);
    const pieces = splitter.push(Buffer.from("stty: not a terminal, really @fa"));
    expect(taken(pieces, splitter)).toEqual({ pids: [], before: "stty: not a terminal, really ", behind: "" });
    expect(splitter.end().map((piece) => piece.kind === "data" && piece.bytes.toString())).toEqual(["@fa"]);
  });
});

import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { batchesOf, eachOf } from "../../../src/process/transfer/pieces.ts";

const PIECE = 32 * 1024;

function some(count: number) {
  const stream = new PassThrough({ highWaterMark: 2 * 1024 * 1024 });
  const pieces = Array.from({ length: count }, (_, at) => Buffer.alloc(PIECE, at));
  for (const piece of pieces) stream.write(piece);
  return { stream, pieces };
}

describe("what has come of a stream", () => {
  it("is its pieces, as they are, and no more at a time than is worth a write", async () => {
    const { stream, pieces } = some(40);
    stream.end();
    const got: Buffer[] = [];
    for await (const batch of batchesOf(stream)) {
      expect(batch.length).toBeLessThanOrEqual(8);
      got.push(...batch);
      // Who is slow holds up the stream.
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(stream.readableLength).toBeGreaterThanOrEqual((40 - got.length - 8) * PIECE);
    }
    expect(got.length).toBe(40);
    expect(got.every((piece, at) => piece.equals(pieces[at] as Buffer) && piece.length === PIECE)).toBe(true);
  });

  it("comes to its end, whether it has ended before, is cut off or is left alone", async () => {
    const ended = some(1).stream;
    ended.end();
    await new Promise((resolve) => ended.on("end", resolve).resume());
    for await (const piece of eachOf(batchesOf(ended))) expect.unreachable(String(piece));
    const cut = some(2).stream;
    let count = 0;
    for await (const _ of eachOf(batchesOf(cut))) if (++count === 2) cut.destroy();
    expect(count).toBe(2);
    const left = some(20).stream;
    for await (const _ of eachOf(batchesOf(left))) break;
    left.end();
    await new Promise((resolve) => left.once("end", resolve));
  });

  it("fails as it does", async () => {
    const { stream } = some(1);
    const read = async (): Promise<void> => {
      for await (const _ of batchesOf(stream)) stream.destroy(new Error("torn"));
    };
    await expect(read()).rejects.toThrow("torn");
  });
});

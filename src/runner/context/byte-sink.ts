import { Writable } from "node:stream";

/** Keeps what is written to it, up to a limit. */
export interface ByteSink {
  readonly stream: Writable;
  readonly overflowed: boolean;
  bytes(): Buffer;
}

/** @param onOverflow called once, when more than `limit` bytes have come */
export function createByteSink(limit: number, onOverflow: () => void): ByteSink {
  const chunks: Buffer[] = [];
  let size = 0;
  let overflowed = false;
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else if (!overflowed) {
        overflowed = true;
        chunks.length = 0;
        onOverflow();
      }
      done();
    },
  });
  return {
    stream,
    get overflowed() {
      return overflowed;
    },
    bytes: () => Buffer.concat(chunks),
  };
}

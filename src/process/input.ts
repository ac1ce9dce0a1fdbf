import { Writable } from "node:stream";
import type { Process } from "./process.ts";

/** The input of a process as a stream. It is over without an error when that has ended: what could not be written is told by the process. */
export function inputOf(process: Pick<Process, "write" | "end" | "isEnded">): Writable {
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      process.write(chunk).then(() => {
        if (process.isEnded) stream.destroy();
        done();
      }, done);
    },
    final(done) {
      process.end().then(() => done(), done);
    },
  });
  return stream;
}

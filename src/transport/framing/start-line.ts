import type { Readable } from "node:stream";
import { findLine } from "./scan.ts";

/** What is not the line: login scripts print before it. Behind it comes what we have asked for. */
export interface AroundLine {
  readonly before: Buffer;
  readonly behind: Buffer;
}

const NOTHING = Buffer.alloc(0);

/** Takes the line `<marker> <pid>`, the first thing that a process of ours says, out of its output. */
export class StartLine {
  /** Undefined until the line has come. */
  pid: number | undefined;
  #held: Buffer = NOTHING;
  readonly #marker: Buffer;

  constructor(marker: string) {
    this.#marker = Buffer.from(marker, "latin1");
  }

  push(chunk: Buffer): AroundLine {
    if (this.pid !== undefined) return { before: NOTHING, behind: chunk };
    const bytes = Buffer.concat([this.#held, chunk]);
    const { at, value, next } = findLine(bytes, this.#marker, parsePid);
    this.pid = value;
    const before = bytes.subarray(0, at);
    if (value !== undefined) return { before, behind: bytes.subarray(next) };
    this.#held = bytes.subarray(at);
    return { before, behind: NOTHING };
  }

  /** The output has ended: what was held back. */
  end(): Buffer {
    return this.pid === undefined ? this.#held : NOTHING;
  }
}

/** A terminal ends lines with a carriage return too. */
function parsePid(text: string): number | undefined {
  const word = /^ ([1-9]\d{0,9})\r*$/.exec(text)?.[1];
  return word === undefined ? undefined : Number(word);
}

/** Takes the line out of the stream, and what is before it, and leaves the rest to whoever reads next. Undefined when it does not come. */
export function takeLine(stream: Readable, marker: string): Promise<number | undefined> {
  const line = new StartLine(marker);
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("data", onData).off("end", done).off("close", done);
      resolve(line.pid);
    };
    const onData = (chunk: Buffer): void => {
      const { behind } = line.push(chunk);
      if (line.pid === undefined) return;
      stream.pause();
      if (behind.length > 0) stream.unshift(behind);
      // As if nobody had asked for data yet: a stream that was paused does not flow for the next who listens.
      stream.on("readable", done).off("readable", done);
      done();
    };
    stream.on("data", onData).once("end", done).once("close", done);
  });
}

import { Transform, type TransformCallback } from "node:stream";

/** What login scripts print is kept up to here, for the error when no shell starts. */
const NOISE = 2000;
const NEWLINE = 10;
/** Behind the marker: a blank, the number, and the end of the line. A terminal ends lines with a carriage return too. */
const PID = /^ ([1-9]\d{0,9})\r?$/;
const LONGEST_LINE = 13;

/**
 * Takes the line `<marker> <pid>` out of a shell's output, where it is the first thing the shell says. What login scripts
 * print before it goes by as it is: the framing knows it for noise.
 */
export class PidGate extends Transform {
  readonly pid: Promise<number | undefined>;
  noise = "";
  readonly #marker: Buffer;
  #settle: (pid: number | undefined) => void = () => undefined;
  #held: Buffer = Buffer.alloc(0);
  #open = false;

  constructor(marker: string) {
    super({ highWaterMark: 1024 * 1024 });
    this.#marker = Buffer.from(marker);
    this.pid = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** No pid will come. */
  giveUp(): void {
    this.#settle(undefined);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    done(null, this.#open ? chunk : this.#search(chunk));
  }

  override _flush(done: TransformCallback): void {
    this.giveUp();
    done(null, this.#open ? undefined : this.#pass(this.#held));
  }

  #search(chunk: Buffer): Buffer {
    const bytes = Buffer.concat([this.#held, chunk]);
    for (let at = bytes.indexOf(this.#marker); at !== -1; at = bytes.indexOf(this.#marker, at + 1)) {
      const start = at + this.#marker.length;
      const line = bytes.subarray(start, start + LONGEST_LINE);
      const length = line.indexOf(NEWLINE);
      if (length === -1 && line.length < LONGEST_LINE) return this.#hold(bytes, at);
      const pid = PID.exec(line.toString("latin1", 0, Math.max(0, length)))?.[1];
      // Not what our shell says: noise like any other.
      if (pid === undefined) continue;
      this.#open = true;
      this.#settle(Number(pid));
      return Buffer.concat([this.#pass(bytes.subarray(0, at)), line.subarray(length + 1), bytes.subarray(start + LONGEST_LINE)]);
    }
    return this.#hold(bytes, Math.max(0, bytes.length - this.#marker.length + 1));
  }

  /** Lets through what comes before `from`; the rest may be the beginning of the line. */
  #hold(bytes: Buffer, from: number): Buffer {
    this.#held = bytes.subarray(from);
    return this.#pass(bytes.subarray(0, from));
  }

  #pass(bytes: Buffer): Buffer {
    this.noise = (this.noise + bytes.toString("utf8")).slice(-NOISE);
    return bytes;
  }
}

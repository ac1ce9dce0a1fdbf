/** Takes the stream of one flight apart at its frames. */
import { findLine } from "./scan.ts";

/** What a stream is made of, in order. */
export type Piece =
  | { readonly kind: "data"; readonly bytes: Buffer }
  | { readonly kind: "start"; readonly index: number; readonly pid: number | undefined }
  | { readonly kind: "end"; readonly index: number; readonly status: number }
  /** `stays`: the shell waits for another flight. */
  | { readonly kind: "last"; readonly stays?: true };

const NOTHING = Buffer.alloc(0);

export class Splitter {
  /** Held back; behind the flight's last frame all that has come. */
  #held: Buffer = NOTHING;
  #over = false;
  readonly #marker: Buffer;

  constructor(marker: string) {
    this.#marker = Buffer.from(marker, "latin1");
  }

  /** Bytes in, pieces out. What follows the `last` piece is not looked into: it is `rest`. */
  push(chunk: Buffer): readonly Piece[] {
    let left = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const pieces: Piece[] = [];
    while (!this.#over && left.length > 0) {
      const { at, value, next } = findLine(left, this.#marker, parseFrame);
      if (at > 0) pieces.push({ kind: "data", bytes: left.subarray(0, at) });
      if (value === undefined) {
        // A copy: the chunk it is part of may be large, and is done with.
        this.#held = at === left.length ? NOTHING : Buffer.from(left.subarray(at));
        return pieces;
      }
      pieces.push(value);
      left = left.subarray(next);
      this.#over = value.kind === "last";
    }
    this.#held = left;
    return pieces;
  }

  /** The stream has ended: what was held back is data. */
  end(): readonly Piece[] {
    if (this.#over || this.#held.length === 0) return [];
    const bytes = this.#held;
    this.#held = NOTHING;
    return [{ kind: "data", bytes }];
  }

  /** Bytes behind the last frame of the flight. */
  get rest(): Buffer {
    return this.#over ? this.#held : NOTHING;
  }
}

/** A terminal ends lines with a carriage return too, and one inside another with two. */
function parseFrame(line: string): Piece | undefined {
  const match = /^ (?:S (\d{1,9})(?: (\d{1,10}))?|E (\d{1,9}) (\d{1,5})|(F)( \+)?)\r*$/.exec(line);
  if (match === null) return undefined;
  const [, started, pid, ended, status, , stays] = match;
  if (started !== undefined) return { kind: "start", index: Number(started), pid: pid === undefined ? undefined : Number(pid) };
  if (ended !== undefined) return { kind: "end", index: Number(ended), status: Number(status) };
  return stays === undefined ? { kind: "last" } : { kind: "last", stays: true };
}

/**
 * Takes what a host says to us out of what runs there prints: lines that begin with a marker, in bytes that may be cut anywhere. Output
 * may hold anything, parts of a marker included: only what might still become such a line is held back.
 */
import { type Readable, Transform } from "node:stream";

/** What a stream is made of, in order. */
export type Piece =
  | { readonly kind: "data"; readonly bytes: Buffer }
  | { readonly kind: "start"; readonly index: number; readonly pid: number | undefined }
  | { readonly kind: "end"; readonly index: number; readonly status: number; readonly refused?: true }
  /** `stays`: the shell waits for another flight. */
  | { readonly kind: "last"; readonly stays?: true }
  /** Whether the host has the text that it is to keep (kept.ts). */
  | { readonly kind: "kept"; readonly has: boolean }
  /** The first thing that a process of ours says; login scripts print before it. */
  | { readonly kind: "pid"; readonly pid: number };

const NOTHING = Buffer.alloc(0);

/** No line of ours is longer than this behind its marker. */
const LONGEST = 48;
const NEWLINE = 10;

export class Splitter {
  /** Held back; behind the last line of ours all that has come. */
  #held: Buffer = NOTHING;
  #over = false;
  /** As text: what of a small buffer lives keeps all of the pool that node made it in. */
  readonly #marker: string;
  readonly #parse: (line: string) => Piece | undefined;

  /** @param parse what is behind the marker: undefined when it says nothing to us. @default frames of a flight */
  constructor(marker: string, parse: (line: string) => Piece | undefined = parseFrame) {
    this.#marker = marker;
    this.#parse = parse;
  }

  /** Bytes in, pieces out. What follows a `last` or a `pid` is not looked into: it is `rest`. */
  push(chunk: Buffer): readonly Piece[] {
    let left = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const pieces: Piece[] = [];
    while (!this.#over && left.length > 0) {
      const { at, piece, next } = this.#find(left);
      if (at > 0) pieces.push({ kind: "data", bytes: left.subarray(0, at) });
      if (piece === undefined) {
        // A copy: the chunk it is part of may be large, and is done with.
        this.#held = at === left.length ? NOTHING : Buffer.from(left.subarray(at));
        return pieces;
      }
      pieces.push(piece);
      left = left.subarray(next);
      this.#over = piece.kind === "last" || piece.kind === "pid";
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

  /** Bytes behind the last line of ours. */
  get rest(): Buffer {
    return this.#over ? this.#held : NOTHING;
  }

  /** The first line of ours, and where the next one begins. Without one: from `at` on more bytes are needed to tell. */
  #find(bytes: Buffer): { readonly at: number; readonly piece?: Piece; readonly next: number } {
    const marker = this.#marker;
    let at = bytes.indexOf(marker, 0, "latin1");
    while (at !== -1) {
      const start = at + marker.length;
      const line = bytes.subarray(start, start + LONGEST + 1);
      const length = line.indexOf(NEWLINE);
      if (length === -1 && line.length < LONGEST) return { at, next: 0 };
      const piece = length === -1 ? undefined : this.#parse(line.toString("latin1", 0, length));
      if (piece !== undefined) return { at, piece, next: start + length + 1 };
      at = bytes.indexOf(marker, start, "latin1");
    }
    return { at: bytes.length - heldLength(bytes, marker), next: 0 };
  }
}

/** Length of the longest end of `bytes` with which the marker may begin. */
function heldLength(bytes: Buffer, marker: string): number {
  const first = marker.charCodeAt(0);
  let at = bytes.indexOf(first, Math.max(0, bytes.length - marker.length + 1));
  while (at !== -1 && !marker.startsWith(bytes.toString("latin1", at))) at = bytes.indexOf(first, at + 1);
  return at === -1 ? 0 : bytes.length - at;
}

/** A terminal ends lines with a carriage return too, and one inside another with two. */
function parseFrame(line: string): Piece | undefined {
  const match = /^ (?:S (\d{1,9})(?: (\d{1,10}))?|E (\d{1,9}) (\d{1,5})( -)?|(F)( \+)?|([KN]))\r*$/.exec(line);
  if (match === null) return undefined;
  const [, started, pid, ended, status, refused, , stays, kept] = match;
  if (started !== undefined) return { kind: "start", index: Number(started), pid: pid === undefined ? undefined : Number(pid) };
  if (ended !== undefined) {
    const end = { kind: "end", index: Number(ended), status: Number(status) } as const;
    return refused === undefined ? end : { ...end, refused: true };
  }
  if (kept !== undefined) return { kind: "kept", has: kept === "K" };
  return stays === undefined ? { kind: "last" } : { kind: "last", stays: true };
}

/** Of the line `<marker> <pid>`. */
export function parsePid(line: string): Piece | undefined {
  const word = /^ ([1-9]\d{0,9})\r*$/.exec(line)?.[1];
  return word === undefined ? undefined : { kind: "pid", pid: Number(word) };
}

/**
 * Takes the line `<marker> <pid>` out of the stream, and what is before it, and leaves the rest to whoever reads next. Undefined when it
 * does not come.
 */
export function takePid(stream: Readable, marker: string): Promise<number | undefined> {
  const splitter = new Splitter(marker, parsePid);
  return new Promise((resolve) => {
    const done = (pid?: number): void => {
      stream.off("data", onData).off("end", onEnd).off("close", onEnd);
      resolve(pid);
    };
    const onEnd = (): void => done();
    const onData = (chunk: Buffer): void => {
      const piece = splitter.push(chunk).at(-1);
      if (piece?.kind !== "pid") return;
      stream.pause();
      if (splitter.rest.length > 0) stream.unshift(splitter.rest);
      // As if nobody had asked for data yet: a stream that was paused does not flow for the next who listens.
      stream.on("readable", onEnd).off("readable", onEnd);
      done(piece.pid);
    };
    stream.on("data", onData).once("end", onEnd).once("close", onEnd);
  });
}

/**
 * The stream without the line `<marker> <pid>`: what is before it, and all of it where it does not come, may be of use. `said` settles when it has come, and
 * when it will not.
 */
export function passButPid(from: Readable, marker: string): { readonly stream: Readable; readonly said: Promise<void> } {
  const splitter = new Splitter(marker, parsePid);
  let isThere = false;
  let tell: () => void = () => undefined;
  const said = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const stream = new Transform({
    transform(chunk: Buffer, _, done) {
      if (isThere) return done(null, chunk);
      for (const piece of splitter.push(chunk)) {
        if (piece.kind === "data") stream.push(piece.bytes);
        isThere ||= piece.kind === "pid";
      }
      if (isThere) {
        if (splitter.rest.length > 0) stream.push(splitter.rest);
        tell();
      }
      done();
    },
    flush(done) {
      for (const piece of splitter.end()) if (piece.kind === "data") stream.push(piece.bytes);
      done();
    },
  });
  for (const event of ["end", "close"]) from.once(event, () => tell());
  from.once("error", (error) => stream.destroy(error));
  from.once("close", () => from.readableEnded || stream.destroy());
  return { stream: from.pipe(stream), said };
}

/**
 * Finds frames in one stream of bytes, which may be cut anywhere. Output may hold anything, parts of a marker included:
 * only what might still become a frame is held back.
 */

/** What a stream is made of, in order. `noise` is outside all commands. */
export type Piece =
  | { readonly kind: "data"; readonly bytes: Buffer }
  | { readonly kind: "start"; readonly index: number; readonly pid: number | undefined }
  | { readonly kind: "end"; readonly index: number; readonly status: number }
  /** `stays`: the shell waits for another flight. */
  | { readonly kind: "last"; readonly stays?: true };

export interface Splitter {
  /** Bytes in, pieces out. What follows the `last` piece is not looked into: it is `rest`. */
  push(chunk: Uint8Array): readonly Piece[];
  /** The stream has ended: what was held back is data. */
  end(): readonly Piece[];
  /** Bytes behind the last frame of the flight: they belong to the next one. */
  readonly rest: Buffer;
}

/** A frame line is never longer than this behind the marker: ` S <index> <pid>` and a newline. */
const LONGEST_FRAME = 48;
const NEWLINE = 10;
const NOTHING = Buffer.alloc(0);

export function createSplitter(marker: string): Splitter {
  const needle = Buffer.from(marker, "latin1");
  let held: Buffer = NOTHING;
  let over = false;

  function take(chunk: Uint8Array): Piece[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let left = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
    held = NOTHING;
    const pieces: Piece[] = [];
    while (!over && left.length > 0) {
      const found = findFrame(left, needle);
      addData(pieces, left.subarray(0, found.at));
      if (found.piece === undefined) {
        // A copy: the chunk it is part of may be large, and is done with.
        held = Buffer.from(left.subarray(found.at));
        return pieces;
      }
      pieces.push(found.piece);
      left = left.subarray(found.next);
      over = found.piece.kind === "last";
    }
    held = left;
    return pieces;
  }

  return {
    push(chunk) {
      if (!over) return take(chunk);
      held = Buffer.concat([held, chunk]);
      return [];
    },
    end() {
      if (over) return [];
      const pieces: Piece[] = [];
      addData(pieces, held);
      held = NOTHING;
      return pieces;
    },
    get rest() {
      return over ? held : NOTHING;
    },
  };
}

/** The first frame in `bytes`, or the place from which on more bytes are needed to tell. */
function findFrame(bytes: Buffer, needle: Buffer): { at: number; piece?: Piece; next: number } {
  let from = 0;
  while (true) {
    const at = bytes.indexOf(needle, from);
    if (at === -1) return { at: bytes.length - heldLength(bytes, needle), next: 0 };
    const start = at + needle.length;
    const line = bytes.subarray(start, start + LONGEST_FRAME + 1);
    const length = line.indexOf(NEWLINE);
    if (length === -1 && line.length < LONGEST_FRAME) return { at, next: 0 };
    const piece = length === -1 ? undefined : parseFrame(line.toString("latin1", 0, length));
    if (piece !== undefined) return { at, piece, next: start + length + 1 };
    from = start;
  }
}

/** Length of the longest end of `bytes` with which the marker may begin. */
function heldLength(bytes: Buffer, needle: Buffer): number {
  const first = needle[0] ?? 0;
  let at = bytes.indexOf(first, Math.max(0, bytes.length - needle.length + 1));
  while (at !== -1 && bytes.compare(needle, 0, bytes.length - at, at) !== 0) at = bytes.indexOf(first, at + 1);
  return at === -1 ? 0 : bytes.length - at;
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

function addData(pieces: Piece[], bytes: Buffer): void {
  if (bytes.length > 0) pieces.push({ kind: "data", bytes });
}

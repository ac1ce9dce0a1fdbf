/**
 * Finds lines that begin with a marker in bytes that may be cut anywhere. Output may hold anything, parts of a marker included: only what
 * might still become such a line is held back.
 */

/** No line of ours is longer than this behind its marker. */
const LONGEST = 48;
const NEWLINE = 10;

/**
 * Of the first line: its beginning, what it says, and where the next one begins. Without a value: from `at` on more bytes are needed to
 * tell.
 */
export interface Found<T> {
  readonly at: number;
  readonly value?: T;
  readonly next: number;
}

/** @param parse what is behind the marker: undefined when it says nothing to us */
export function findLine<T>(bytes: Buffer, marker: Buffer, parse: (text: string) => T | undefined): Found<T> {
  let at = bytes.indexOf(marker);
  while (at !== -1) {
    const start = at + marker.length;
    const line = bytes.subarray(start, start + LONGEST + 1);
    const length = line.indexOf(NEWLINE);
    if (length === -1 && line.length < LONGEST) return { at, next: 0 };
    const value = length === -1 ? undefined : parse(line.toString("latin1", 0, length));
    if (value !== undefined) return { at, value, next: start + length + 1 };
    at = bytes.indexOf(marker, start);
  }
  return { at: bytes.length - heldLength(bytes, marker), next: 0 };
}

/** Length of the longest end of `bytes` with which the marker may begin. */
function heldLength(bytes: Buffer, marker: Buffer): number {
  const first = marker[0] ?? 0;
  let at = bytes.indexOf(first, Math.max(0, bytes.length - marker.length + 1));
  while (at !== -1 && bytes.compare(marker, 0, bytes.length - at, at) !== 0) at = bytes.indexOf(first, at + 1);
  return at === -1 ? 0 : bytes.length - at;
}

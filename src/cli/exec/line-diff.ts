/** Lines of a unified diff, each with its mark in front: ` ` in both, `-` in the first alone, `+` in the second; `@@` where a part begins. */
export type LineDiff = readonly string[];

/** Lines that differ, above which no shortest way is looked for: memory grows with its square. */
const MOST_EDITS = 500;
/** Lines compared, above which that is given up: time. */
const MOST_STEPS = 2_000_000;
/** Lines around what differs. */
const CONTEXT = 3;

const NO_END = "\\ No newline at end of file";

/** So many lines of the first text, and of the second in their place, from there on. */
interface LineEdit {
  readonly left: number;
  readonly right: number;
  readonly removed: number;
  readonly added: number;
}

/**
 * What differs between two texts, line by line, as `diff -u` tells it but for the names of files. Empty where they are the same. Texts that
 * have little in common may be told as removed and added in one.
 */
export function diffLines(left: string, right: string): LineDiff {
  if (left === right) return [];
  const [start, fromEnd] = around(left, right);
  const skipped = countLines(left, start);
  const [before, after] = [left, right].map((text) => linesOf(text.slice(start, text.length - fromEnd))) as [string[], string[]];
  return partsOf(editsOf(before, after)).flatMap((edits) => writePart(edits, before, after, skipped));
}

/**
 * Where two different texts begin to differ and, counted from their ends, end to, with the lines around that: what is the same of large
 * texts is not cut into lines.
 */
function around(left: string, right: string): readonly [start: number, fromEnd: number] {
  const shorter = Math.min(left.length, right.length);
  let start = 0;
  while (start < shorter && left.charCodeAt(start) === right.charCodeAt(start)) start++;
  for (let lines = 0; lines <= CONTEXT && start > 0; lines++) start = start < 2 ? 0 : left.lastIndexOf("\n", start - 2) + 1;
  let fromEnd = 0;
  while (fromEnd < shorter - start && left.charCodeAt(left.length - 1 - fromEnd) === right.charCodeAt(right.length - 1 - fromEnd))
    fromEnd++;
  let end = left.length - fromEnd;
  for (let lines = 0; lines <= CONTEXT && end < left.length; lines++) end = left.indexOf("\n", end) + 1 || left.length;
  return [start, left.length - end];
}

function countLines(text: string, end: number): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < end; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

/** Lines without their newlines. A last one that has none is marked with one: no other line has that. */
function linesOf(text: string): string[] {
  const lines = text.split("\n");
  const rest = lines.pop() ?? "";
  return rest === "" ? lines : [...lines, `${rest}\n`];
}

function editsOf(left: readonly string[], right: readonly string[]): readonly LineEdit[] {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start++;
  let [leftEnd, rightEnd] = [left.length, right.length];
  while (leftEnd > start && rightEnd > start && left[leftEnd - 1] === right[rightEnd - 1]) {
    leftEnd--;
    rightEnd--;
  }
  if (leftEnd === start && rightEnd === start) return [];
  if (Math.abs(leftEnd - rightEnd) > MOST_EDITS) return [replaced(start, leftEnd, rightEnd)];
  const numbers = new Map<string, number>();
  const toNumbers = (lines: readonly string[], end: number): Int32Array =>
    Int32Array.from(lines.slice(start, end), (line) => {
      const number = numbers.get(line) ?? numbers.size;
      numbers.set(line, number);
      return number;
    });
  const edits = shortest(toNumbers(left, leftEnd), toNumbers(right, rightEnd));
  return edits.map((edit) => ({ ...edit, left: edit.left + start, right: edit.right + start }));
}

/** The fewest edits (Myers 1986): for each number of them, how far they reach on each diagonal. */
function shortest(left: Int32Array, right: Int32Array): readonly LineEdit[] {
  const trace: Int32Array[] = [];
  let before = Int32Array.of(0);
  let steps = 0;
  for (let count = 0; count <= Math.min(left.length + right.length, MOST_EDITS); count++) {
    const reach = new Int32Array(2 * count + 1);
    for (let diagonal = -count; diagonal <= count; diagonal += 2) {
      let x = count === 0 ? 0 : stepFrom(before, count, diagonal).x;
      let y = x - diagonal;
      while (x < left.length && y < right.length && left[x] === right[y]) {
        x++;
        y++;
        steps++;
      }
      reach[diagonal + count] = x;
      if (x >= left.length && y >= right.length) return goBack(trace, left.length, right.length);
    }
    steps += count;
    if (steps > MOST_STEPS) break;
    trace.push(reach);
    before = reach;
  }
  return [replaced(0, left.length, right.length)];
}

function replaced(start: number, leftEnd: number, rightEnd: number): LineEdit {
  return { left: start, right: start, removed: leftEnd - start, added: rightEnd - start };
}

/** With the last of so many edits onto this diagonal: where it ends, and on which diagonal it began. @param reach of one edit less */
function stepFrom(reach: Int32Array, count: number, diagonal: number): { readonly x: number; readonly from: number } {
  const at = (of: number): number => reach[of + count - 1] ?? -1;
  const isAdded = diagonal === -count || (diagonal !== count && at(diagonal - 1) < at(diagonal + 1));
  return isAdded ? { x: at(diagonal + 1), from: diagonal + 1 } : { x: at(diagonal - 1) + 1, from: diagonal - 1 };
}

/** The edits that have led there, those that follow each other directly as one. */
function goBack(trace: readonly Int32Array[], leftEnd: number, rightEnd: number): readonly LineEdit[] {
  const edits: LineEdit[] = [];
  let diagonal = leftEnd - rightEnd;
  for (let count = trace.length; count > 0; count--) {
    const { x, from } = stepFrom(trace[count - 1] ?? Int32Array.of(), count, diagonal);
    const [left, right] = from > diagonal ? [x, x - from] : [x - 1, x - 1 - from];
    const [removed, added] = from > diagonal ? [0, 1] : [1, 0];
    const next = edits.at(-1);
    if (next !== undefined && left + removed === next.left && right + added === next.right)
      edits[edits.length - 1] = { left, right, removed: removed + next.removed, added: added + next.added };
    else edits.push({ left, right, removed, added });
    diagonal = from;
  }
  return edits.reverse();
}

/** Edits that are near each other share a part, and what is around them. */
function partsOf(edits: readonly LineEdit[]): readonly (readonly [LineEdit, ...LineEdit[]])[] {
  const parts: [LineEdit, ...LineEdit[]][] = [];
  for (const edit of edits) {
    const last = parts.at(-1)?.at(-1);
    if (last !== undefined && edit.left - (last.left + last.removed) <= 2 * CONTEXT) parts.at(-1)?.push(edit);
    else parts.push([edit]);
  }
  return parts;
}

/** @param skipped lines in front of both texts */
function writePart(
  edits: readonly [LineEdit, ...LineEdit[]],
  before: readonly string[],
  after: readonly string[],
  skipped: number,
): LineDiff {
  const [first, last] = [edits[0], edits.at(-1) ?? edits[0]];
  const lead = Math.min(CONTEXT, first.left);
  const end = Math.min(before.length, last.left + last.removed + CONTEXT);
  const [left, right] = [first.left - lead, first.right - lead];
  const rightEnd = last.right + last.added + end - (last.left + last.removed);
  const lines: string[] = [`@@ -${span(left, end, skipped)} +${span(right, rightEnd, skipped)} @@`];
  const add = (mark: string, texts: readonly string[]): void => {
    for (const text of texts) {
      if (text.endsWith("\n")) lines.push(mark + text.slice(0, -1), NO_END);
      else lines.push(mark + text);
    }
  };
  let at = left;
  for (const edit of edits) {
    add(" ", before.slice(at, edit.left));
    at = edit.left + edit.removed;
    add("-", before.slice(edit.left, at));
    add("+", after.slice(edit.right, edit.right + edit.added));
  }
  add(" ", before.slice(at, end));
  return lines;
}

/** `3,7`: the first line and how many, as diff counts them. */
function span(from: number, to: number, skipped: number): string {
  const [count, first] = [to - from, skipped + from + 1];
  return count === 1 ? String(first) : `${count === 0 ? first - 1 : first},${count}`;
}

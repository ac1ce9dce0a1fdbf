/** Lines of a unified diff, each with its mark in front: ` ` in both, `-` in the first alone, `+` in the second; `@@` where a part begins. */
export type LineDiff = readonly string[];

/** Lines that differ, above which no shortest way is looked for: memory grows with its square. */
const MOST_EDITS = 1000;
/** Lines compared, above which that is given up: time. */
const MOST_STEPS = 10_000_000;
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
  const [before, after] = [linesOf(left), linesOf(right)];
  return partsOf(editsOf(before, after)).flatMap((edits) => writePart(edits, before, after));
}

/** Each with its newline: a last one without is another. */
function linesOf(text: string): readonly string[] {
  const lines = text.split("\n");
  const rest = lines.pop() ?? "";
  return [...lines.map((line) => `${line}\n`), ...(rest === "" ? [] : [rest])];
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
  return [{ left: 0, right: 0, removed: left.length, added: right.length }];
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

function writePart(edits: readonly [LineEdit, ...LineEdit[]], before: readonly string[], after: readonly string[]): LineDiff {
  const [first, last] = [edits[0], edits.at(-1) ?? edits[0]];
  const lead = Math.min(CONTEXT, first.left);
  const end = Math.min(before.length, last.left + last.removed + CONTEXT);
  const [left, right] = [first.left - lead, first.right - lead];
  const rightEnd = last.right + last.added + end - (last.left + last.removed);
  const lines: string[] = [`@@ -${span(left, end)} +${span(right, rightEnd)} @@`];
  const add = (mark: string, texts: readonly string[]): void => {
    for (const text of texts) {
      if (text.endsWith("\n")) lines.push(mark + text.slice(0, -1));
      else lines.push(mark + text, NO_END);
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
function span(from: number, to: number): string {
  const count = to - from;
  return count === 1 ? String(from + 1) : `${count === 0 ? from : from + 1},${count}`;
}

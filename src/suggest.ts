import { UsageError } from "./errors.ts";

/**
 * The candidate that `word` was most likely meant to be, or undefined when none is close: for the hint of an error.
 * @example
 * const near = suggest("stagign", ["staging", "production"]); // "staging"
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (candidate === word) continue;
    const limit = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3));
    const distance = closeness(wanted, candidate.toLowerCase(), limit);
    if (distance <= limit && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `Did you mean "staging"?`, or undefined when no candidate is close. `show`: how the candidate is written, in quotes otherwise. */
export function didYouMean(
  word: string,
  candidates: Iterable<string>,
  show: (near: string) => string = JSON.stringify,
): string | undefined {
  const near = suggest(word, candidates);
  return near === undefined ? undefined : `Did you mean ${show(near)}?`;
}

/** Keys that are not among the known ones, and what to do about each; `undefined` is a key that was left out. */
export function unknownKeys(given: object, known: readonly string[]): readonly { readonly key: string; readonly hint: string }[] {
  return Object.entries(given).flatMap(([key, value]) =>
    value === undefined || known.includes(key) ? [] : [{ key, hint: didYouMean(key, known) ?? `It takes: ${known.join(", ")}.` }],
  );
}

/** @throws UsageError for a key that is not known: ignored, it would be missed too late */
export function refuseUnknown(what: string, given: object, known: readonly string[]): void {
  for (const { key, hint } of unknownKeys(given, known))
    throw new UsageError("UNKNOWN_OPTION", `${what}: it takes no ${JSON.stringify(key)}.`, { hint });
}

/** Edits between two words; a word that was cut short counts as one edit ("prod" for "production"), as do its letters in another order. */
function closeness(wanted: string, candidate: string, limit: number): number {
  if (wanted.length >= 3 && candidate.startsWith(wanted)) return 1;
  if (Math.abs(wanted.length - candidate.length) > limit) return Number.POSITIVE_INFINITY;
  // Fingers that were too fast: "prto" is two edits from "port".
  if (wanted.length > 3 && sorted(wanted) === sorted(candidate)) return 1;
  const distance = editDistance(wanted, candidate);
  // Replacing everything is not a typing mistake.
  return distance < Math.max(wanted.length, candidate.length) ? distance : Number.POSITIVE_INFINITY;
}

function sorted(word: string): string {
  return [...word].sort().join("");
}

/** Damerau-Levenshtein: insertions, deletions, replacements and swapped neighbours each cost one. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, at(beforeLast, j - 2) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}

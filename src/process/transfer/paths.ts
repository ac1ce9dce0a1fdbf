/** Paths of hosts, as shell words. */
import { quote, refuseNul } from "../../command/quote.ts";

const MARKS = /\*|\?|\[[!^]?[A-Za-z0-9._-]+\]/g;

/** One word that never is taken for an option: what is relative is below the home directory. */
export function hostPath(path: string): string {
  refuseNul(path);
  const trimmed = trimSlashes(path);
  if (trimmed.startsWith("/")) return quote(trimmed);
  const below = trimmed.replace(/^(?:~|\.)(?:\/+|$)/, "");
  return below === "" ? '"$HOME"' : `"$HOME"/${quote(below)}`;
}

/** The same, where `*`, `?` and `[a-z]` stand for what is there. */
export function hostPattern(path: string): string {
  const whole = hostPath(path);
  // Within quotes, each of them stands outside of these.
  return whole.replaceAll(MARKS, (mark) => `'${mark}'`);
}

export function isPattern(path: string): boolean {
  return path.search(MARKS) !== -1;
}

/** Its characters and its marks, as a glob is compared. */
export function globPieces(pattern: string): readonly string[] {
  const pieces: string[] = [];
  let at = 0;
  for (const { 0: mark, index } of pattern.matchAll(MARKS)) {
    pieces.push(...pattern.slice(at, index), mark);
    at = index + mark.length;
  }
  return [...pieces, ...pattern.slice(at)];
}

/** Means a directory, there or not. */
export function namesDirectory(path: string): boolean {
  return /(?:^|\/)\.{0,2}$/.test(path) || path === "~";
}

export function trimSlashes(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") || "/" : path;
}

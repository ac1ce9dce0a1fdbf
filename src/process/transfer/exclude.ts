/** What a sync leaves alone, here and there. */
import { matchesGlob } from "../../glob.ts";
import { globPieces } from "./paths.ts";

/** Whether a path, from the directory on, is left alone, and with it all that is in it. */
export type IsExcluded = (path: string, isDirectory: boolean) => boolean;

/**
 * Patterns as in paths: `*`, `?`, `[a-z]`, none of which stands for a slash. Without a slash it is a name, wherever; with one, a path from the directory on;
 * with one behind it, directories only.
 */
export function toExclusion(patterns: readonly string[]): IsExcluded {
  const all = patterns.map((pattern) => {
    const path = pattern.replace(/\/+$/, "");
    const parts = path.split("/").filter((part, at) => part !== "." && !(part === "" && at === 0));
    return { isDirectory: pattern.endsWith("/"), isName: !path.includes("/"), parts: parts.map(globPieces) };
  });
  return (path, isDirectory) => {
    const parts = path.split("/").map((part) => [...part]);
    return all.some((one) => {
      if (one.isDirectory && !isDirectory) return false;
      const own = one.isName ? parts.slice(-1) : parts;
      return own.length === one.parts.length && one.parts.every((part, at) => matchesGlob(part, own[at] ?? []));
    });
  };
}

/** What is wrong with a pattern; undefined: nothing. */
export function excludeProblem(pattern: unknown): string | undefined {
  if (typeof pattern !== "string" || pattern.replaceAll("/", "") === "") return "is no pattern";
  if (pattern.startsWith("!")) return "would include something again: patterns only leave out";
  if (pattern.includes("**")) return "has **: a pattern without a slash counts in all directories";
  return pattern.split("/").includes("..") ? "leads out of the directory" : undefined;
}

/** What differs between a directory here and one of a host. */
import { posix } from "node:path";
import { TaskError } from "../../errors.ts";
import type { IsExcluded } from "./exclude.ts";
import type { TreeEntry } from "./tree.ts";

/** What a host has, as `find` lists it. */
export interface FarEntry {
  /** From the directory on. */
  readonly path: string;
  readonly type: TreeEntry["type"] | "other";
  readonly size: number;
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Of a link. */
  readonly target: string;
}

export interface Changes {
  readonly send: readonly TreeEntry[];
  /** In the way of what is sent. */
  readonly clear: readonly string[];
  readonly remove: readonly string[];
  /** Their content is right, and their mode or time is not. */
  readonly mend: readonly TreeEntry[];
  /** Files that are as they should be. */
  readonly same: number;
}

export interface CompareHow {
  readonly delete: boolean;
  readonly isExcluded: IsExcluded;
  /** Of two files of one size. */
  readonly isSame: (here: TreeEntry, there: FarEntry) => boolean;
}

/** @throws TaskError for what is in the way of something else, and may not be deleted */
export function findChanges(local: readonly TreeEntry[], far: readonly FarEntry[], how: CompareHow): Changes {
  const there = new Map(far.map((entry) => [entry.path, entry]));
  const kept = keptOf(far, how.isExcluded);
  const send: TreeEntry[] = [];
  const mend: TreeEntry[] = [];
  const clear: string[] = [];
  let same = 0;
  for (const entry of local) {
    const other = there.get(entry.path);
    if (other === undefined || other.type !== entry.type) {
      if (other !== undefined && (other.type === "directory" || entry.type === "directory")) clear.push(entry.path);
      send.push(entry);
    } else if (entry.type === "link") {
      if (entry.target !== other.target) send.push(entry);
    } else if (entry.type === "file" && !(entry.size === other.size && how.isSame(entry, other))) {
      send.push(entry);
    } else {
      if (entry.type === "file") same++;
      const isOld = entry.type === "file" && entry.mtime !== other.mtime;
      if (modeOf(entry) !== other.mode || isOld) mend.push(entry);
    }
  }
  const stuck = clear.filter((path) => !how.delete || kept.has(path));
  if (stuck.length > 0) throw inTheWay(stuck, there, how.delete);
  const remove = how.delete ? extrasOf(local, far, kept, new Set(clear)) : [];
  return { send, clear, remove, mend, same };
}

/** Directories stay open to their owner, as in archives. */
export function modeOf({ type, mode }: TreeEntry): number {
  return type === "directory" ? mode | 0o700 : mode;
}

/** What is excluded, all in it, and the directories that it is in. */
function keptOf(far: readonly FarEntry[], isExcluded: IsExcluded): ReadonlySet<string> {
  const excluded = new Set<string>();
  const kept = new Set<string>();
  for (const { path, type } of far) {
    if (!excluded.has(posix.dirname(path)) && !isExcluded(path, type === "directory")) continue;
    excluded.add(path);
    for (let one = path; one !== "." && !kept.has(one); one = posix.dirname(one)) kept.add(one);
  }
  return kept;
}

/** What only the host has; of a directory that goes as a whole, nothing else. */
function extrasOf(
  local: readonly TreeEntry[],
  far: readonly FarEntry[],
  kept: ReadonlySet<string>,
  gone: ReadonlySet<string>,
): readonly string[] {
  const here = new Set(local.map(({ path }) => path));
  const whole = new Set(gone);
  const extras: string[] = [];
  for (const { path } of far) {
    if (whole.has(posix.dirname(path))) whole.add(path);
    else if (!here.has(path) && !kept.has(path)) {
      whole.add(path);
      extras.push(path);
    }
  }
  return extras;
}

function inTheWay(paths: readonly string[], there: ReadonlyMap<string, FarEntry>, mayDelete: boolean): TaskError {
  const names = paths.slice(0, 10).map((path) => `${path} (a ${there.get(path)?.type ?? "file"} there)`);
  return new TaskError(`In the way of something else: ${names.join(", ")}${paths.length > 10 ? " and others" : ""}.`, {
    hint: mayDelete ? "What is excluded is not deleted." : "With delete: true (--delete) it is replaced.",
  });
}

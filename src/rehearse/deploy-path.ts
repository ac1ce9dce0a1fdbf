/** A deploy path as it is on the disk, without any of the code under test. */
import { closeSync, constants, existsSync, fstatSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { join } from "node:path";

export interface DeployPathState {
  /** What `current` is: nothing, a link to a release of that id, or something else, in words. */
  readonly current: { readonly kind: "none" } | { readonly kind: "release"; readonly id: string } | Strange;
  /** Names of the directories in `releases` that are ids, in order. */
  readonly releases: readonly string[];
  /** Something is there where the lock is. */
  readonly locked: boolean;
}

interface Strange {
  readonly kind: "strange";
  readonly what: string;
}

export function readDeployPath(path: string): DeployPathState {
  const releases = existsSync(join(path, "releases")) ? readdirSync(join(path, "releases")) : [];
  return {
    current: readCurrent(path),
    releases: releases.filter((name) => /^\d{14}$/.test(name)).sort(),
    locked: existsSync(join(path, ".fake", "lock")),
  };
}

function readCurrent(path: string): DeployPathState["current"] {
  const link = join(path, "current");
  const entry = lstatSync(link, { throwIfNoEntry: false });
  if (entry === undefined) return { kind: "none" };
  if (!entry.isSymbolicLink()) return { kind: "strange", what: "is no link" };
  const target = readlinkSync(link);
  const id = target.startsWith(`${path}/releases/`) ? target.slice(`${path}/releases/`.length) : "";
  if (!/^\d{14}$/.test(id)) return { kind: "strange", what: `points to ${target}` };
  return existsSync(target) ? { kind: "release", id } : { kind: "strange", what: `points to ${target}, which is gone` };
}

/** The commit that a release says it is; undefined where it says nothing. */
export function revisionOf(path: string, id: string): string | undefined {
  return readStart(join(path, "releases", id, "REVISION"), 4096)?.trim();
}

/** Undefined for what is no regular file: whatever a task has put in its place is not waited for, and not followed. */
function readStart(path: string, bytes: number): string | undefined {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const text = Buffer.alloc(Math.min(fstatSync(file).size, bytes));
    return text.toString("utf8", 0, readSync(file, text));
  } finally {
    closeSync(file);
  }
}

/** Bytes of one record. */
const MOST_READ = 16 * 2 ** 20;

/** Texts of everything that `fake` keeps for itself on a host, by path. */
export function readRecords(path: string): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  const add = (file: string): void => void records.set(file, readStart(join(path, file), MOST_READ) ?? "");
  if (existsSync(join(path, "revisions.log"))) add("revisions.log");
  const own = join(path, ".fake");
  if (!existsSync(own)) return records;
  for (const entry of readdirSync(own, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) add(join(entry.parentPath, entry.name).slice(path.length + 1));
  }
  return records;
}

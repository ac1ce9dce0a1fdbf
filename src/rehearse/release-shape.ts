/** What a complete release of a deployfile looks like: what two runs without any fault both made. */
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** By path in the release: what stands there, `undefined` where that differs from run to run. */
export type ReleaseShape = ReadonlyMap<string, string | undefined>;

export function readShape(release: string): ReleaseShape {
  const shape = new Map<string, string>();
  for (const entry of readdirSync(release, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    shape.set(path.slice(release.length + 1), describe(path));
  }
  return shape;
}

/** What is in both, alike where it is. */
export function commonShape(one: ReleaseShape, other: ReleaseShape): ReleaseShape {
  const both = [...one].filter(([path]) => other.has(path));
  return new Map(both.map(([path, what]) => [path, what === other.get(path) ? what : undefined]));
}

/** What is missing or wrong in a release; undefined for a complete one. */
export function findShapeFault(shape: ReleaseShape, release: string): string | undefined {
  for (const [path, what] of shape) {
    const there = describe(join(release, path));
    if (there === MISSING) return `${path} is missing`;
    if (what !== undefined && there !== what) return `${path} is ${there}, and ${what} after a run without any fault`;
  }
  return undefined;
}

const MISSING = "missing";

function describe(path: string): string {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry === undefined) return MISSING;
  if (entry.isSymbolicLink()) return `a link to ${readlinkSync(path).replaceAll(/\b\d{14}\b/g, "ID")}`;
  if (entry.isDirectory()) return "a directory";
  return `a${(entry.mode & 0o100) === 0 ? "" : "n executable"} file of ${entry.size} bytes`;
}

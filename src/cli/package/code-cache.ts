import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { userCacheFolder } from "../../home.ts";
import { shortHash } from "../../loader/cache-folder.ts";

/** Keeps what V8 makes of code from one run to the next. */
export interface CodeCache {
  /** @param path of the code's file: V8 keeps that too, and stack traces say it */
  find(path: string): Buffer | undefined;
  /** @param make called at the end of the process */
  keep(path: string, make: () => Buffer): void;
}

/** What was not made anew for so long belongs to a version that nobody runs any more. In milliseconds. */
const LIFETIME = 90 * 24 * 60 * 60 * 1000;

/**
 * In the user's cache folder. Turned off by NODE_DISABLE_COMPILE_CACHE, as node's own cache. Nothing is done about what fails: the
 * next run is a little slower.
 */
export function createCodeCache(env: Readonly<Record<string, string | undefined>>): CodeCache {
  if (env["NODE_DISABLE_COMPILE_CACHE"] !== undefined) return { find: () => undefined, keep: () => undefined };
  const folder = join(userCacheFolder(env), "code");
  const fileOf = (path: string): string =>
    join(folder, `${basename(path)}-${process.version}-${process.arch}-${shortHash(path)}`);
  const made = new Map<string, () => Buffer>();
  return {
    find: (path) => readOwn(fileOf(path)),
    keep(path, make) {
      if (made.size === 0) process.once("exit", () => store(folder, made));
      made.set(fileOf(path), make);
    },
  };
}

/** Undefined for a file of someone else: what is in it is run. */
function readOwn(path: string): Buffer | undefined {
  try {
    const file = openSync(path, "r");
    try {
      return fstatSync(file).uid === process.geteuid?.() ? readFileSync(file) : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

function store(folder: string, made: ReadonlyMap<string, () => Buffer>): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const [path, make] of made) {
      // Half of a file is never seen, also where machines share the folder.
      const draft = `${path}.${process.pid}-${process.hrtime.bigint()}.tmp`;
      writeFileSync(draft, make(), { mode: 0o600, flag: "wx" });
      renameSync(draft, path);
    }
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).mtimeMs < Date.now() - LIFETIME) rmSync(path);
    }
  } catch {
    // A folder that cannot be written, a full disk.
  }
}

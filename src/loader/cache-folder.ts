import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { findHome } from "../home.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where compiled deployfiles may be kept, best first. */
export function cacheFolders(deployfile: string, env: Environment): readonly string[] {
  const modules = join(dirname(deployfile), "node_modules");
  return [...(existsSync(modules) ? [join(modules, ".cache", "fake")] : []), userCacheFolder(env)];
}

/** A few letters that stand for a path in the name of a file: most paths have their own. */
export function shortHash(path: string): string {
  let hash = 0;
  for (const unit of Buffer.from(path)) hash = (hash * 31 + unit) % 0xffff_ffff_ffff;
  return hash.toString(36);
}

/** Our part of the user's cache folder. */
export function userCacheFolder(env: Environment): string {
  const cache = env["XDG_CACHE_HOME"];
  // The specification says that a relative path here is to be ignored.
  const home = cache !== undefined && isAbsolute(cache) ? cache : join(findHome(env), ".cache");
  return join(home, "fake");
}

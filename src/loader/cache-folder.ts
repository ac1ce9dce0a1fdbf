import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Environment, userCacheFolder } from "../home.ts";

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

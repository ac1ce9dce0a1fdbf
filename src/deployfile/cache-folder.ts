import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

/** Where compiled deployfiles may be kept, best first. */
export function cacheFolders(deployfile: string, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const modules = join(dirname(deployfile), "node_modules");
  const cache = env["XDG_CACHE_HOME"];
  // The specification says that a relative path here is to be ignored.
  const home = cache !== undefined && isAbsolute(cache) ? cache : join(env["HOME"] ?? homedir(), ".cache");
  return [...(existsSync(modules) ? [join(modules, ".cache", "fake")] : []), join(home, "fake")];
}

import { isAbsolute, relative } from "node:path";

/** `path` as a person in `cwd` would type it: relative when it lies inside. */
export function displayPath(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  return inside === "" || inside.startsWith("..") || isAbsolute(inside) ? path : inside;
}

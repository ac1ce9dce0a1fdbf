/** Programs of other versions, from the registry: each is installed once, in `.elsewhere`. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

export interface FromRegistry {
  /** Where it was installed: it has a `node_modules`. */
  readonly folder: string;
  /** Of the program in the folder's `node_modules/.bin`. */
  bin(name: string): string;
  /** Version of one of its packages. */
  version(name: string): string;
  /** Why it cannot be used; undefined when it can. */
  readonly missing: string | undefined;
}

/** `npm install` of packages, as in `node@20.19.0`. */
export function fromRegistry(...packages: readonly string[]): FromRegistry {
  const folder = resolve(import.meta.dirname, "../../.elsewhere", packages.join("+").replaceAll("/", "-"));
  const done = join(folder, "done");
  if (!existsSync(done)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
    const args = ["install", "--prefer-offline", "--no-audit", "--no-fund", ...packages];
    if (spawnSync("npm", args, { cwd: folder, stdio: "ignore" }).status === 0) writeFileSync(done, "");
  }
  return {
    folder,
    bin: (name) => join(folder, "node_modules/.bin", name),
    version: (name) =>
      existsSync(done)
        ? (JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")) as { version: string }).version
        : "",
    missing: existsSync(done) ? undefined : `npm cannot install ${packages.join(" and ")}`,
  };
}

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Put in by the build. */
declare const __FAKE_VERSION__: string | undefined;

/** Of `fake` itself. */
export function readVersion(): string {
  if (typeof __FAKE_VERSION__ === "string") return __FAKE_VERSION__;
  const manifest: unknown = JSON.parse(readFileSync(join(findPackageRoot(), "package.json"), "utf8"));
  return (manifest as { version: string }).version;
}

/** The folder of this package: where templates/ lies, from the sources as from what was built. */
export function findPackageRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json")) && existsSync(join(folder, "templates"))) return folder;
  }
  throw new Error(`there is no package above ${start}`);
}

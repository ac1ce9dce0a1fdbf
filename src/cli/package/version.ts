import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findPackageRoot } from "./package-root.ts";

/** Put in by the build. */
declare const __FAKE_VERSION__: string | undefined;

/** Of `fake` itself. */
export function readVersion(): string {
  if (typeof __FAKE_VERSION__ === "string") return __FAKE_VERSION__;
  const manifest: unknown = JSON.parse(readFileSync(join(findPackageRoot(), "package.json"), "utf8"));
  return (manifest as { version: string }).version;
}

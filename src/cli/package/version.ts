import { readFileSync } from "node:fs";

/** Put in by the build. */
declare const __FAKE_VERSION__: string | undefined;

/** Of `fake` itself. */
export function readVersion(): string {
  if (typeof __FAKE_VERSION__ === "string") return __FAKE_VERSION__;
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
  return (manifest as { version: string }).version;
}

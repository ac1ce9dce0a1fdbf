#!/usr/bin/env node
// Loaded by node as it is, and for `--version` nothing else.
import { join } from "node:path";
import { createCodeCache } from "./package/code-cache.ts";
import { createModuleLoader } from "./package/module-loader.ts";
import { readVersion } from "./package/version.ts";

/** Put in by the build. */
declare const __FAKE_START__: string;

if (process.argv[2] === "--version" && process.argv.length === 3) {
  // Nobody reads it (`| true`): there is nobody to tell.
  process.stdout.on("error", () => undefined);
  process.stdout.write(`${readVersion()}\n`);
} else {
  const load = createModuleLoader(createCodeCache(process.env));
  const { start } = load(join(import.meta.dirname, __FAKE_START__)) as typeof import("./start.ts");
  void start({ importModule: (url) => import(url) });
}

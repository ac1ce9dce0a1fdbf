#!/usr/bin/env node
// Built as CommonJS: node starts it faster than an ES module, and for `--version` nothing else is loaded.
import { readVersion } from "./version.ts";

if (process.argv[2] === "--version") {
  // Nobody reads it (`| true`): there is nobody to tell.
  process.stdout.on("error", () => undefined);
  process.stdout.write(`${readVersion()}\n`);
} else {
  void import("./start.ts");
}

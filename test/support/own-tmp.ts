/** Each test file has a temporary directory of its own, and leaves nothing in it: it is a setup file of every project of vitest. */
import { chmodSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll } from "vitest";

const before = process.env["TMPDIR"];
// Short: sockets lie in it, and systems allow some hundred bytes.
const own = realpathSync(mkdtempSync(join(tmpdir(), "t-")));
// As it mostly is: tests work in it as other users, too.
chmodSync(own, 0o1777);
process.env["TMPDIR"] = own;

// Registered before all others, it runs behind them.
afterAll(async () => {
  // What ended with its parent may still be tidying up.
  for (let waits = 60; waits > 0 && readdirSync(own).length > 0; waits--) await setTimeout(50);
  const left = readdirSync(own, { recursive: true, encoding: "utf8" });
  if (before === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = before;
  rmSync(own, { recursive: true, force: true });
  if (left.length > 0) throw new Error(`This file left in the temporary directory: ${left.sort().slice(0, 20).join(", ")}`);
});

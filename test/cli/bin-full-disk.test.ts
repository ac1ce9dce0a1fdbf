import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";

import { type BuiltCli, buildCli, start } from "./built.ts";
import { deployfile, project } from "./run-cli.ts";

let built: BuiltCli;
beforeAll(() => {
  built = buildCli();
}, 60_000);
afterAll(() => built?.remove());

it.skipIf(!existsSync("/dev/full")).each([
  ["tasks --json", 1],
  ["--reporter json -R web ok", 1],
  ["--reporter json -R none ok", 2],
])("fails when its output finds no room: %s", async (words, code) => {
  const root = project({
    "deployfile.ts": deployfile(`role("web", [local("a")]); task("ok", "Ok", () => undefined);`),
  });
  const { stdout } = await start("bash", ["-c", `{ $FAKE ${words} >/dev/full; } 2>&1; echo "code $?"`], root, {
    FAKE: `${process.execPath} ${built.bin}`,
  }).ended;
  if (code === 1) expect(stdout).toMatch(/error: Not all of the output could be written: ENOSPC/);
  expect(stdout).toContain(`\ncode ${code}\n`);
});

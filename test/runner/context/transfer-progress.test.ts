import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { TaskContext } from "../../../src/runner/context.ts";
import { failures } from "../rig.ts";
import { type OnHost, onHost } from "./on-host.ts";

const SIZE = 3_000_000;
/** Begins late, or stops in the middle of a file. */
const SLOW = {
  cat: 'if [ $# = 1 ] && [ -s "$1" ]; then head -c 1000000 "$1"; sleep 1.4; tail -c +1000001 "$1"; else sleep 1.4; PATH=$OWN exec cat "$@"; fi',
  tar: 'sleep 1.4; PATH=$OWN exec tar "$@"',
};

let host: OnHost;
beforeEach(async () => {
  const { PATH = "" } = process.env;
  const env: NodeJS.ProcessEnv = { ...process.env, OWN: PATH };
  host = await onHost(env);
  env["PATH"] = `${at("bin")}:${PATH}`;
  await mkdir(at("bin"));
  for (const [name, text] of Object.entries(SLOW)) {
    await writeFile(at(`bin/${name}`), `#!/bin/sh\n${text}\n`);
    await chmod(at(`bin/${name}`), 0o755);
  }
  await mkdir(at("dir"));
  for (const name of ["file", "dir/one"]) await writeFile(at(name), Buffer.alloc(SIZE, 7));
});
afterEach(() => host.remove());

const at = (name: string): string => join(host.folder, name);

it.each([
  { what: "upload a file", work: (t: TaskContext) => t.upload(at("file"), "there"), title: "write there (2.9 MiB)" },
  { what: "upload a directory", work: (t: TaskContext) => t.upload(at("dir"), "there"), title: "(1 files, 2.9 MiB)" },
  { what: "download a file", work: (t: TaskContext) => t.download("file", at("back")), title: "download file", bytes: 1_000_000 },
  { what: "download a directory", work: (t: TaskContext) => t.download("dir", at("back")), title: "download dir", bytes: 0 },
])("is told while files are on their way: $what", async ({ work, title, bytes }) => {
  const result = await host.work(work);
  expect(failures(result)).toEqual([]);
  const { events } = result.rig;
  const told = events.filter((event) => event.kind === "transferProgress");
  expect(told.length).toBeGreaterThanOrEqual(2);
  expect(told.length).toBeLessThan(20);
  const started = events.findLast((event) => event.kind === "commandStarted" && event.command.includes(title));
  expect(started).toBeDefined();
  for (const one of told) {
    expect(one).toMatchObject({ host: "web1", task: "work", totalBytes: SIZE });
    expect(one).toMatchObject({ id: (started as { id: number }).id, command: expect.stringContaining(title) });
  }
  const [first] = told;
  if (bytes !== undefined) expect(first?.bytes).toBe(bytes);
  else expect(first?.bytes).toSatisfy((sent: number) => sent > 0 && sent < SIZE);
  expect(first?.secondsLeft === undefined).toBe(bytes === 0);
  expect(events.indexOf(told.at(-1) as never)).toBeLessThan(events.findIndex((event) => event.kind === "taskFinished"));
});

/** Locks as runs leave them, with what their connections say of themselves. */
import { readFileSync, utimesSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { takeLock } from "../../../src/recipes/deploy/lock-taking.ts";
import type { ShellHost } from "./shell-host.ts";

export const DEAD = "dead0000dead0000";
export const ADA = {
  run: DEAD,
  host: "app1",
  user: "ada",
  control: "laptop",
  command: "fake deploy",
  reason: "the nine o'clock one",
};
export const GRACE = { ...ADA, run: "run2", user: "grace", reason: "" };

/** Of Ada's run. */
export const sign = `.fake/lock/${DEAD}.alive`;

export const startOf = (pid: number): string =>
  readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ")[19] ?? "";
export const boot = (): string => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
export const root = (): string => startOf(1);
/** No process has this number: they end before it. */
export const NOBODY = 4_194_305;

/** The second line of a sign of life. */
export const links = {
  gone: (how = "flock") => `${how} ssh ${NOBODY} 123 ${boot()} ${root()} ${hostname()}`,
  restarted: () => links.gone("none").replace(boot(), "another-boot"),
  there: (kind = "ssh", how = "flock") =>
    `${how} ${kind} ${process.pid} ${startOf(process.pid)} ${boot()} ${root()} ${hostname()}`,
};

export function makeOlder(host: ShellHost, path: string, seconds: number): void {
  const then = new Date(Date.now() - seconds * 1000);
  utimesSync(join(host.paths.root, path), then, then);
}

/** A lock as Ada's run left it, with what its connection said of itself, so many seconds ago. */
export function leaveLock(host: ShellHost, link: string, seconds = 5): void {
  expect(host.run(takeLock(host.paths, ADA)).code).toBe(0);
  host.write(sign, `alive\n${link}\n`);
  makeOlder(host, sign, seconds);
}

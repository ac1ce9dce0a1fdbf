import { readdirSync, utimesSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  breakLock,
  explainLoss,
  freeLock,
  holdLock,
  inspectLock,
  LOCKED,
  readLock,
  SHARED,
} from "../../../src/recipes/deploy/lock.ts";
import { describeOwner, parseOwner } from "../../../src/recipes/deploy/lock-owner.ts";
import { takeLock } from "../../../src/recipes/deploy/lock-taking.ts";
import { createShellHost, type ShellHost, shells, takeAndHold } from "./shell-host.ts";

const ADA = {
  run: "run1",
  host: "app1",
  user: "ada",
  control: "laptop",
  command: "fake deploy",
  reason: "it's 100% \n urgent; $(reboot)",
};
const GRACE = { ...ADA, run: "run2", user: "grace", reason: "" };
let host: ShellHost;

afterEach(() => host.remove());

describe.each(shells)("the lock in $name", (shell) => {
  beforeEach(() => {
    host = createShellHost(shell);
  });

  it("is taken once, and tells the second whose it is", () => {
    expect(host.run(takeAndHold(host.paths, ADA)).code).toBe(0);
    const refused = host.run(takeAndHold(host.paths, GRACE));
    expect(refused.code).toBe(LOCKED);
    expect(parseOwner(refused.stdout)).toMatchObject(ADA);
    expect(parseOwner(refused.stdout)?.since).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it("stays with the run that has it, however often that run asks", () => {
    host.run(takeAndHold(host.paths, ADA));
    expect(host.run(takeAndHold(host.paths, ADA)).code).toBe(0);
  });

  it("is freed by its owner only, with what the run left behind", () => {
    host.run(takeAndHold(host.paths, ADA));
    host.write(".fake/run1/current", "");
    host.write(".fake/journal", "kept");
    expect(host.run(freeLock(host.paths, "run2")).code).toBe(0);
    expect(host.exists(".fake/lock/owner")).toBe(true);
    expect(host.run(freeLock(host.paths, "run1")).code).toBe(0);
    expect(readdirSync(host.paths.fake)).toEqual(["journal"]);
  });

  it("is not for two hosts of one run, when both are one directory", () => {
    host.run(takeAndHold(host.paths, ADA));
    const refused = host.run(takeAndHold(host.paths, { ...ADA, host: "app1.internal" }));
    expect([refused.code, parseOwner(refused.stdout)?.host]).toEqual([SHARED, "app1"]);
  });

  it("can be freed where nothing was ever deployed", () => {
    expect(host.run(freeLock(host.paths, "run1"))).toMatchObject({ code: 0, stderr: "" });
  });

  it("is somebody's when its owner cannot be read", () => {
    host.write(".fake/lock/owner", "");
    const refused = host.run(takeAndHold(host.paths, ADA));
    expect(refused.code).toBe(LOCKED);
    expect(describeOwner(parseOwner(refused.stdout)!)).toContain("nobody knows whom");
    expect(host.run(freeLock(host.paths, "run1")).code).toBe(0);
    expect(host.exists(".fake/lock")).toBe(true);
  });

  it("is broken whoever has it, and names them; not when it has changed hands", () => {
    host.run(takeAndHold(host.paths, ADA));
    host.run(breakLock(host.paths, "run9", "bob@desk", "run0"));
    expect(host.exists(".fake/lock")).toBe(true);
    const broken = host.run(breakLock(host.paths, "run9", "bob@desk", "run1"));
    expect(parseOwner(broken.stdout)).toMatchObject({ user: "ada" });
    expect(host.exists(".fake/lock")).toBe(false);
    expect(host.run(breakLock(host.paths, "run9", "bob@desk"))).toMatchObject({ code: 0, stdout: "" });
  });

  it("is broken with a word to each run under it, which reads it, and takes it away at its end", () => {
    host.run(takeAndHold(host.paths, ADA));
    expect(host.run(takeLock(host.paths, { ...GRACE, run: "guest" }, ["run1"])).code).toBe(0);
    host.run(breakLock(host.paths, "run9", "bob@desk; $(reboot)"));
    host.run(takeAndHold(host.paths, GRACE));
    const why = /^The lock of this run was broken by bob@desk; \$\(reboot\) at \S+ \S+ UTC, with fake unlock\.\n$/;
    for (const run of ["run1", "guest"]) {
      expect(host.run(explainLoss(host.paths, run)).stdout).toMatch(why);
      expect(host.run(freeLock(host.paths, run)).stdout).toMatch(why);
      expect(host.run(explainLoss(host.paths, run)).stdout).toContain("is another one's now");
    }
    expect(readdirSync(host.paths.fake)).toEqual(["lock"]);
    expect(host.run(holdLock(host.paths, "run2").script).code).toBe(0);
  });

  it("stops a run that has lost it, and nobody else", () => {
    const step = `${holdLock(host.paths, "run1").script}\necho went on`;
    expect(host.run(step).stdout).toContain("went on");
    host.run(takeAndHold(host.paths, ADA));
    expect(host.run(step).stdout).toContain("went on");
    host.run(breakLock(host.paths, "run2", "bob@desk"));
    host.run(takeAndHold(host.paths, GRACE));
    expect(host.run(step)).toMatchObject({ code: LOCKED, stdout: "" });
  });

  it("is held for a person until it is broken: whatever its age, it is never a dead run's, and no run's to free", () => {
    const byHand = { ...ADA, run: "hand", command: "fake lock", byHand: true };
    expect(host.run(takeLock(host.paths, byHand)).code).toBe(0);
    expect(readdirSync(`${host.paths.fake}/lock`)).toEqual(["owner"]);
    const then = new Date(Date.now() - 3 * 3_600_000);
    for (const path of ["lock", "lock/owner"]) utimesSync(`${host.paths.fake}/${path}`, then, then);
    const refused = host.run(takeLock(host.paths, GRACE));
    expect([refused.code, parseOwner(refused.stdout)?.life]).toEqual([LOCKED, "alive by-hand"]);
    expect(host.run(takeLock(host.paths, { ...byHand, run: "more" })).code).toBe(LOCKED);
    host.run(freeLock(host.paths, "run2"));
    expect(parseOwner(host.run(inspectLock(host.paths)).stdout)).toMatchObject({ run: "hand", life: "alive by-hand" });
    host.run(breakLock(host.paths, "run9", "bob@desk", "hand"));
    expect(readdirSync(host.paths.fake)).toEqual([]);
  });

  it("reads as nothing when it is free", () => {
    expect(parseOwner(host.run(readLock(host.paths).script).stdout)).toBeUndefined();
  });

  it("cannot be made where the path is taken by a file, and says why", () => {
    host.write(".fake", "");
    const ran = host.run(takeAndHold(host.paths, ADA));
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(".fake")]);
  });
});

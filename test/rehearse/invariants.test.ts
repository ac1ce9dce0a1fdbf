import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readDeployPath, revisionOf } from "../../src/rehearse/deploy-path.ts";
import { checkInvariants, type InvariantOptions } from "../../src/rehearse/invariants.ts";
import type { ClientOutcome } from "../../src/rehearse/run-client.ts";

const OLD = "20260101000000";
const NEW = "20260102000000";
const NEXT = "20260103000000";

describe("the checker of invariants", () => {
  let path: string;
  let sleeper: ChildProcess | undefined;

  const point = (id: string): void => {
    rmSync(join(path, "current"), { recursive: true, force: true });
    symlinkSync(join(path, "releases", id), join(path, "current"));
  };
  const make = (id: string, revision: string): void => {
    mkdirSync(join(path, "releases", id), { recursive: true });
    writeFileSync(join(path, "releases", id, "REVISION"), `${revision}\n`);
  };
  const outcome = (exitCode: number, stderr = ""): ClientOutcome => ({ exitCode, signal: null, stdout: "", stderr });
  /** What a good run and its followers do, with something else in its place. */
  const check = async (more: {
    readonly run?: ClientOutcome;
    readonly interrupted?: number | null;
    readonly during?: () => void;
    readonly again?: InvariantOptions["again"];
    readonly publishes?: boolean;
  }): Promise<readonly string[]> => {
    const before = readDeployPath(path);
    make(NEW, "new");
    if (more.during === undefined) point(NEW);
    else more.during();
    const report = await checkInvariants({
      hosts: [{ name: "app1", deployPath: path, variable: `CRASH_TEST=${path}`, before }],
      run: { outcome: more.run ?? outcome(0), logs: [], interrupted: more.interrupted },
      isTarget: (_, id) => id === NEW,
      isNewest: (_, id) => id === NEXT,
      findFault: (host, id) => (revisionOf(host.deployPath, id) === undefined ? "REVISION is missing" : undefined),
      secrets: ["hush-hush"],
      grace: 200,
      again: more.again ?? follow,
      publishes: more.publishes ?? true,
    });
    return report.violations.map(({ invariant, text }) => `${invariant} ${text.replace(/\b\d+ sleep/, "sleep")}`);
  };
  const follow = async (what: string): Promise<ClientOutcome> => {
    const live = readDeployPath(path).current;
    if (what === "deploy") {
      good = live.kind === "release" ? live.id : OLD;
      make(NEXT, "next");
      point(NEXT);
    }
    if (what === "rollback") point(good);
    return outcome(0);
  };
  let good = OLD;

  beforeEach(() => {
    path = realpathSync(mkdtempSync(join(tmpdir(), "fake-invariants-")));
    make(OLD, "old");
    point(OLD);
  });
  afterEach(() => {
    sleeper?.kill("SIGKILL");
    rmSync(path, { recursive: true, force: true });
  });

  it("has nothing to say when all is well", async () => {
    expect(await check({})).toEqual([]);
  });

  it("I1: current is no link, or its release is not complete", async () => {
    const directory = (): void => {
      rmSync(join(path, "current"));
      mkdirSync(join(path, "current"));
    };
    expect(await check({ during: directory })).toContain("I1 current is no link on app1");
    const half = (): void => {
      rmSync(join(path, "releases", NEW, "REVISION"));
      point(NEW);
    };
    expect(await check({ during: half })).toContain(`I1 the live release ${NEW} on app1 is not complete: REVISION is missing`);
  });

  it("I2: current is a third release, or gone", async () => {
    const third = (): void => {
      make("20250101000000", "third");
      point("20250101000000");
    };
    expect(await check({ during: third })).toContain(
      "I2 20250101000000 on app1 is neither the release before nor the one of the run",
    );
    point(OLD);
    expect(await check({ during: () => rmSync(join(path, "current")) })).toContain(
      "I2 nothing is live on app1 where something was",
    );
  });

  it("I3 and I4: what follows fails, or comes to the wrong release", async () => {
    expect(await check({ again: async () => outcome(1, "no luck") })).toEqual([
      "I3 the next deploy fails with exit code 1: no luck",
      "I4 a rollback fails with exit code 1: no luck",
    ]);
    point(OLD);
    const wrong: InvariantOptions["again"] = async (what) => {
      const followed = await follow(what);
      if (what === "rollback") point(OLD);
      return followed;
    };
    expect(await check({ again: wrong })).toEqual([`I4 a rollback brings app1 to ${OLD}, and ${NEW} was the last good one`]);
  });

  it("I5: the lock is not free", async () => {
    let locked = true;
    const again: InvariantOptions["again"] = async (what) => {
      if (what === "unlock") locked = false;
      return locked ? outcome(3, "app1 is locked by somebody") : await follow(what);
    };
    expect(await check({ again })).toEqual(["I5 the lock is not free: app1 is locked by somebody"]);
  });

  it("I6: the exit code does not tell", async () => {
    const stay = (): void => undefined;
    expect(await check({ during: stay })).toEqual(["I6 exit code 0, and the hosts are on old"]);
    point(OLD);
    expect(await check({ interrupted: 130 })).toEqual(["I6 exit code 0 of a run that was interrupted, which is 130"]);
  });

  it("I7: a secret is told, also in base64", async () => {
    const said = `hush-hush ${Buffer.from("hush-hush").toString("base64")}`;
    for (const word of said.split(" "))
      expect(await check({ run: { ...outcome(0), stdout: word } })).toContain("I7 a secret is in stdout");
  });

  it("I8: a process is left", async () => {
    sleeper = spawn("sleep", ["600"], { env: { CRASH_TEST: path }, stdio: "ignore" });
    expect(await check({})).toEqual(["I8 still runs on app1: sleep 600"]);
  });

  it("what is said: nothing, what is not so, or a stack trace", async () => {
    expect(await check({ run: outcome(1, "✖ Failed after 1s") })).toEqual(["said nothing is said about where app1 stands"]);
    point(OLD);
    expect(await check({ run: outcome(1, `✖ Failed after 1s\n  live: ${OLD} (main 1234567) (app1)`) })).toEqual([
      `said it says ${OLD} is live on app1, and it is ${NEW}`,
    ]);
    point(OLD);
    expect(await check({ run: outcome(1, `✖ Failed\n  live: ${NEW} (both hosts)\n    at main (file.js:1:2)`) })).toEqual([
      "said a stack trace or a crash: at main (file.js:1:2)",
    ]);
    // Of one host no name is said: the id is none.
    point(OLD);
    expect(await check({ run: outcome(1, `✖ Failed after 1s: 1 host failed\n  live: ${NEW}\n  not shown: x`) })).toEqual([]);
    point(OLD);
    expect(await check({ run: outcome(1, `✖ Failed after 1s: 1 host failed\n  live: ${OLD}\n  not shown: x`) })).toEqual([
      `said it says ${OLD} is live on app1, and it is ${NEW}`,
    ]);
  });

  it("what is said: nothing is asked of what publishes nothing, but what is said must be so", async () => {
    expect(await check({ run: outcome(1, "✖ Failed after 1s"), publishes: false })).toEqual([]);
    point(OLD);
    expect(await check({ run: outcome(1, `✖ Failed after 1s\n  live: ${OLD}`), publishes: false })).toEqual([
      `said it says ${OLD} is live on app1, and it is ${NEW}`,
    ]);
  });
});

import { renameSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../../src/index.ts";
import { createDeployRig, type DeployRig, type Run } from "./deploy-rig.ts";

const [R1, R2, R3] = ["20261120101500", "20261120101501", "20261120101502"] as const;
const HOSTS = ["app1", "app2", "app3", "app4"] as const;
let rig: DeployRig;
let shas: string[];
let restore: () => void;
let stopped: Run;

/** Four hosts on R2; the deploy of R3, two hosts at a time, stops at the second group. */
beforeAll(async () => {
  rig = createDeployRig(HOSTS);
  shas = [];
  for (const version of ["v1", "v2"]) {
    shas.push(rig.repo.commit({ "app.js": version }));
    await rig.run("deploy");
  }
  shas.push(rig.repo.commit({ "app.js": "v3" }));
  stopped = await rig.run("deploy", { options: { batch: 2 }, deployfile: failingOn("deploy:symlink:release", "app3") });
  restore = rig.save();
});
beforeEach(() => restore());
afterAll(() => rig.remove());

/** A task before another one that fails on a host. */
const failingOn = (task: string, name: string) => (app: App) =>
  app.before(
    task,
    app.task("trip", ({ host }) => {
      if (host.id === name) throw new Error("no such luck");
    }),
  );
const live = (): readonly (string | undefined)[] => HOSTS.map((host) => rig.current(host));
const journal = (host: string): readonly string[] =>
  rig
    .read(host, ".fake/journal")
    .trim()
    .split("\n")
    .map((line) => line.split(" ").slice(0, 2).join(" "));
const log = (host: string): readonly string[] => rig.read(host, "revisions.log").trim().split("\n");

describe("a rollback of a fleet that a deploy has reached in part", () => {
  it("goes to what the fleet had before; hosts that are there stay, and nothing is noted there", async () => {
    expect(live()).toEqual([R3, R3, R2, R2]);
    const before = HOSTS.map((host) => [journal(host), log(host)] as const);
    const seen: string[] = [];
    const { failures, result } = await rig.run("rollback", {
      deployfile: (app) =>
        app.after(
          "deploy:published",
          app.task("look", ({ host, env, skip }) => {
            seen.push(`${host.id} ${env.releaseId} ${env.revision}`);
            if (env.publishedRelease === "") skip();
            seen.push(`${host.id} was switched`);
          }),
        ),
    });
    expect([failures, live()]).toEqual([[], [R2, R2, R2, R2]]);
    expect(seen.toSorted()).toEqual(
      HOSTS.flatMap((host) => [`${host} ${R2} ${shas[1]}`, ...(host < "app3" ? [`${host} was switched`] : [])]),
    );
    for (const [index, host] of HOSTS.entries()) {
      const [entries = [], lines = []] = before[index] ?? [];
      const moved = host === "app1" || host === "app2";
      expect(journal(host).slice(entries.length)).toEqual(moved ? [`${R3} bad`, `${R2} live`] : []);
      expect(log(host).slice(lines.length)).toEqual(moved ? [`ada rolled back to release ${R2}`] : []);
    }
    const app4 = result.hosts.find(({ host }) => host === "app4");
    expect([app4?.changed, app4?.standing]).toEqual([[], `live: ${R2} (main ${shas[1]?.slice(0, 7)}), as before`]);
    await rig.run("rollback");
    expect(live()).toEqual([R1, R1, R1, R1]);
  });

  it("is one of the two things that a deploy in batches names when it stops", async () => {
    expect(stopped.warnings).toEqual([
      `app1: ${R3} is live on app1, app2. Next: deploy --resume goes on with the other hosts; rollback goes back on all.`,
    ]);
    expect((await rig.run("deploy", { args: { deploy: { resume: true } } })).failures).toEqual([]);
    expect(live()).toEqual([R3, R3, R3, R3]);
  });

  it("goes on when it was stopped itself", async () => {
    const stopped = await rig.run("rollback", { options: { batch: 1 }, deployfile: failingOn("deploy:published", "app1") });
    expect([stopped.result.exitCode, live()]).toEqual([1, [R2, R3, R2, R2]]);
    expect(stopped.warnings).toEqual([
      `app1: ${R2} is live on app1, app3, app4. Next: rollback --to ${R2} goes on with the other hosts.`,
    ]);
    expect((await rig.run("rollback", { options: { batch: 1 } })).failures).toEqual([]);
    expect(live()).toEqual([R2, R2, R2, R2]);
    for (const host of HOSTS) expect(journal(host)).not.toContain(`${R2} bad`);
  });

  it("leaves a host that stays as it is when another one cannot be switched", async () => {
    renameSync(`${rig.root("app1")}/releases/${R2}`, `${rig.root("app1")}/kept`);
    const gone = await rig.run("rollback");
    expect(gone.failures.join()).toContain(`${R2} is good on all but app1: rollback -x app1`);
    renameSync(`${rig.root("app1")}/kept`, `${rig.root("app1")}/releases/${R2}`);
    const { result } = await rig.run("rollback", {
      deployfile: (app) =>
        app.after(
          "deploy:reverted",
          app.task("spoil", async ({ host, run, env }) => {
            if (host.id === "app1") await run`mv ${env.releasePath} ${env.releasePath}.gone`;
          }),
        ),
    });
    expect([result.exitCode, live()]).toEqual([1, [R3, R3, R2, R2]]);
    const app4 = result.hosts.find(({ host }) => host === "app4");
    expect([app4?.changed, app4?.standing]).toEqual([[], `live: ${R2} (main ${shas[1]?.slice(0, 7)}), as before`]);
    expect(journal("app4").at(-1)).toBe(`${R3} failed`);
  });

  it("is not by rollbackOnFailure further back than the group that failed", async () => {
    await rig.run("deploy");
    const fourth = rig.current("app1");
    const { result, warnings } = await rig.run("deploy", {
      options: { batch: 2 },
      settings: { rollbackOnFailure: true },
      deployfile: failingOn("deploy:published", "app4"),
    });
    expect([result.exitCode, live().slice(2)]).toEqual([1, [fourth, fourth]]);
    const fifth = rig.current("app1");
    expect(warnings).toEqual([`app1: ${fourth} is live on app3, app4. Next: rollback takes the other hosts there too.`]);
    expect([fifth === fourth, rig.current("app2")]).toEqual([false, fifth]);
    await rig.run("rollback");
    expect(live()).toEqual([fourth, fourth, fourth, fourth]);
    expect(journal("app4")).not.toContain(`${fourth} bad`);
  });
});

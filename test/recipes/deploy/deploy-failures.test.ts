import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../../src/index.ts";
import { createDeployRig, type DeployRig } from "./deploy-rig.ts";

const FIRST = "20261120101500";
const SECOND = "20261120101501";
let rig: DeployRig;

beforeEach(() => {
  rig = createDeployRig(["app1", "app2"]);
  rig.repo.commit({ "app.js": "v1" });
});

afterEach(() => rig.remove());

const file = (host: string, path: string): string => join(rig.root(host), path);
const hasLock = (host: string): boolean => existsSync(file(host, ".fake/lock"));

/** Fails on one host when the stage is reached. */
function failAt(stage: string, host: string): (app: App) => void {
  return (app) => {
    const fail = app.task("fail", async (t) => {
      if (t.host.id === host) await t.run`exit 7`;
    });
    app.after(stage, fail);
  };
}

describe("before anything is changed", () => {
  it("a branch that does not exist ends the run with close names", async () => {
    rig.repo.git("branch", "production");
    const { result, failures } = await rig.run("deploy", { settings: { branch: "prodution" } });
    expect(result.exitCode).toBe(2);
    expect(failures).toEqual([`app1 settings: "prodution" is not a branch, tag or commit of ${rig.repo.directory}.`]);
    expect(result.failures[0]?.error.hint).toContain('Did you mean "production"?');
    expect([readdirSync(join(rig.folder, "app1")), readdirSync(join(rig.folder, "app2"))]).toEqual([[], []]);
  });

  it("a branch and a tag of one name, on different commits, are an error", async () => {
    rig.repo.git("tag", "stable");
    rig.repo.commit({ "app.js": "v2" });
    rig.repo.git("branch", "stable");
    const { result, failures } = await rig.run("deploy", { settings: { branch: "stable" } });
    expect([result.exitCode, existsSync(rig.root("app1"))]).toEqual([2, false]);
    expect(failures.join()).toContain("ambiguous");
  });

  it("paths that are both linked directories and linked files are an error", async () => {
    const { result } = await rig.run("deploy", { settings: { linkedDirs: ["a", "c"], linkedFiles: ["a", "c/b"] } });
    expect([result.exitCode, existsSync(rig.root("app1"))]).toEqual([2, false]);
    expect(result.failures[0]?.error.message).toMatch(/"a" is listed twice[\s\S]*"c\/b" lies inside "c"/);
  });

  it("a lock of somebody else on one host names its owner and leaves the others free", async () => {
    mkdirSync(file("app2", ".fake/lock"), { recursive: true });
    writeFileSync(
      file("app2", ".fake/lock/owner"),
      "run other\nuser grace\ncontrol laptop\nsince 2026-11-20T10:00:00Z\ncommand fake%20deploy\nreason -\n",
    );
    const { result, failures } = await rig.run("deploy");
    expect(result.exitCode).toBe(3);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(/grace@laptop since 2026-11-20 10:00 UTC \(\d+ days ago\), for fake deploy/);
    expect([hasLock("app1"), hasLock("app2")]).toEqual([false, true]);
    expect(existsSync(file("app1", "releases"))).toBe(false);
    expect(result.hosts.map(({ standing }) => standing)).toEqual(["nothing is live", "nothing is live"]);
  });

  it("a run that fails before it has looked says what is live", async () => {
    await rig.run("deploy");
    const { result } = await rig.run("deploy", { settings: { linkedFiles: [".env"] } });
    expect(result.exitCode).toBe(1);
    expect(result.hosts.map(({ standing }) => standing)).toEqual([`live: ${FIRST}`, `live: ${FIRST}`]);
  });

  it("a current that cannot be a release is said to be what it is", async () => {
    mkdirSync(file("app1", "current"), { recursive: true });
    mkdirSync(rig.root("app2"));
    symlinkSync("/usr", file("app2", "current"));
    const { result } = await rig.run("deploy");
    expect(result.hosts.map(({ standing }) => standing)).toEqual(["current is no link", "live: /usr"]);
  });

  it("two hosts that are one directory are refused", async () => {
    const { failures } = await rig.run("deploy", { hostSettings: { app2: { deployPath: rig.root("app1") } } });
    expect(failures).toEqual([expect.stringContaining(`${rig.root("app1")} is the deploy path of app1 too`)]);
    expect([rig.releases("app1"), hasLock("app1")]).toEqual([[], false]);
  });

  it("all that is missing on all hosts is said at once", async () => {
    const settings = { linkedFiles: [".env", "config/db.yml"] };
    const { result, failures } = await rig.run("deploy", { settings });
    expect(result.exitCode).toBe(1);
    expect(failures).toHaveLength(2);
    for (const failure of failures) expect(failure).toMatch(/\.env is missing[\s\S]*config\/db\.yml is missing/);
    expect(result.failures.map(({ error }) => error.hint).join()).toContain(`scp .env app1:'${rig.folder}/app1`);
    expect([rig.releases("app1"), hasLock("app1"), hasLock("app2")]).toEqual([[], false, false]);
  });

  it("a current that is a directory is refused, as is one that points elsewhere", async () => {
    mkdirSync(file("app1", "current"), { recursive: true });
    mkdirSync(rig.root("app2"));
    symlinkSync("/usr", file("app2", "current"));
    const { failures, result } = await rig.run("deploy");
    expect(failures.join("\n")).toMatch(/app1 [\s\S]*is a directory, not a link/);
    expect(failures.join("\n")).toMatch(/app2 [\s\S]*points to \/usr/);
    // What serves a site is nobody's to remove.
    for (const { error } of result.failures) expect(error.hint).toMatch(/^(?!.*\b(?:remove|delete|move)\b).*currentPath/);
    expect(rig.releases("app2")).toEqual([]);
  });
});

describe("before publishing", () => {
  it("a failure on one host removes the new release from all and frees the locks", async () => {
    await rig.run("deploy");
    const { result, failures } = await rig.run("deploy", { deployfile: failAt("deploy:updated", "app2") });
    expect(failures).toHaveLength(1);
    expect(result.exitCode).toBe(1);
    for (const host of ["app1", "app2"]) {
      expect([rig.releases(host), rig.current(host), hasLock(host)]).toEqual([[FIRST], FIRST, false]);
      const standing = result.hosts.find((one) => one.host === host)?.standing;
      expect(standing).toBe(`live: ${FIRST} (main ${rig.repo.sha().slice(0, 7)}), as before`);
      expect(rig.read(host, ".fake/journal").trim().split("\n").at(-1)).toContain(`${SECOND} failed`);
    }
    const next = await rig.run("deploy");
    expect(next.failures).toEqual([]);
  });

  it("what stands in the way of the new release is left alone", async () => {
    await rig.run("deploy", {
      deployfile: (app) => {
        app.before(
          "deploy:create-release",
          app.task("squat", (t) => t.run`mkdir -p ${t.env.releasePath}/precious`),
        );
      },
    });
    expect(existsSync(file("app1", `releases/${FIRST}/precious`))).toBe(true);
    expect([rig.current("app1"), hasLock("app1")]).toEqual([undefined, false]);
  });
});

describe("while publishing", () => {
  const block = (app: App): void => {
    const body = app.task("block", async (t) => {
      if (t.host.id === "app2") await t.run`rm -f ${t.env.currentPath}; mkdir ${t.env.currentPath}`;
    });
    app.before("deploy:symlink:release", body);
  };

  it("hosts that have switched go back when one cannot", async () => {
    await rig.run("deploy");
    const { result, failures } = await rig.run("deploy", { deployfile: block });
    expect(failures).toHaveLength(1);
    expect(failures[0]).toContain("deploy:symlink:release");
    expect([rig.current("app1"), rig.releases("app1"), hasLock("app1")]).toEqual([FIRST, [FIRST], false]);
    expect(result.hosts[0]).toMatchObject({ standing: expect.stringMatching(/^live: 20261120101500 .*, as before$/) });
  });

  it("on a first deploy, current is removed again", async () => {
    await rig.run("deploy", { deployfile: block });
    expect([rig.current("app1"), existsSync(file("app1", "current")), rig.releases("app1")]).toEqual([undefined, false, []]);
  });

  it("a link that a crashed run left behind is not what gets published", async () => {
    await rig.run("deploy");
    mkdirSync(file("app1", ".fake/crashed"));
    symlinkSync(file("app1", `releases/${FIRST}`), file("app1", ".fake/crashed/current"));
    symlinkSync(file("app1", `releases/${FIRST}`), file("app1", "releases/current"));
    await rig.run("deploy");
    expect(rig.current("app1")).toBe(SECOND);
  });
});

describe("after publishing", () => {
  it("a deploy path with awkward words in it is no answer", async () => {
    rig.remove();
    rig = createDeployRig(["live-discarded"]);
    rig.repo.commit({ "app.js": "v1" });
    await rig.run("deploy");
    const { result } = await rig.run("deploy", { deployfile: failAt("deploy:updated", "live-discarded") });
    expect(result.hosts[0]?.standing).toMatch(/^live: 20261120101500 .*, as before$/);
  });

  it("a failed hook leaves the release live, and says so", async () => {
    await rig.run("deploy");
    const { result } = await rig.run("deploy", { deployfile: failAt("deploy:published", "app2") });
    expect(result.exitCode).toBe(1);
    expect([rig.current("app1"), rig.current("app2"), hasLock("app1"), hasLock("app2")]).toEqual([SECOND, SECOND, false, false]);
    const [app1, app2] = result.hosts.map(({ standing }) => standing);
    expect(app1).toMatch(/^live: 20261120101501 .*, but fail failed on app2$/);
    expect(app2).toMatch(/^live: 20261120101501 .*, but fail failed$/);
  });

  it("rollbackOnFailure goes back on all hosts", async () => {
    await rig.run("deploy");
    const settings = { rollbackOnFailure: true };
    const { result } = await rig.run("deploy", { settings, deployfile: failAt("deploy:published", "app2") });
    expect(result.exitCode).toBe(1);
    expect([rig.current("app1"), rig.current("app2"), hasLock("app1"), hasLock("app2")]).toEqual([FIRST, FIRST, false, false]);
    expect(rig.read("app1", ".fake/journal")).toContain(`${SECOND} bad`);
  });

  it("rollbackOnFailure does nothing when the failure came before publishing", async () => {
    await rig.run("deploy");
    await rig.run("deploy");
    const settings = { rollbackOnFailure: true };
    const { events } = await rig.run("deploy", { settings, deployfile: failAt("deploy:updated", "app2") });
    expect([rig.current("app1"), rig.current("app2")]).toEqual([SECOND, SECOND]);
    expect(events).toContainEqual(
      expect.objectContaining({ kind: "taskFinished", task: "deploy:roll-back", outcome: "skipped" }),
    );
  });
});

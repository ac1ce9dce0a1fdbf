import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDeployRig, type DeployRig } from "./deploy-rig.ts";

const SHA = "1".repeat(40);
let rig: DeployRig;

beforeEach(() => {
  rig = createDeployRig(["app1", "app2"]);
  rig.repo.commit({ "app.js": "v1" });
});

afterEach(() => rig.remove());

const file = (host: string, path: string): string => join(rig.root(host), path);

/** What a deploy that was killed while it built leaves behind. */
function leaveHalfBuilt(host: string, id: string): void {
  mkdirSync(file(host, `releases/${id}/half`), { recursive: true });
  mkdirSync(file(host, ".fake/crashed"), { recursive: true });
  writeFileSync(file(host, ".fake/journal"), `${id} building 2026-11-19T00:00:00Z ${SHA} main ada crashed ;\n`, { flag: "a" });
}

describe("a deploy", () => {
  it("removes what a crashed one left half-built, and does not count it", async () => {
    await rig.run("deploy");
    leaveHalfBuilt("app1", "20261120101501");
    const { failures, result } = await rig.run("deploy", { settings: { keepReleases: 2 } });
    expect([failures, rig.releases("app1")]).toEqual([[], ["20261120101500", "20261120101502"]]);
    expect(result.hosts[0]?.changed).toContain("removed 20261120101501");
  });

  it("succeeds with a warning when an old release cannot be removed", async () => {
    for (let count = 0; count < 2; count++) await rig.run("deploy");
    const { failures, warnings, result } = await rig.run("deploy", {
      settings: { keepReleases: 1 },
      deployfile: (app) => {
        const stub = app.task("stub", async (t) => {
          await t.run`mkdir -p ${rig.folder}/bin`;
          await t.writeFile(
            `${rig.folder}/bin/rm`,
            '#!/bin/sh\ncase "$*" in *20261120101500*) echo "Permission denied" >&2; exit 1 ;; esac\nexec /bin/rm "$@"\n',
            { mode: "755" },
          );
        });
        app.before("deploy:cleanup", stub);
      },
      path: [join(rig.folder, "bin")],
    });
    expect([failures, result.exitCode]).toEqual([[], 0]);
    expect(warnings).toContain("app1: releases/20261120101500 could not be removed: Permission denied");
    expect(rig.current("app1")).toBe("20261120101502");
  });
});

describe("deploy:cleanup on its own", () => {
  it("cleans up under the lock and frees it", async () => {
    for (let count = 0; count < 3; count++) await rig.run("deploy");
    leaveHalfBuilt("app2", "20261120101510");
    const { failures } = await rig.run("deploy:cleanup", { settings: { keepReleases: 2 } });
    const kept = ["20261120101501", "20261120101502"];
    expect([failures, rig.releases("app1"), rig.releases("app2")]).toEqual([[], kept, kept]);
    expect([existsSync(file("app1", ".fake/lock")), rig.current("app2")]).toEqual([false, "20261120101502"]);
  });

  it("keeps the release before the current one, also when it is alone to be kept", async () => {
    for (let count = 0; count < 3; count++) await rig.run("deploy");
    await rig.run("deploy:cleanup", { settings: { keepReleases: 1 } });
    expect(rig.releases("app1")).toEqual(["20261120101501", "20261120101502"]);
  });

  it("keeps what was live before, not what is next to it: a rollback goes there", async () => {
    for (let count = 0; count < 3; count++) await rig.run("deploy");
    await rig.run("rollback", { args: { rollback: { to: "20261120101500" } } });
    await rig.run("deploy");
    await rig.run("deploy:cleanup", { settings: { keepReleases: 1 } });
    expect(rig.releases("app1")).toEqual(["20261120101500", "20261120101503"]);
    await rig.run("rollback");
    expect([rig.current("app1"), rig.current("app2")]).toEqual(["20261120101500", "20261120101500"]);
  });

  it("changes nothing when somebody else deploys", async () => {
    for (let count = 0; count < 3; count++) await rig.run("deploy");
    mkdirSync(file("app2", ".fake/lock"));
    writeFileSync(file("app2", ".fake/lock/owner"), "run other\nuser grace\n");
    const { result } = await rig.run("deploy:cleanup", { settings: { keepReleases: 1 } });
    expect([result.exitCode, rig.releases("app1").length]).toEqual([3, 3]);
    expect([existsSync(file("app1", ".fake/lock")), existsSync(file("app2", ".fake/lock"))]).toEqual([false, true]);
  });

  it("frees the lock when it fails", async () => {
    await rig.run("deploy");
    await rig.run("deploy:cleanup", {
      deployfile: (app) => {
        app.before(
          "deploy:cleanup",
          app.task("fail", (t) => t.run`exit 1`),
        );
      },
    });
    expect(existsSync(file("app1", ".fake/lock"))).toBe(false);
  });
});

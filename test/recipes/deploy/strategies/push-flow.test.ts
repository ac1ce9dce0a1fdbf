import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nowhere } from "../../../support/nowhere.ts";
import { createDeployRig, type DeployRig } from "../deploy-rig.ts";

const settings = { scm: "push" } as const;
let rig: DeployRig;

beforeEach(() => {
  rig = createDeployRig(["app1", "app2"]);
  rig.repo.commit({ "app.js": "v1" });
});

afterEach(() => rig.remove());

describe("deploy with the push strategy", () => {
  it("brings commits to hosts that have no way to the repository", async () => {
    const first = await rig.run("deploy", { settings });
    const sha = rig.repo.commit({ "app.js": "v2" });
    const second = await rig.run("deploy", { settings });
    expect([...first.failures, ...second.failures]).toEqual([]);
    expect([rig.read("app1", "current/app.js"), rig.read("app2", "current/REVISION")]).toEqual(["v2", `${sha}\n`]);
    expect(rig.read("app1", "repo/config")).not.toContain(rig.repo.directory);
  });

  it("sends hosts that know the same commits one and the same pack, and nothing when they have it", async () => {
    await rig.run("deploy", { settings });
    rig.repo.commit({ "app.js": "v2" });
    await rig.run("deploy", { settings });
    const packs = readdirSync(join(rig.folder, "cache/packs")).map((name) => readFileSync(join(rig.folder, "cache/packs", name)));
    // A commit, a tree and a file each time; the number of objects is in a pack's head.
    expect(packs.map((pack) => pack.readUInt32BE(8))).toEqual([3, 3]);
    const again = await rig.run("deploy", { settings });
    expect(again.events.filter((event) => event.kind === "commandStarted" && event.command.startsWith("receive"))).toEqual([]);
  });

  it("costs no round trip more than a warm deploy when there is something to send", async () => {
    const one = createDeployRig(["app1"]);
    one.repo.commit({ "app.js": "v1" });
    await one.run("deploy", { settings });
    one.repo.commit({ "app.js": "v2" });
    const sent = await one.run("deploy", { settings });
    const warm = await one.run("deploy", { settings });
    one.remove();
    expect([sent.flights, warm.flights]).toEqual([{ app1: 2 }, { app1: 2 }]);
  });

  it("finds short commit ids by itself", async () => {
    const sha = rig.repo.sha();
    rig.repo.commit({ "app.js": "v2" });
    const { failures } = await rig.run("deploy", { settings: { ...settings, branch: sha.slice(0, 8) } });
    expect([failures, rig.read("app2", "current/REVISION")]).toEqual([[], `${sha}\n`]);
  });

  it("takes over the mirror of the git strategy, and hands it back", async () => {
    await rig.run("deploy");
    rig.repo.commit({ "app.js": "v2" });
    await rig.run("deploy", { settings });
    rig.repo.commit({ "app.js": "v3" });
    const { failures } = await rig.run("deploy");
    expect([failures, rig.read("app1", "current/app.js")]).toEqual([[], "v3"]);
  });

  it("mends a repository on the host that was cut short", async () => {
    await rig.run("deploy", { settings });
    writeFileSync(join(rig.root("app1"), "repo/HEAD"), "");
    rig.repo.commit({ "app.js": "v2" });
    const { failures } = await rig.run("deploy", { settings });
    const next = await rig.run("deploy", { settings });
    expect([failures.length <= 1, next.failures, rig.read("app1", "current/app.js")]).toEqual([true, [], "v2"]);
  });

  it("refuses submodules before anything is built", async () => {
    const { failures } = await rig.run("deploy", { settings: { ...settings, submodules: true } });
    expect(failures.join()).toContain("The push strategy cannot send submodules");
    expect(rig.releases("app1")).toEqual([]);
  });
});

describe("deploy with the push strategy from a repository", { timeout: 60_000 }, () => {
  /** What its own repository is, made from the rig's; a deploy from it, and what is live then. */
  const deployFrom = async (...clone: readonly string[]): Promise<readonly string[]> => {
    const directory = `${rig.folder}/${randomUUID()}`;
    rig.repo.git("clone", "--quiet", ...clone, `file://${rig.repo.directory}`, directory);
    const { failures } = await rig.run("deploy", { settings: { ...settings, repoUrl: directory } });
    return [...failures.map(String), rig.read("app1", "current/app.js")];
  };
  const commit = (version: string): string => rig.repo.commit({ "app.js": version, [version]: version });

  it("that is shallow works, and so does what comes after it", async () => {
    for (const version of ["v2", "v3", "v4"]) commit(version);
    expect(await deployFrom("--depth=1")).toEqual(["v4"]);
    commit("v5");
    expect(await deployFrom("--depth=1")).toEqual(["v5"]);
    for (const version of ["v6", "v7"]) commit(version);
    expect(await deployFrom("--depth=2")).toEqual(["v7"]);
    commit("v8");
    expect(await deployFrom()).toEqual(["v8"]);
    rig.repo.git("reset", "--quiet", "--hard", "HEAD~6");
    expect(await deployFrom()).toEqual(["v2"]);
    expect(
      execFileSync("git", ["--git-dir", join(rig.root("app1"), "repo"), "fsck", "--connectivity-only"], { encoding: "utf8" }),
    ).toBe("");
  });

  it("that lacks objects works, also where a host knows commits that it does not", async () => {
    rig.repo.git("config", "uploadpack.allowFilter", "true");
    rig.repo.git("config", "uploadpack.allowAnySHA1InWant", "true");
    for (const version of ["v2", "v3"]) commit(version);
    expect(await deployFrom("--filter=blob:none")).toEqual(["v3"]);
    commit("v4");
    expect(await deployFrom("--filter=blob:none", "--no-checkout")).toEqual(["v4"]);
    rig.repo.git("reset", "--quiet", "--hard", "HEAD~2");
    rig.repo.git("reflog", "expire", "--expire=now", "--all");
    rig.repo.git("gc", "--quiet", "--prune=now");
    expect(await deployFrom("--filter=tree:0", "--bare")).toEqual(["v2"]);
    const directory = `${rig.folder}/lacking`;
    rig.repo.git("clone", "--quiet", "--filter=blob:none", "--no-checkout", `file://${rig.repo.directory}`, directory);
    const sha = commit("v5");
    rig.repo.git("-C", directory, "-c", "remote.origin.partialclonefilter=blob:none", "fetch", "--quiet");
    rig.repo.git("-C", directory, "config", "remote.origin.url", `file://${nowhere}`);
    const { failures } = await rig.run("deploy", { settings: { ...settings, repoUrl: directory, branch: sha } });
    expect([failures.join(), rig.releases("app1").length]).toEqual([expect.stringContaining(`${directory} cannot be read: `), 3]);
  });

  it("that has other ids works, also where the host has a repository with the usual ones", async () => {
    await rig.run("deploy", { settings });
    const other = `${rig.folder}/sha256`;
    rig.repo.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main", other);
    for (const version of ["w1", "w2"]) {
      writeFileSync(join(other, "app.js"), version);
      rig.repo.git("-C", other, "add", "--all");
      rig.repo.git("-C", other, "commit", "--quiet", "-m", version);
      const { failures } = await rig.run("deploy", { settings: { ...settings, repoUrl: other } });
      expect([failures, rig.read("app2", "current/app.js")]).toEqual([[], version]);
    }
    const { failures } = await rig.run("deploy", { settings });
    expect([failures, rig.read("app2", "current/app.js")]).toEqual([[], "v1"]);
  });
});

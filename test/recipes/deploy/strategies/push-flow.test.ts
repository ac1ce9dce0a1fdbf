import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
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

  it("costs one round trip more than a warm deploy when there is something to send", async () => {
    const one = createDeployRig(["app1"]);
    one.repo.commit({ "app.js": "v1" });
    await one.run("deploy", { settings });
    one.repo.commit({ "app.js": "v2" });
    const sent = await one.run("deploy", { settings });
    const warm = await one.run("deploy", { settings });
    one.remove();
    expect([sent.flights, warm.flights]).toEqual([{ app1: 3 }, { app1: 2 }]);
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

import { existsSync, mkdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDeployRig, type DeployRig } from "./deploy-rig.ts";

let rig: DeployRig;

beforeEach(() => {
  rig = createDeployRig(["app1", "app2"]);
  rig.repo.commit({ "app.js": "v1", "bin/start": { executable: "#!/bin/sh\n" } }, "First");
});

afterEach(() => rig.remove());

describe("deploy", () => {
  it("brings the default branch to an empty host, and says so", async () => {
    const { result, failures } = await rig.run("deploy");
    expect(failures).toEqual([]);
    expect(result).toMatchObject({ ok: true, exitCode: 0 });
    const sha = rig.repo.sha();
    for (const host of ["app1", "app2"]) {
      expect(rig.current(host)).toBe("20261120101500");
      expect(readlinkSync(join(rig.root(host), "current"))).toBe(join(rig.root(host), "releases/20261120101500"));
      expect(rig.read(host, "current/app.js")).toBe("v1");
      expect(rig.read(host, "current/REVISION")).toBe(`${sha}\n`);
      expect(rig.read(host, "revisions.log")).toBe(`Branch main (at ${sha}) deployed as release 20261120101500 by ada\n`);
      expect(existsSync(join(rig.root(host), ".fake/lock"))).toBe(false);
    }
    expect(result.hosts).toMatchObject([
      { host: "app1", status: "ok", standing: `live: 20261120101500 (main ${sha.slice(0, 7)})` },
      { host: "app2", status: "ok" },
    ]);
  });
});

import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { App, TaskContext } from "../../../src/index.ts";
import { createDeployRig, type DeployRig, type Run } from "./deploy-rig.ts";

const [R1, R2] = ["20261120101500", "20261120101501"] as const;
let rig: DeployRig;
beforeEach(() => {
  rig = createDeployRig();
  rig.repo.commit({ "app.js": "v1" });
});
afterEach(() => rig.remove());

/** Fails behind the switch, where the release is live. */
const fails =
  (act: (t: TaskContext) => void = boom) =>
  (app: App): void =>
    void app.after("deploy:published", app.task("restart", act));

function boom(): void {
  throw new Error("boom");
}

function standing({ result }: Run, host = 0): string | undefined {
  return result.hosts[host]?.standing?.replace(/ \(main \w{7}\)/, "");
}

describe("where a host stands after a deploy that failed when its release was live", () => {
  it("is that release, also where there was nothing to go back to", async () => {
    const run = await rig.run("deploy", { deployfile: fails(), settings: { rollbackOnFailure: true } });
    expect([rig.current("app1"), standing(run)]).toEqual([R1, `live: ${R1}, but restart failed`]);
  });

  it("is that release, also where going back failed before it began", async () => {
    await rig.run("deploy");
    const deployfile = (app: App): void => {
      fails()(app);
      app.before("deploy:reverting", app.task("look", { local: true }, boom));
    };
    const run = await rig.run("deploy", { deployfile, settings: { rollbackOnFailure: true } });
    expect([rig.current("app1"), standing(run)]).toEqual([R2, `live: ${R2}, but restart failed`]);
  });

  it("is the one before where it went back", async () => {
    await rig.run("deploy");
    const run = await rig.run("deploy", { deployfile: fails(), settings: { rollbackOnFailure: true } });
    expect([rig.current("app1"), standing(run)]).toEqual([R1, `live: ${R1}: went back, because restart failed`]);
  });

  it("is nothing that it went back to where somebody else has moved current", async () => {
    await rig.run("deploy");
    await rig.run("deploy");
    const moveAndFail = (): void => {
      const link = join(rig.root("app1"), "current");
      rmSync(link);
      symlinkSync(join(rig.root("app1"), "releases", R1), link);
      boom();
    };
    const run = await rig.run("deploy", { deployfile: fails(moveAndFail) });
    expect([rig.current("app1"), standing(run)]).toEqual([R1, `live: ${R1}, but restart failed`]);
  });

  it("is no release that it went back to where a deploy went on with one that the host had", async () => {
    rig.remove();
    rig = createDeployRig(["app1", "app2"]);
    rig.repo.commit({ "app.js": "v1" });
    await rig.run("deploy");
    const half = await rig.run("deploy", { deployfile: fails(), options: { batch: 1 } });
    expect(half.result.hosts.map(({ status }) => status)).toEqual(["failed", "unfinished"]);
    const run = await rig.run("deploy", { deployfile: fails(), args: { deploy: { resume: true } } });
    expect([rig.current("app2"), standing(run, 1)]).toEqual([R2, `live: ${R2}, but restart failed`]);
  });
});

import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TaskError } from "../../../src/index.ts";
import { createDeployRig, type DeployRig, type Run } from "./deploy-rig.ts";

type Given = NonNullable<Parameters<DeployRig["run"]>[1]>;

let rig: DeployRig;
const settings = { skipSame: true };

beforeEach(() => {
  rig = createDeployRig(["app1", "app2"]);
  rig.repo.commit({ "index.txt": "v1" }, "v1");
});
afterEach(() => rig.remove());

const deploy = (more: Given = {}): Promise<Run> => {
  rig.clock.now += 60_000;
  return rig.run("deploy", { settings, ...more });
};
const live = (): readonly (string | undefined)[] => ["app1", "app2"].map(rig.current);

describe("skipSame", () => {
  it("ends a deploy of what is live everywhere, with nothing changed and the lock free", async () => {
    expect((await deploy()).failures).toEqual([]);
    const before = live();
    const again = await deploy();
    expect(again.failures).toEqual([]);
    expect(again.result.exitCode).toBe(0);
    expect([live(), rig.releases("app1")]).toEqual([before, [before[0]]]);
    expect(again.result.hosts.map(({ standing, changed }) => [standing, changed])).toEqual(
      [0, 1].map(() => [expect.stringMatching(/^live: .* as before: that is what would be deployed$/), []]),
    );
    expect(() => rig.read("app1", ".fake/lock/owner")).toThrow("ENOENT");
    expect(rig.read("app1", "revisions.log").trim().split("\n")).toHaveLength(1);
  });

  it("is off unless it is set, and --force deploys again", async () => {
    await deploy();
    const [first] = live();
    expect((await deploy({ args: { deploy: { force: true } } })).failures).toEqual([]);
    const [second] = live();
    expect((await deploy({ settings: {} })).failures).toEqual([]);
    const [third] = live();
    expect(new Set([first, second, third]).size).toBe(3);
  });

  it("deploys one release to all hosts where one of them has something else", async () => {
    await deploy();
    const before = live();
    rmSync(rig.root("app2"), { recursive: true });
    expect((await deploy()).failures).toEqual([]);
    expect(live()[0]).toBe(live()[1]);
    expect(live()[0]).not.toBe(before[0]);
    rig.repo.commit({ "index.txt": "v2" }, "v2");
    await deploy();
    expect(rig.read("app1", "current/index.txt")).toBe("v2");
  });

  it("does not take a release for done whose deploy did not come to its end", async () => {
    let broken = true;
    const deployfile: Given["deployfile"] = ({ task, after }) =>
      after(
        "deploy:finished",
        task("restart", () => {
          if (broken) throw new TaskError("It does not start.");
        }),
      );
    expect((await deploy({ deployfile })).result.ok).toBe(false);
    const before = live();
    broken = false;
    expect((await deploy({ deployfile })).result.ok).toBe(true);
    expect(live()).not.toEqual(before);
    const after = live();
    await deploy({ deployfile });
    expect(live()).toEqual(after);
    rmSync(join(rig.root("app1"), ".fake"), { recursive: true });
    await deploy({ deployfile });
    expect(live()).not.toEqual(after);
  });

  it("counts a rollback that came to its end", async () => {
    const first = rig.repo.sha();
    await deploy();
    const before = live();
    rig.repo.commit({ "index.txt": "v2" }, "v2");
    await deploy();
    expect((await rig.run("rollback", { settings })).failures).toEqual([]);
    expect(live()).toEqual(before);
    await deploy({ settings: { ...settings, branch: first } });
    expect(live()).toEqual(before);
  });

  it("runs hooks up to the start, and those that always run", async () => {
    const ran: string[] = [];
    const run = () =>
      deploy({
        deployfile(app) {
          const note = (name: string) => app.task(name, { local: true }, () => void ran.push(name));
          app.before("deploy", note("before"));
          app.after("deploy:started", note("started"));
          app.after("deploy:updated", note("updated"));
          app.after("deploy:finished", note("finished"));
          app.after("deploy", note("after"));
          app.always("deploy", note("always"));
          app.always("deploy:updating", note("always-updating"));
          app.always("deploy:published", note("always-published"));
        },
      });
    await run();
    expect(ran.toSorted()).toEqual(
      ["after", "always", "always-published", "always-updating", "before", "finished", "started", "updated"].toSorted(),
    );
    ran.length = 0;
    await run();
    expect(ran).toEqual(["before", "started", "always-updating", "always"]);
  });
});

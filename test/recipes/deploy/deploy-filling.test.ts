import { appendFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TaskError } from "../../../src/index.ts";
import { createDeployRig, type DeployRig, type Run } from "./deploy-rig.ts";

type Given = NonNullable<Parameters<DeployRig["run"]>[1]>;

let rig: DeployRig;

beforeEach(() => {
  rig = createDeployRig(["app1", "app2"]);
  rig.repo.commit({ "index.txt": "v1" }, "v1");
});
afterEach(() => rig.remove());

/** A build that writes into its dependencies, as package managers do. */
const building: Given["deployfile"] = ({ task, after }) => {
  after(
    "deploy:updated",
    task("build", async (t) => {
      await t.within(t.env.releasePath).run`mkdir -p deps && echo built >>deps/log`;
    }),
  );
};
const deploy = (settings: Given["settings"] = {}, more: Given = {}): Promise<Run> => {
  rig.clock.now += 60_000;
  return rig.run("deploy", { deployfile: building, ...more, settings: { copyDirs: ["deps"], ...settings } });
};
const logOf = (id: string | undefined): string => rig.read("app1", `releases/${id}/deps/log`);

describe("copyDirs", () => {
  it("gives a release what the one before has, and no build changes what is live", async () => {
    expect((await deploy()).failures).toEqual([]);
    const first = rig.current("app1");
    expect((await deploy()).failures).toEqual([]);
    const second = rig.current("app1");
    expect([logOf(first), logOf(second)]).toEqual(["built\n", "built\nbuilt\n"]);
    await rig.run("rollback");
    await deploy();
    expect(logOf(rig.current("app1"))).toBe("built\nbuilt\n");
  });

  it("takes them from the release that is live, not from one that failed half-way", async () => {
    await deploy();
    const failing: Given["deployfile"] = (app) => {
      building?.(app);
      app.after(
        "deploy:updated",
        app.task("fail", () => {
          throw new TaskError("no");
        }),
      );
    };
    expect((await deploy({}, { deployfile: failing })).result.ok).toBe(false);
    await deploy();
    expect(logOf(rig.current("app1"))).toBe("built\nbuilt\n");
  });

  it("costs no round trip", async () => {
    await deploy({ copyDirs: [] });
    const without = (await deploy({ copyDirs: [] })).flights;
    expect((await deploy()).flights).toEqual(without);
  });

  it("is refused inside of what is linked, before anything is sent", async () => {
    const settings = { copyDirs: () => ["uploads/a", ".env"], linkedDirs: () => ["uploads"], linkedFiles: () => [".env"] };
    const { failures } = await rig.run("deploy", { settings });
    expect(failures.join()).toContain('linkedDirs and copyDirs: "uploads/a" lies inside "uploads"');
    expect(failures.join()).toContain('linkedFiles and copyDirs: ".env" is listed twice');
    expect(rig.releases("app1")).toEqual([]);
  });
});

describe("writableDirs", () => {
  const mode = (path: string): string => (statSync(join(rig.root("app1"), path)).mode & 0o777).toString(8);

  it("are writable in each release, linked ones in shared", async () => {
    const settings = { writableDirs: ["cache", "uploads/tmp"], linkedDirs: ["uploads"], writableBy: { mode: "777" } };
    expect((await deploy(settings)).failures).toEqual([]);
    expect([mode("current/cache"), mode("shared/uploads/tmp")]).toEqual(["777", "777"]);
    writeFileSync(join(rig.root("app1"), "shared/uploads/tmp/kept"), "1");
    appendFileSync(join(rig.root("app1"), "current/cache/x"), "1");
    expect((await deploy(settings)).failures).toEqual([]);
    expect(rig.read("app1", "current/uploads/tmp/kept")).toBe("1");
  });

  it("end the run before anything is built where that cannot be", async () => {
    const { failures } = await deploy({ writableDirs: ["cache"], writableBy: { user: "no-such-user" } });
    expect(failures.join()).toContain("There is no user no-such-user (writableBy).");
    expect(rig.releases("app1")).toEqual([]);
  });
});

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../../src/index.ts";
import { createDeployRig, type DeployRig } from "./deploy-rig.ts";

let rig: DeployRig;

beforeEach(() => {
  rig = createDeployRig(["app1", "app2"]);
  rig.repo.commit({ "app.js": "v1" });
});

afterEach(() => rig.remove());

const file = (host: string, path: string): string => join(rig.root(host), path);

/** Reads a fact after a task has stated it. */
function watch(key: string, target: string, seen: Record<string, unknown>): (app: App) => void {
  return (app) => {
    app.after(
      target,
      app.task("watch", async ({ env, host }) => {
        seen[host.id] = await env.get(key);
      }),
    );
  };
}

describe("deploy:check on its own", () => {
  it("makes the directories, takes no lock and asks the host for the repository", async () => {
    const { failures } = await rig.run("deploy:check", { settings: { linkedDirs: ["log"] } });
    expect([failures, existsSync(file("app1", "shared/log")), existsSync(file("app1", ".fake/lock"))]).toEqual([[], true, false]);
  });

  it("says that the repository cannot be read from the host", async () => {
    rig.repo.remove();
    const { failures } = await rig.run("deploy:check");
    expect(failures).toHaveLength(2);
    expect(failures[0]).toContain(`The repository ${rig.repo.directory} cannot be read`);
  });
});

describe("what the verbs of the command line need", () => {
  it("deploy:releases states the releases of each host, without the lock", async () => {
    const sha = rig.repo.sha();
    await rig.run("deploy");
    mkdirSync(file("app1", ".fake/lock"));
    const seen: Record<string, unknown> = {};
    const { failures } = await rig.run("deploy:releases", { deployfile: watch("releases", "deploy:releases", seen) });
    expect(failures).toEqual([]);
    const release = {
      id: "20261120101500",
      at: "2026-11-20T10:15:00.000Z",
      current: true,
      status: "live",
      revision: sha,
      branch: "main",
      user: "ada",
    };
    expect(seen).toEqual({ app1: [release], app2: [release] });
  });

  it("deploy:lock-owner says who holds the lock, and deploy:unlock-force breaks it", async () => {
    mkdirSync(file("app1", ".fake/lock"), { recursive: true });
    writeFileSync(file("app1", ".fake/lock/owner"), "run other\nuser grace\n");
    const seen: Record<string, unknown> = {};
    await rig.run("deploy:lock-owner", { deployfile: watch("lockOwner", "deploy:lock-owner", seen) });
    expect(seen).toMatchObject({ app1: { run: "other", user: "grace" }, app2: null });
    const args = { "deploy:unlock-force": { run: "somebody-else" } };
    await rig.run("deploy:unlock-force", { args });
    expect(existsSync(file("app1", ".fake/lock"))).toBe(true);
    const { result } = await rig.run("deploy:unlock-force");
    expect([existsSync(file("app1", ".fake/lock")), result.hosts[0]?.changed]).toEqual([false, ["broke the lock of grace"]]);
  });
});

describe("a dry run", () => {
  it("connects to nothing, and shows each command as it would be sent", async () => {
    rig.repo.remove();
    const { events, failures, flights } = await rig.run("deploy", {
      options: { dryRun: true },
      settings: { linkedDirs: ["log"] },
    });
    expect([failures, flights, existsSync(rig.root("app1"))]).toEqual([[], {}, false]);
    const commands = events.flatMap((event) => (event.kind === "commandStarted" && event.host === "app1" ? event.command : []));
    expect(commands.find((command) => /mv -f .*current/.test(command))).toContain("/releases/<releaseId>");
    expect(commands.find((command) => command.includes("git --git-dir"))).toContain("<revision>");
    expect(commands.find((command) => command.includes("rm -rf"))).toBeDefined();
  });

  it("of a rollback shows that nobody knows the release yet", async () => {
    const { events, failures } = await rig.run("rollback", { options: { dryRun: true } });
    expect(failures).toEqual([]);
    const commands = events.flatMap((event) => (event.kind === "commandStarted" ? event.command : []));
    expect(commands.some((command) => command.includes("<releaseId>"))).toBe(true);
  });
});

describe("--batch", () => {
  it("builds on all hosts, then publishes group by group; a group that fails leaves the ones before it live", async () => {
    await rig.run("deploy");
    const { result } = await rig.run("deploy", {
      options: { batch: 1 },
      deployfile: (app) => {
        const fail = app.task("fail", async (t) => {
          if (t.host.id === "app2") await t.run`rm ${t.env.currentPath}; mkdir ${t.env.currentPath}`;
        });
        app.before("deploy:symlink:release", fail);
      },
    });
    expect(result.exitCode).toBe(1);
    expect([rig.current("app1"), rig.releases("app2")]).toEqual(["20261120101501", ["20261120101500"]]);
    expect([existsSync(file("app1", ".fake/lock")), existsSync(file("app2", ".fake/lock"))]).toEqual([false, false]);
  });
});

describe("steps", () => {
  it("can be hooked, replaced and switched off", async () => {
    const order: string[] = [];
    const note = (name: string) => (app: App) => app.task(name, () => void order.push(name));
    const { failures } = await rig.run("deploy", {
      deployfile: (app) => {
        app.replace("deploy:lock", () => undefined);
        app.replace("deploy:create-release", async (t) => {
          await t.batch([t.cmd`mkdir -p ${t.env.releasePath}`, t.cmd`sh -c ${'echo mine >"$1/app.js"'} sh ${t.env.releasePath}`]);
        });
        app.before("deploy:symlink:release", note("before")(app));
        app.after("deploy:finished", note("restart")(app));
      },
    });
    expect([failures, order]).toEqual([[], ["before", "before", "restart", "restart"]]);
    expect(rig.read("app2", "current/app.js")).toBe("mine\n");
  });
});

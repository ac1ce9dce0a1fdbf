import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { App } from "../../../src/index.ts";
import { createDeployRig, type DeployRig, type RunOptionsOfRig } from "./deploy-rig.ts";

const [R1, R2, R3] = ["20261120101500", "20261120101501", "20261120101502"] as const;
const HOSTS = ["app1", "app2", "app3"] as const;
let rig: DeployRig;
let shas: readonly string[];

/** By settings: made once, and brought back for each test. */
const worlds = new Map<string, { readonly rig: DeployRig; readonly shas: readonly string[]; readonly restore: () => void }>();
afterAll(() => {
  for (const world of worlds.values()) world.rig.remove();
});

/** Three releases; app3 is new when the last one comes. */
async function arrive(settings: RunOptionsOfRig["settings"] = {}): Promise<void> {
  const key = JSON.stringify(settings);
  const world = worlds.get(key) ?? (await makeWorld(settings));
  worlds.set(key, world);
  world.restore();
  rig = world.rig;
  shas = world.shas;
}
async function makeWorld(settings: RunOptionsOfRig["settings"]) {
  const made = createDeployRig(HOSTS);
  const commits: string[] = [];
  for (const version of ["v1", "v2", "v3"]) {
    commits.push(made.repo.commit({ "app.js": version }));
    if (version === "v3") rmSync(made.root("app3"), { recursive: true });
    await made.run("deploy", settings === undefined ? {} : { settings });
  }
  return { rig: made, shas: commits, restore: made.save() };
}
const live = (): readonly (string | undefined)[] => HOSTS.map((host) => rig.current(host));
const lines = (host: string, path: string): readonly string[] => rig.read(host, path).trim().split("\n");
const entries = (host: string, id: string): readonly (string | undefined)[] =>
  lines(host, ".fake/journal").flatMap((line) => (line.startsWith(id) ? [line.split(" ")[1]] : []));
const rollback = (given: RunOptionsOfRig = {}) => rig.run("rollback", { args: { rollback: { to: R2, build: true } }, ...given });

describe("a rollback that builds the release where it is missing", () => {
  it("builds the same commit under the same id, from what the host has of the repository", async () => {
    await arrive();
    const refused = await rig.run("rollback");
    expect(refused.failures.join()).toContain(`${R2} is good on all but app3: rollback -x app3, rollback --to ${R2} --build, or`);
    expect(live()).toEqual([R3, R3, R3]);
    const kept = readFileSync(join(rig.root("app1"), "releases", R2, "REVISION"), "utf8");
    rig.repo.remove();
    const { failures, result } = await rollback();
    expect([failures, live()]).toEqual([[], [R2, R2, R2]]);
    expect([rig.read("app3", "current/app.js"), rig.read("app3", "current/REVISION")]).toEqual(["v2", kept]);
    expect([entries("app3", R2), entries("app1", R2)]).toEqual([
      ["building", "complete", "live"],
      ["building", "complete", "live", "live"],
    ]);
    expect(HOSTS.map((host) => entries(host, R3).at(-1))).toEqual(["bad", "bad", "bad"]);
    expect(lines("app3", "revisions.log").slice(-2)).toEqual([
      `Branch main (at ${shas[1]}) deployed as release ${R2} by ada`,
      `ada rolled back to release ${R2}`,
    ]);
    expect(lines("app1", "revisions.log").at(-2)).toContain(`release ${R3}`);
    expect(result.hosts.find(({ host }) => host === "app3")?.standing).toBe(`live: ${R2} (main ${shas[1]?.slice(0, 7)})`);
    expect(lines("app3", ".fake/journal").at(-1)).toContain(` ${shas[1]} main ada `);
  });

  it("runs what hangs on the stages of a build there, and only there", async () => {
    await arrive();
    const seen: string[] = [];
    const built = (app: App) =>
      app.after(
        "deploy:updated",
        app.task("compile", async ({ host, env, run }) => {
          seen.push(`${host.id} ${env.releaseId} ${env.revision}`);
          await run`echo compiled >${env.releasePath}/out`;
        }),
      );
    expect((await rollback({ deployfile: built, settings: { linkedDirs: ["uploads"] } })).failures).toEqual([]);
    expect(seen).toEqual([`app3 ${R2} ${shas[1]}`]);
    expect(rig.read("app3", "current/out")).toBe("compiled\n");
    expect([
      existsSync(join(rig.root("app3"), "current/uploads")),
      existsSync(join(rig.root("app1"), "current/uploads")),
    ]).toEqual([true, false]);
  });

  it("leaves hooks out that are for a deploy alone", async () => {
    const seen: string[] = [];
    const migrating = (app: App) => {
      const migrate = app.task("migrate", { once: "run" }, ({ flow }) => void seen.push(`migrate in ${flow}`));
      app.after("deploy:updated", migrate, { flows: ["deploy"] });
      app.after(
        "deploy:finished",
        app.task("restart", ({ host, flow }) => void seen.push(`${host.id} in ${flow}`)),
      );
    };
    await arrive();
    expect((await rollback({ deployfile: migrating })).failures).toEqual([]);
    expect(seen.sort()).toEqual(HOSTS.map((host) => `${host} in rollback`));
    await rig.run("deploy", { deployfile: migrating });
    expect(seen.splice(HOSTS.length, 1)).toEqual(["migrate in deploy"]);
    expect(seen).toHaveLength(2 * HOSTS.length);
  });

  it("without --to, builds what the fleet had; nothing where all have it", async () => {
    await arrive();
    const first = await rig.run("rollback", { args: { rollback: { build: true } } });
    expect([first.failures, live()]).toEqual([[], [R2, R2, R2]]);
    const changed = first.result.hosts.map((host) => host.changed.filter((text) => text.startsWith("built")));
    expect(changed).toEqual([[], [], [`built ${R2} (main ${shas[1]?.slice(0, 7)})`]]);
    await rig.run("deploy");
    const { failures, result } = await rig.run("rollback", { args: { rollback: { build: true } } });
    expect([failures, live()]).toEqual([[], [R2, R2, R2]]);
    expect(result.hosts.flatMap(({ changed }) => changed).join()).not.toContain("built");
  });

  it("changes nothing and leaves nothing when the build fails, or another host cannot be switched", async () => {
    await arrive();
    const failed = await rollback({
      deployfile: (app) =>
        app.after(
          "deploy:updating",
          app.task("compile", () => Promise.reject(new Error("no compiler"))),
        ),
    });
    expect(failed.failures).toEqual(["app3 compile: no compiler"]);
    expect([live(), rig.releases("app3"), entries("app3", R2)]).toEqual([[R3, R3, R3], [R3], ["building", "failed"]]);
    const spoil = (app: App) =>
      app.after(
        "deploy:reverted",
        app.task("spoil", async ({ host, run, env }) => {
          if (host.id === "app1") await run`mv ${env.releasePath} ${env.releasePath}.gone`;
        }),
      );
    const { result } = await rollback({ deployfile: spoil });
    expect([result.exitCode, live(), rig.releases("app3")]).toEqual([1, [R3, R3, R3], [R3]]);
    expect(HOSTS.map((host) => existsSync(join(rig.root(host), ".fake/lock")))).toEqual([false, false, false]);
    expect(entries("app3", R2).at(-1)).toBe("failed");
  });

  it("replaces what is left of the release, and takes one whose directory is gone everywhere", async () => {
    await arrive();
    const half = join(rig.root("app3"), "releases", R2);
    mkdirSync(half);
    writeFileSync(join(half, "half"), "");
    writeFileSync(join(rig.root("app3"), ".fake/journal"), `${R2} building 2026-11-20T10:15:00Z - main ada run0 ;\n`, {
      flag: "a",
    });
    expect((await rollback()).failures).toEqual([]);
    expect([live(), existsSync(join(half, "half")), existsSync(join(half, "app.js"))]).toEqual([[R2, R2, R2], false, true]);
    for (const host of HOSTS) rmSync(join(rig.root(host), "releases", R1), { recursive: true, force: true });
    const { failures } = await rig.run("rollback", { args: { rollback: { to: R1, build: true } } });
    expect([failures, live(), HOSTS.map((host) => rig.read(host, "current/app.js"))]).toEqual([
      [],
      [R1, R1, R1],
      ["v1", "v1", "v1"],
    ]);
  });

  it.each(["git", "push"] as const)(
    "is refused before anything is built where the %s repository lacks the commit",
    async (scm) => {
      await arrive({ scm });
      const repo = join(rig.root("app3"), "repo");
      rmSync(repo, { recursive: true });
      execFileSync("git", ["init", "--quiet", "--bare", repo]);
      rmSync(join(rig.root("app2"), "releases", R2), { recursive: true });
      const { failures } = await rollback({ settings: { scm } });
      expect(failures.join()).toContain(`app3 does not have ${shas[1]?.slice(0, 7)}, which ${R2} is made from`);
      expect([live(), rig.releases("app2"), entries("app3", R2)]).toEqual([[R3, R3, R3], [R1, R3], []]);
    },
  );

  it("takes from a push what came with a later commit, and needs no repository here", async () => {
    await arrive({ scm: "push" });
    rig.repo.remove();
    rmSync(join(rig.folder, "cache"), { recursive: true, force: true });
    const { failures } = await rollback({ settings: { scm: "push" } });
    expect([failures, live(), rig.read("app3", "current/app.js")]).toEqual([[], [R2, R2, R2], "v2"]);
  });

  it("is refused when hosts do not agree what the release is", async () => {
    await arrive();
    writeFileSync(join(rig.root("app2"), "releases", R2, "REVISION"), `${shas[0]}\n`);
    expect((await rollback()).failures.join()).toContain(`${R2} is not the same commit on all hosts.`);
    expect(live()).toEqual([R3, R3, R3]);
  });
});

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../../src/index.ts";
import { createDeployRig, type DeployRig } from "./deploy-rig.ts";

const [R1, R2, R3] = ["20261120101500", "20261120101501", "20261120101502"] as const;
let rig: DeployRig;

beforeEach(() => {
  rig = createDeployRig();
  rig.repo.commit({ "app.js": "v1" });
});
afterEach(() => rig.remove());

const path = (name: string): string => join(rig.root("app1"), name);
const append = (text: string | Uint8Array): void => writeFileSync(path(".fake/journal"), text, { flag: "a" });

async function deploy(times: number, settings = {}): Promise<void> {
  for (let count = 0; count < times; count++) expect((await rig.run("deploy", { settings })).failures).toEqual([]);
}

function failAfter(stage: string): (app: App) => void {
  return (app) => {
    app.after(
      stage,
      app.task("fail", (t) => t.run`exit 7`),
    );
  };
}

describe("a journal that is damaged", () => {
  const torn = `${R1} building 2026-11-20T10:15:00Z 1234567890abcd`;
  const binary = Buffer.from([0, 1, 2, 0xff, 0xfe, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 10, 0, 10]);

  it.each([
    ["torn line at its end", torn],
    ["binary tail", binary],
    ["line of megabytes at its end", "x".repeat(12_000_000)],
    ["hundreds of thousands of lines", `${torn}\n`.repeat(200_000)],
  ])("by a %s: a deploy that fails is taken back all the same, the next one works, and so does a rollback", async (_, damage) => {
    await deploy(1);
    append(damage);
    const { result } = await rig.run("deploy", { deployfile: failAfter("deploy:updated") });
    expect([result.exitCode, rig.releases("app1"), rig.current("app1")]).toEqual([1, [R1], R1]);
    expect(result.hosts[0]?.changed).toContain(`removed ${R2} again: its deploy failed`);
    append(damage);
    await deploy(1);
    expect((await rig.run("rollback")).failures).toEqual([]);
    expect(rig.current("app1")).toBe(R1);
  });

  it("by a torn line: a switch is undone where another host could not switch", async () => {
    rig.remove();
    rig = createDeployRig(["app1", "app2"]);
    rig.repo.commit({ "app.js": "v1" });
    await deploy(1);
    append(torn);
    const { failures, result } = await rig.run("deploy", {
      deployfile: (app) => {
        const block = app.task("block", async (t) => {
          if (t.host.id === "app2") await t.run`rm -f ${t.env.currentPath}; mkdir ${t.env.currentPath}`;
        });
        app.before("deploy:symlink:release", block);
      },
    });
    expect([failures.length, rig.current("app1"), rig.releases("app1")]).toEqual([1, R1, [R1]]);
    expect(result.hosts[0]?.standing).toMatch(/as before$/);
  });
});

describe("an old release that a cleanup could not remove whole", () => {
  /** As root, only such a file resists; for others, a directory that they may not write to is enough. */
  const canFreeze = process.getuid?.() !== 0 || spawnSync("chattr", ["-V"]).error === undefined;
  const freeze = (file: string, on: boolean): boolean =>
    process.getuid?.() === 0
      ? spawnSync("chattr", [on ? "+i" : "-i", file]).status === 0
      : spawnSync("chmod", [on ? "a-w" : "u+w", join(file, "..")]).status === 0;
  let frozen: string | undefined;
  afterEach(() => {
    if (frozen !== undefined && existsSync(frozen)) freeze(frozen, false);
    frozen = undefined;
  });

  it.skipIf(!canFreeze)(
    `is said, and is no release any more: nobody goes back to half of one${canFreeze ? "" : " (skipped: no chattr)"}`,
    async (context) => {
      rig.repo.commit({ "app.js": "v1", "a/a": "a", "log/old.log": "x", "z/z": "z" });
      await deploy(2);
      if (!freeze(path(`releases/${R1}/log/old.log`), true)) return context.skip("the file system freezes no files");
      frozen = path(`releases/${R1}/log/old.log`);
      const { failures, warnings } = await rig.run("deploy", { settings: { keepReleases: 1 } });
      expect([failures, rig.current("app1")]).toEqual([[], R3]);
      expect(warnings.join()).toContain(`releases/${R1} could not be removed: `);
      frozen = path(`releases/.removing-${R1}/log/old.log`);
      expect(existsSync(frozen)).toBe(true);
      const { result, failures: refused } = await rig.run("rollback", { args: { rollback: { to: R1 } } });
      expect([result.exitCode, refused.join()]).toEqual([
        1,
        expect.stringContaining(`The release ${R1} has been removed from app1.`),
      ]);
      // Said again each time, and gone as soon as it can be.
      expect((await rig.run("deploy:cleanup")).warnings.join()).toContain(`releases/${R1} could not be removed: `);
      freeze(frozen, false);
      const later = await rig.run("deploy:cleanup");
      expect([later.warnings, rig.releases("app1")]).toEqual([[], [R2, R3]]);
      expect(later.result.hosts[0]?.changed).toContain(`removed ${R1}`);
    },
  );

  it("because the run was killed meanwhile, goes with the next cleanup", async () => {
    await deploy(2);
    mkdirSync(path("releases/.removing-20261119000000/half"), { recursive: true });
    symlinkSync("/etc", path("releases/.removing-20261118000000"));
    mkdirSync(path("releases/.removing-me"));
    await deploy(1);
    expect(rig.releases("app1")).toEqual([".removing-20261118000000", ".removing-me", R1, R2, R3]);
  });
});

describe("what runs that were killed have left in .fake", () => {
  it("is removed by the next deploy, and nothing that may be in use or is somebody else's", async () => {
    await deploy(1);
    const dead = ["0123456789abcdef", "unlocked-0123456789abcdef", "breaking-0123456789abcdef"];
    for (const name of dead) mkdirSync(path(`.fake/${name}/x`), { recursive: true });
    symlinkSync(path(`releases/${R1}`), path(".fake/0123456789abcdef/current"));
    writeFileSync(path(".fake/probe-0123456789abcdef"), "");
    mkdirSync(path(".fake/my notes"));
    await deploy(1);
    expect([readdirSync(path(".fake")).sort(), rig.current("app1")]).toEqual([["journal", "my notes"], R2]);
  });

  it("is not removed from behind a link", async () => {
    await deploy(1);
    renameSync(path(".fake"), path("elsewhere"));
    symlinkSync(path("elsewhere"), path(".fake"));
    mkdirSync(path("elsewhere/0123456789abcdef"));
    const { failures } = await rig.run("deploy");
    expect([failures.join(), existsSync(path("elsewhere/0123456789abcdef"))]).toEqual([
      expect.stringContaining("is a link"),
      true,
    ]);
  });

  it("goes after a day, where it is a word to a run whose lock was broken, which may be at work yet", async () => {
    await deploy(1);
    for (const name of ["broken-old", "broken-new"]) writeFileSync(path(`.fake/${name}`), "by bob\n");
    const then = new Date(Date.now() - 25 * 3_600_000);
    utimesSync(path(".fake/broken-old"), then, then);
    await deploy(2);
    expect(["broken-old", "broken-new"].map((name) => existsSync(path(`.fake/${name}`)))).toEqual([false, true]);
  });

  it("stays while it belongs to a run inside this one", async () => {
    await deploy(1);
    const guest = "fedcba9876543210";
    mkdirSync(path(`.fake/${guest}`));
    await rig.run("deploy", {
      deployfile: (app) => {
        app.before(
          "deploy:check",
          app.task("guest", () => writeFileSync(path(`.fake/lock/${guest}.alive`), "")),
        );
      },
    });
    expect(existsSync(path(`.fake/${guest}`))).toBe(true);
  });
});

describe("names in releases that are nobody's release", () => {
  it("stay, with newlines, escapes and all, and are named on one line each", async () => {
    const names = ["a\nrelease 20991231235959 x", "\u001b[31mred", "with blanks ", "-rf", "*", "..."];
    for (const name of names) mkdirSync(path(`releases/${name}`), { recursive: true });
    await deploy(1);
    const { events, failures } = await rig.run("deploy", { settings: { keepReleases: 1 } });
    expect([failures, rig.current("app1")]).toEqual([[], R2]);
    expect(rig.releases("app1")).toEqual([...names, R1, R2].sort());
    const told = events.filter((event) => event.kind === "message").map(({ text }) => text);
    expect(told.find((text) => text.startsWith("Left alone in releases"))?.split("\n")).toHaveLength(1);
  });
});

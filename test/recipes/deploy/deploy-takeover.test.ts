import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDeployRig, type DeployRig } from "./deploy-rig.ts";

/** Trees that other tools of the family made, and what those tools make of ours. */

const OLD = ["20250101120000", "20250102120000", "20250103120000"] as const;
let rig: DeployRig;
let sha: string;

beforeEach(() => {
  rig = createDeployRig(["app1"]);
  sha = rig.repo.commit({ "app.js": "v1" });
});

afterEach(() => rig.remove());

const at = (...parts: string[]): string => join(rig.root("app1"), ...parts);

/** As Capistrano 3 leaves it: a bare mirror, absolute links, revisions.log; no journal. */
function capistranoTree(options: { log: boolean } = { log: true }): void {
  mkdirSync(at("shared/log"), { recursive: true });
  for (const id of OLD) {
    mkdirSync(at("releases", id), { recursive: true });
    writeFileSync(at("releases", id, "REVISION"), `${sha}\n`);
    symlinkSync(at("shared/log"), at("releases", id, "log"));
    if (options.log)
      writeFileSync(at("revisions.log"), `Branch main (at ${sha}) deployed as release ${id} by grace\n`, { flag: "a" });
  }
  symlinkSync(at("releases", OLD[2]), at("current"));
  execFileSync("git", ["clone", "--quiet", "--mirror", rig.repo.directory, at("repo")], { stdio: "ignore" });
}

/** What `cap deploy:cleanup` removes: all but the newest, unless `readlink current` names it, compared as text. */
function capistranoCleanup(keep: number): readonly string[] {
  const valid = readdirSync(at("releases"))
    .filter((name) => /^\d{14}$/.test(name))
    .sort();
  const directories = valid.slice(0, -keep).map((name) => at("releases", name));
  return directories.filter((directory) => directory !== readlinkSync(at("current")));
}

/** `deploy:symlink:release` of Capistrano. */
function capistranoPublish(id: string): void {
  symlinkSync(at("releases", id), at("releases/current"));
  renameSync(at("releases/current"), at("current"));
}

describe("a tree that Capistrano made", () => {
  beforeEach(() => capistranoTree());

  it("is deployed to as it is, and its mirror used", async () => {
    rig.repo.commit({ "app.js": "v2" });
    const { failures, warnings } = await rig.run("deploy", { settings: { linkedDirs: ["log"] } });
    expect([failures, warnings]).toEqual([[], []]);
    expect(rig.releases("app1")).toEqual([...OLD, "20261120101500"]);
    expect(rig.read("app1", "current/app.js")).toBe("v2");
  });

  it("is rolled back from its own releases", async () => {
    const { failures } = await rig.run("rollback");
    expect(failures).toEqual([]);
    expect(readlinkSync(at("current"))).toBe(at("releases", OLD[1]));
    expect(rig.read("app1", "revisions.log").trim().split("\n").at(-1)).toBe(`ada rolled back to release ${OLD[1]}`);
  });

  it("is rolled back also where revisions.log cannot be written, which is said", async () => {
    await rig.run("deploy");
    rmSync(at("revisions.log"));
    mkdirSync(at("revisions.log"));
    expect((await rig.run("deploy")).failures.join()).toContain("revisions.log is a directory");
    const { failures, warnings } = await rig.run("rollback");
    expect([failures, rig.current("app1")]).toEqual([[], OLD[2]]);
    expect(warnings.join("\n")).toMatch(/revisions.log is a directory[\s\S]*could not be noted in revisions.log/);
  });

  it("has its old releases cleaned up by our count", async () => {
    await rig.run("deploy", { settings: { keepReleases: 2 } });
    expect(rig.releases("app1")).toEqual([OLD[2], "20261120101500"]);
  });

  it("is handed back: Capistrano's own rules keep what is live and find what was before", async () => {
    await rig.run("deploy");
    await rig.run("rollback");
    expect(readlinkSync(at("current"))).toBe(at("releases", OLD[2]));
    expect(capistranoCleanup(1)).toEqual([at("releases", OLD[0]), at("releases", OLD[1])]);
    mkdirSync(at("releases/20261201000000"));
    capistranoPublish("20261201000000");
    expect(readlinkSync(at("current"))).toBe(at("releases/20261201000000"));
  });

  it("may be used by both in turn", async () => {
    await rig.run("deploy");
    mkdirSync(at("releases/20261120120000"));
    writeFileSync(at("revisions.log"), `Branch main (at ${sha}) deployed as release 20261120120000 by grace\n`, { flag: "a" });
    capistranoPublish("20261120120000");
    await rig.run("deploy");
    expect(rig.current("app1")).toBe("20261120120001");
    await rig.run("rollback");
    expect(rig.current("app1")).toBe("20261120120000");
  });
});

describe("a tree without any records", () => {
  beforeEach(() => capistranoTree({ log: false }));

  it("can be rolled back to the release that was live when we came", async () => {
    await rig.run("deploy");
    const { failures } = await rig.run("rollback");
    expect([failures, rig.current("app1")]).toEqual([[], OLD[2]]);
  });

  it("does not offer releases that nobody vouches for, unless they are asked for by id", async () => {
    expect((await rig.run("rollback")).failures.join()).toContain("No good release");
    const { failures, warnings } = await rig.run("rollback", { args: { rollback: { to: OLD[0] } } });
    expect([failures, rig.current("app1")]).toEqual([[], OLD[0]]);
    expect(warnings.join()).toContain("No record tells whether");
  });

  it("is cleaned up all the same", async () => {
    await rig.run("deploy", { settings: { keepReleases: 2 } });
    expect(rig.releases("app1")).toEqual([OLD[2], "20261120101500"]);
  });
});

describe("what is not ours", () => {
  it("stays in releases whatever it is called", async () => {
    capistranoTree();
    const names = ["a file", "with\nnewline", "20251301000000", "v1", "-rf"];
    for (const name of names) mkdirSync(at("releases", name));
    symlinkSync("/", at("releases/20240101000000"));
    const { failures } = await rig.run("deploy", { settings: { keepReleases: 1 } });
    expect(failures).toEqual([]);
    expect(rig.releases("app1")).toEqual(["20240101000000", ...names, OLD[2], "20261120101500"].sort());
  });

  it("is not followed out of the tree: current may be reached through another path", async () => {
    capistranoTree();
    const other = join(rig.folder, "other");
    symlinkSync(rig.root("app1"), other);
    rmSync(at("current"));
    symlinkSync(join(other, "releases", OLD[2]), at("current"));
    const { failures } = await rig.run("deploy", { settings: { keepReleases: 1 } });
    expect(failures).toEqual([]);
    expect(existsSync(at("releases", OLD[2]))).toBe(true);
  });
});

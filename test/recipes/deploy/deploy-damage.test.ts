import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGitRepo } from "../../support/git-repo.ts";
import { createDeployRig, type DeployRig } from "./deploy-rig.ts";

let rig: DeployRig;

beforeEach(() => {
  rig = createDeployRig();
});
afterEach(() => rig.remove());

const path = (name: string): string => join(rig.root("app1"), name);

/** Files below a directory of the host. */
function filesIn(directory: string): readonly string[] {
  return readdirSync(path(directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Turns bits over in the middle of every object, as a bad disk does. */
function corruptObjects(): void {
  for (const file of filesIn("repo/objects").filter((name) => /pack$|objects\/..\/.{38}$/.test(name))) {
    const bytes = readFileSync(file);
    const middle = Math.floor(bytes.length / 2);
    for (let index = middle; index < Math.min(bytes.length - 20, middle + 64); index++) bytes[index] = ~(bytes[index] ?? 0);
    rmSync(file, { force: true });
    writeFileSync(file, bytes);
  }
}

async function expectDeploys(version: string, settings = {}): Promise<void> {
  const { failures } = await rig.run("deploy", { settings });
  expect(failures).toEqual([]);
  expect(readFileSync(path("current/app.js"), "utf8")).toBe(version);
}

describe("a mirror on the host", () => {
  const large = Array.from({ length: 3000 }, (_, line) => `${line * 7919} ${line ** 2}`).join("\n");

  it("with corrupt objects is cloned again, whether the commit is there already or is new", async () => {
    rig.repo.commit({ "app.js": "v1", large });
    await expectDeploys("v1");
    corruptObjects();
    await expectDeploys("v1");
    corruptObjects();
    rig.repo.commit({ "app.js": "v2" });
    await expectDeploys("v2");
  });

  it("with corrupt objects and no repository to clone from fails, and leaves what is live", async () => {
    rig.repo.commit({ "app.js": "v1", large });
    await expectDeploys("v1");
    const live = rig.current("app1");
    corruptObjects();
    const sha = rig.repo.sha();
    const away = createGitRepo(join(rig.folder, "away"));
    rmSync(away.directory, { recursive: true });
    const { result } = await rig.run("deploy", { settings: { branch: sha, repoUrl: away.directory } });
    expect([result.exitCode, rig.current("app1"), rig.releases("app1")]).toEqual([1, live, [live]]);
    await expectDeploys("v1");
  });

  it("with empty files, as a crash of the machine leaves them, is cloned again", async () => {
    rig.repo.commit({ "app.js": "v1" });
    await expectDeploys("v1");
    for (const file of filesIn("repo").filter((name) => /objects|refs/.test(name))) {
      // Anew: git's files are read-only, and a clone on the same machine shares them.
      rmSync(file);
      writeFileSync(file, "");
    }
    rig.repo.commit({ "app.js": "v2" });
    await expectDeploys("v2");
  });

  it("with the lock files of a git that was killed is used or cloned again, also when the repository has moved", async () => {
    rig.repo.commit({ "app.js": "v1" });
    await expectDeploys("v1");
    for (const lock of ["index.lock", "HEAD.lock", "config.lock", "packed-refs.lock", "shallow.lock", "refs/heads/main.lock"])
      writeFileSync(path(`repo/${lock}`), "");
    const moved = createGitRepo(join(rig.folder, "moved"));
    moved.commit({ "app.js": "moved" });
    await expectDeploys("moved", { repoUrl: moved.directory });
    expect(readFileSync(path("repo/config"), "utf8")).toContain(moved.directory);
  });

  it("that a killed clone left half-made is not used, and what lies beside it goes", async () => {
    rig.repo.commit({ "app.js": "v1" });
    mkdirSync(path("repo/objects/pack"), { recursive: true });
    mkdirSync(path("repo.new-0123456789abcdef/objects"), { recursive: true });
    writeFileSync(path("repo/objects/pack/tmp_pack_1"), "PACK");
    await expectDeploys("v1");
    expect(readdirSync(rig.root("app1")).filter((name) => name.startsWith("repo"))).toEqual(["repo"]);
    rig.repo.commit({ "app.js": "v2" });
    mkdirSync(path("repo.old-0123456789abcdef/objects"), { recursive: true });
    mkdirSync(path("repo.new-0123456789abcdef/objects"), { recursive: true });
    await expectDeploys("v2");
    expect(readdirSync(rig.root("app1")).filter((name) => name.startsWith("repo"))).toEqual(["repo"]);
  });

  it("that somebody made shallow goes on", async () => {
    for (const version of ["v0", "v1"]) rig.repo.commit({ "app.js": version });
    mkdirSync(rig.root("app1"), { recursive: true });
    rig.repo.git("clone", "--quiet", "--mirror", "--depth=1", `file://${rig.repo.directory}`, path("repo"));
    expect(existsSync(path("repo/shallow"))).toBe(true);
    await expectDeploys("v1");
    rig.repo.commit({ "app.js": "v2" });
    await expectDeploys("v2");
    rig.repo.git("reset", "--quiet", "--hard", "HEAD~2");
    await expectDeploys("v0");
  });
});

describe("a repository on the host that commits are pushed into", () => {
  const settings = { scm: "push" } as const;

  it("is made anew when its refs lead nowhere: at the latest, the next deploy works", async () => {
    rig.repo.commit({ "app.js": "v1" });
    await expectDeploys("v1", settings);
    rmSync(path("repo/objects"), { recursive: true });
    mkdirSync(path("repo/objects/pack"), { recursive: true });
    rig.repo.commit({ "app.js": "v2" });
    const { failures } = await rig.run("deploy", { settings });
    if (failures.length > 0) expect(failures.join()).toContain("Run the deploy again");
    await expectDeploys("v2", settings);
  });
});

describe("the clones of submodules on the host", () => {
  const settings = { submodules: true };
  let lib: ReturnType<typeof createGitRepo>;

  beforeEach(async () => {
    lib = createGitRepo(join(rig.folder, "lib"));
    lib.commit({ "lib.txt": "1" });
    rig.repo.commit({ "app.js": "v1" });
    rig.repo.git("submodule", "--quiet", "add", "../lib", "lib");
    rig.repo.commit({});
    await expectDeploys("v1", settings);
    lib.commit({ "lib.txt": "2" });
    rig.repo.git("-C", "lib", "pull", "--quiet");
    rig.repo.commit({ "app.js": "v2" });
  });

  it.each([
    [
      "lock files of a git that was killed",
      () => {
        for (const lock of ["index.lock", "HEAD.lock", "config.lock"])
          writeFileSync(path(`.fake/submodules/.git/modules/lib/${lock}`), "");
      },
    ],
    [
      "a clone that was interrupted",
      () => {
        rmSync(path(".fake/submodules/.git/modules/lib"), { recursive: true });
        mkdirSync(path(".fake/submodules/.git/modules/lib/objects/pack"), { recursive: true });
      },
    ],
    [
      "empty objects",
      () => {
        for (const file of filesIn(".fake/submodules/.git/modules/lib/objects")) {
          rmSync(file, { force: true });
          writeFileSync(file, "");
        }
      },
    ],
  ])("are made anew when they have %s", async (_, damage) => {
    damage();
    await expectDeploys("v2", settings);
    expect(readFileSync(path("current/lib/lib.txt"), "utf8")).toBe("2");
    expect(readdirSync(path(".fake")).filter((name) => name.startsWith("submodules"))).toEqual(["submodules"]);
  });

  it("stay when a submodule cannot be reached: the next deploy has less to fetch", async () => {
    const away = `${lib.directory}-away`;
    renameSync(lib.directory, away);
    const { result } = await rig.run("deploy", { settings });
    expect(result.exitCode).toBe(1);
    expect(existsSync(path(".fake/submodules/.git/modules/lib/HEAD"))).toBe(true);
    renameSync(away, lib.directory);
    await expectDeploys("v2", settings);
  });
});

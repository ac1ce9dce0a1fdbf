import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ResolvedRevision, Strategy } from "../../src/recipes/deploy/strategies/strategy.ts";
import { createShellHost, type ShellHost, shells } from "../recipes/deploy/shell-host.ts";
import { createGitRepo, writeFiles } from "../support/git-repo.ts";
import { strategyContract } from "./strategy.ts";
import { createGitOrigin, createWorld, type GitOrigin, type World } from "./strategy-world.ts";

/** What differs between strategies that take code from a repository of git, with the reason for each case that one of them skips. */
export interface GitStrategyCase {
  readonly strategy: Strategy;
  /** Why short commit ids are not resolved on the control machine. */
  readonly shortIdsOnHost?: string;
  /** Why damage on the host is only mended by the next deploy. */
  readonly mendsNextTime?: string;
}

/** What all strategies promise, and what those promise that take code from a repository of git. */
export function gitStrategyContract({ strategy, shortIdsOnHost, mendsNextTime }: GitStrategyCase): void {
  strategyContract({ name: strategy.name, create: () => strategy, createOrigin: createGitOrigin });
  describe.each(shells)(`the ${strategy.name} strategy in $name`, { timeout: 60_000 }, (shell) => {
    let world: World<GitOrigin>;
    beforeEach(() => {
      world = createGitWorld(strategy, createShellHost(shell));
    });
    afterEach(() => world.remove());

    it("leaves out what the tree marks with export-ignore", async () => {
      world.origin.repo.commit({ ".gitattributes": "tests export-ignore\n", "tests/a": "a", "app.js": "v1" });
      await world.build("20261120101500");
      expect(world.host.exists("releases/20261120101500/tests")).toBe(false);
    });

    it("keeps names apart that differ only in the case of their letters", async () => {
      world.origin.repo.commit({ README: "large", readme: "small", "Src/a": "A", "src/a": "a" });
      await world.build("20261120101500");
      const read = (name: string): string => world.host.read(`releases/20261120101500/${name}`);
      expect([read("README"), read("readme"), read("Src/a"), read("src/a")]).toEqual(["large", "small", "A", "a"]);
    });

    it("brings what is new, and only what it was asked for", async () => {
      const {
        origin: { repo },
        host,
      } = world;
      const first = repo.commit({ "app.js": "v1" });
      await world.build("20261120101500");
      repo.commit({ "app.js": "v2" });
      await world.build("20261120101501");
      await world.build("20261120101502", { ref: first });
      expect(["0", "1", "2"].map((end) => host.read(`releases/2026112010150${end}/app.js`))).toEqual(["v1", "v2", "v1"]);
    });

    it("contacts nobody for a commit that is there", async () => {
      world.origin.repo.commit({ "app.js": "v1" });
      const revision = await world.resolve("HEAD");
      await world.build("20261120101500");
      world.origin.repo.remove();
      expect(await world.build("20261120101501", { revision })).toMatchObject({ code: 0 });
      expect(world.host.read("releases/20261120101501/app.js")).toBe("v1");
    });

    it("follows a history that was rewritten", async () => {
      const {
        origin: { repo },
        host,
      } = world;
      repo.commit({ "app.js": "v1" });
      repo.commit({ "app.js": "v2" });
      await world.build("20261120101500");
      repo.git("reset", "--quiet", "--hard", "HEAD~1");
      repo.commit({ "app.js": "other" });
      await world.build("20261120101501");
      expect(host.read("releases/20261120101501/app.js")).toBe("other");
    });

    it("deploys one directory of the tree", async () => {
      world.origin.repo.commit({ "packages/my app/index.html": "web", "app.js": "v1" });
      expect(await world.build("20261120101500", { repoTree: "packages/my app" })).toMatchObject({ code: 0 });
      expect(readdirSync(join(world.host.paths.releases, "20261120101500"))).toEqual(["index.html"]);
    });

    it("fails for a directory that the tree does not have, and says so", async () => {
      world.origin.repo.commit({ "app.js": "v1" });
      const ran = await world.build("20261120101500", { repoTree: "nowhere" });
      expect(ran.code).not.toBe(0);
      expect(ran.stderr).toContain("nowhere");
      expect(world.host.exists("repo/HEAD")).toBe(true);
    });

    it("refuses submodules and files in LFS, wherever that is said, until somebody says what to do", async () => {
      const { repo } = world.origin;
      createGitRepo(join(repo.directory, "lib")).commit({ "lib.txt": "lib" });
      repo.commit({ "app.js": "v1" });
      const refused = await world.build("20261120101500");
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("submodules: true")]);
      expect(await world.build("20261120101501", { submodules: false })).toMatchObject({ code: 0 });
      rmSync(join(repo.directory, "lib"), { recursive: true });
      repo.commit({ ".gitattributes": "*.psd filter=lfs\n", "a/b*/a.psd": "a", "a/c/app.js": "v1" });
      const pointers = await world.build("20261120101502");
      expect([pointers.code, pointers.stderr]).toEqual([1, expect.stringContaining("lfsPointers: true")]);
      expect(await world.build("20261120101503", { lfsPointers: true })).toMatchObject({ code: 0 });
      expect(await world.build("20261120101504", { repoTree: "a/b*" })).toMatchObject({ code: 1 });
      expect(await world.build("20261120101505", { repoTree: "a/c" })).toMatchObject({ code: 0 });
    });

    it("takes no attributes from the templates of the host's user", async () => {
      const { host, origin } = world;
      origin.repo.commit({ "app.js": "v1" });
      writeFiles(join(host.paths.root, ".."), {
        ".gitconfig": `[init]\n\ttemplateDir = ~/templates\n`,
        "templates/info/attributes": "*.js export-ignore\n",
      });
      expect(await world.build("20261120101500")).toMatchObject({ code: 0, stderr: "" });
    });

    it("takes one directory of the tree by the attributes that stand above it", async () => {
      const { repo } = world.origin;
      repo.commit({ ".gitattributes": "*.md export-ignore\n*.txt export-subst\n", "a/b/c.txt": "$Format:%H$", "a/b/d.md": "" });
      expect(await world.build("20261120101500", { repoTree: "a/b" })).toMatchObject({ code: 0, stderr: "" });
      expect(readdirSync(join(world.host.paths.releases, "20261120101500"))).toEqual(["c.txt"]);
      expect(world.host.read("releases/20261120101500/c.txt")).toBe(repo.sha());
    });

    it(`mends a repository on the host that is damaged${mendsNextTime === undefined ? "" : ", at the next deploy"}`, async () => {
      const {
        origin: { repo },
        host,
      } = world;
      repo.commit({ "app.js": "v1" });
      await world.build("20261120101500");
      repo.commit({ "app.js": "v2" });
      await world.build("20261120101501");
      damage(host);
      const ran = await world.build("20261120101502");
      expect(ran.stderr).toContain("damaged");
      if (mendsNextTime !== undefined) expect([ran.code, await world.build("20261120101503")]).toMatchObject([1, { code: 0 }]);
      expect(host.read(`releases/2026112010150${mendsNextTime === undefined ? 2 : 3}/app.js`)).toBe("v2");
    });

    it("takes nothing from a clone that was interrupted", async () => {
      world.origin.repo.commit({ "app.js": "v1" });
      world.host.write("repo/HEAD", "ref: refs/heads/main\n");
      mkdirSync(join(world.host.paths.repo, "objects/pack"), { recursive: true });
      mkdirSync(join(world.host.paths.repo, "refs"));
      expect(await world.build("20261120101500")).toMatchObject({ code: 0 });
    });
  });

  describe(`the ${strategy.name} strategy on the control machine`, { timeout: 60_000 }, () => {
    let world: World<GitOrigin>;
    beforeEach(() => {
      world = createGitWorld(strategy, createShellHost());
    });
    afterEach(() => world.remove());

    it("finds the commit of HEAD, a branch, a tag, an annotated tag, a full name and a full id", async () => {
      const { repo } = world.origin;
      const sha = repo.commit({ "app.js": "v1" });
      repo.git("tag", "v1");
      repo.git("tag", "-a", "v1.0", "-m", "One");
      const commit = (label: string): ResolvedRevision => ({ id: sha, label });
      expect(await world.resolve("HEAD")).toEqual(commit("main"));
      for (const ref of ["main", "v1", "v1.0", "refs/heads/main", sha]) expect(await world.resolve(ref)).toEqual(commit(ref));
    });

    it("finds the commit of an id in capital letters, and a branch that looks like a part of one", async () => {
      const { repo } = world.origin;
      const sha = repo.commit({ "app.js": "v1" });
      expect(await world.resolve(sha.toUpperCase())).toEqual({ id: sha, label: sha });
      const found = await world.resolve(sha.slice(0, 8).toUpperCase());
      expect(found).toMatchObject(shortIdsOnHost === undefined ? { id: sha } : { reason: "it is a short commit id" });
      repo.git("branch", "DEADBEEF");
      expect(await world.resolve("DEADBEEF")).toEqual({ id: sha, label: "DEADBEEF" });
    });

    it("finds the commit of a short id, or leaves it to a host", async () => {
      const sha = world.origin.repo.commit({ "app.js": "v1" });
      const found = await world.resolve(sha.slice(0, 8));
      expect(found).toMatchObject(shortIdsOnHost === undefined ? { id: sha } : { reason: "it is a short commit id" });
    });

    it("says what was probably meant by a name that does not exist", async () => {
      world.origin.repo.commit({ "app.js": "v1" });
      world.origin.repo.git("branch", "release/2026");
      await expect(world.resolve("relase/2026")).rejects.toMatchObject({ exitCode: 2, hint: 'Did you mean "release/2026"?' });
      await expect(world.resolve("origin/main")).rejects.toMatchObject({ hint: 'Did you mean "main"?' });
    });

    it("refuses to choose between a branch and a tag on different commits", async () => {
      world.origin.repo.commit({ "app.js": "v1" });
      world.origin.repo.git("tag", "same");
      world.origin.repo.commit({ "app.js": "v2" });
      world.origin.repo.git("branch", "same");
      await expect(world.resolve("same")).rejects.toMatchObject({ code: "AMBIGUOUS_REVISION", exitCode: 2 });
    });

    it("says that an empty repository has nothing to deploy", async () => {
      await expect(world.resolve("HEAD")).rejects.toMatchObject({ exitCode: 2 });
    });
  });
}

const createGitWorld = (strategy: Strategy, host: ShellHost): World<GitOrigin> => createWorld(strategy, createGitOrigin, host);

/** Takes the content of all files away, so that the commit is there and cannot be read. */
function damage({ paths: { repo } }: ShellHost): void {
  const git = (input: Buffer | undefined, ...args: string[]): string =>
    execFileSync("git", [`--git-dir=${repo}`, ...args], {
      input: input ?? Buffer.alloc(0),
      encoding: "utf8",
      stdio: ["pipe", "pipe", "ignore"],
    });
  const folder = join(repo, "objects/pack");
  const packs = (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => name.endsWith(".pack"))
    .map((name) => join(folder, name));
  const contents = packs.map((pack) => readFileSync(pack));
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { force: true });
  for (const content of contents) git(content, "unpack-objects", "-q");
  const objects = git(undefined, "cat-file", "--batch-all-objects", "--batch-check").split("\n");
  for (const line of objects) {
    const [id = "", type] = line.split(" ");
    if (type === "blob") rmSync(join(repo, "objects", id.slice(0, 2), id.slice(2)));
  }
}

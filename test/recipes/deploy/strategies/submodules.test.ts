import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { createGitRepo, type FileContent } from "../../../support/git-repo.ts";
import { build, configure, POINTER, putTar, release, world } from "./tree-world.ts";

/** A clone in the tree that somebody has added: an entry of mode 160000, and nothing in .gitmodules. */
function addClone(path: string): void {
  createGitRepo(join(world.origin.repo.directory, path)).commit({ "lib.txt": "lib" });
  world.origin.repo.commit({});
}

describe("submodules are what git calls commits in a tree", { timeout: 60_000 }, () => {
  it("with nothing in .gitmodules: refused by name, or left out, or not to be had", async () => {
    world.origin.repo.commit({ "app.js": "v1" });
    addClone("vendor/my lib");
    expect(await build()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("has submodules (vendor/my lib). Set submodules: true"),
    });
    expect(await build({ submodules: false })).toMatchObject({ code: 0 });
    const ran = await build({ submodules: true });
    expect([ran.code, ran.stderr]).toEqual([expect.any(Number), expect.stringContaining("vendor/my lib")]);
    expect(ran.code).not.toBe(0);
  });

  it.each<[string, Readonly<Record<string, FileContent>>, Readonly<Record<string, unknown>>]>([
    ["one that export-ignore leaves out", { ".gitattributes": "lib export-ignore\n" }, {}],
    ["one in a directory that export-ignore leaves out", { ".gitattributes": "vendor/ export-ignore\n" }, {}],
    ["one outside of repoTree", {}, { repoTree: "web" }],
  ])("and not %s", async (_, files, settings) => {
    world.origin.repo.commit({ "web/index.html": "v1", ...files });
    addClone("vendor/lib");
    expect(await build(settings)).toMatchObject({ code: 0 });
    expect(existsSync(release("vendor/lib"))).toBe(false);
  });

  it("and not entries of .gitmodules that the tree has nothing for", async () => {
    world.origin.repo.commit({ ".gitmodules": '[submodule "lib"]\n\tpath = lib\n\turl = ../lib\n', "app.js": "v1" });
    expect(await build()).toMatchObject({ code: 0 });
  });

  it("and none stays an empty directory because git leaves it as it is", async () => {
    const { repo } = world.origin;
    createGitRepo(join(repo.directory, "../lib")).commit({ "lib.txt": "lib" });
    repo.commit({ "app.js": "v1" });
    repo.git("submodule", "--quiet", "add", "../lib", "lib");
    repo.git("config", "-f", ".gitmodules", "submodule.lib.update", "none");
    repo.commit({});
    expect(await build({ submodules: true })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("/lib has nothing to deploy"),
    });
  });

  it("whose files the host's filters would fail on are taken all the same", async () => {
    const { repo } = world.origin;
    const lib = createGitRepo(join(repo.directory, "../lib"));
    lib.commit({ ".gitattributes": "*.bin filter=lfs\n*.md export-ignore\n", "big.bin": POINTER, "a.md": "a" });
    repo.commit({ "app.js": "v1" });
    repo.git("submodule", "--quiet", "add", "../lib", "lib");
    repo.commit({});
    configure('[filter "lfs"]\n\tsmudge = false\n\trequired = true\n');
    const refused = await build({ submodules: true });
    expect([refused.code, refused.stderr]).toEqual([expect.any(Number), expect.stringContaining("big.bin is kept in Git LFS")]);
    expect(await build({ submodules: true, lfsPointers: true })).toMatchObject({ code: 0, stderr: "" });
    expect([readFileSync(release("lib/big.bin"), "utf8"), readdirSync(release("lib")).sort()]).toEqual([
      POINTER,
      [".gitattributes", "big.bin"],
    ]);
  });
});

describe("what belongs into the release", { timeout: 60_000 }, () => {
  let elsewhere: string;
  beforeEach(() => {
    elsewhere = join(world.host.paths.root, "../elsewhere");
    mkdirSync(elsewhere);
  });
  const addModule = (path: string): void => {
    const { repo } = world.origin;
    createGitRepo(join(repo.directory, "../lib")).commit({ "lib.txt": "lib" });
    repo.git("submodule", "--quiet", "add", "../lib", path);
    repo.commit({});
  };

  it.each(["lib", "vendor/lib"])("is not put where a link leads: the submodule in %s", async (path) => {
    world.origin.repo.commit({ "app.js": "v1" });
    addModule(path);
    const top = path.split("/")[0] ?? "";
    mkdirSync(join(elsewhere, path.slice(top.length)), { recursive: true });
    putTar(`/bin/tar "$@" && cd "$4" && rm -r ${top} && ln -s ${elsewhere} ${top}`);
    const ran = await build({ submodules: true });
    expect([ran.code, ran.stderr]).not.toEqual([0, ""]);
    expect(ran.stderr).toContain(`/${path} is behind a link`);
    expect(readdirSync(join(elsewhere, path.slice(top.length)))).toEqual([]);
  });
});

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { cacheFolders } from "../../src/loader/cache-folder.ts";
import { nowhere } from "../support/nowhere.ts";
import { project, ran } from "./project.ts";

const compiles = vi.hoisted(() => ({ count: 0 }));
vi.mock("esbuild", async (load) => {
  const actual = await load<typeof import("esbuild")>();
  const build = (options: never) => {
    compiles.count += 1;
    return actual.build(options);
  };
  return { ...actual, build };
});

const files = {
  "deployfile.ts": "import { x } from './x.ts';\nexport default (app: any) => app.env.set({ x });",
  "x.ts": "export const x: number = 1;",
};

async function compilesOf(work: () => Promise<unknown>): Promise<number> {
  const before = compiles.count;
  await work();
  return compiles.count - before;
}

const evil = "export default (app) => app.env.set({ x: 666 });";
const changed = (change: object) => (text: string) => JSON.stringify({ ...JSON.parse(text), ...change });

describe("the cache of compiled deployfiles", () => {
  it("spares the compiler when nothing changed", async () => {
    const { root } = project(files);
    expect(await compilesOf(() => ran(root))).toBe(1);
    expect(await compilesOf(() => ran(root))).toBe(0);
    expect((await ran(root)).sets).toEqual([{ x: 1 }]);
  });

  it.each([
    ["an imported module", "x.ts", "export const x = 2;"],
    ["a package.json that comes to be", "package.json", '{"type":"module"}'],
    ["a tsconfig.json that comes to be", "tsconfig.json", "{}"],
  ])("compiles again after a change of %s", async (_what, name, text) => {
    const { root } = project(files);
    await ran(root);
    writeFileSync(join(root, name), text);
    expect(await compilesOf(() => ran(root))).toBe(1);
    expect(await compilesOf(() => ran(root))).toBe(0);
  });

  it("compiles again for another version of fake", async () => {
    const { root } = project(files);
    await ran(root);
    expect(await compilesOf(() => ran(root, { version: "9.9.9" }))).toBe(1);
  });

  it.each([
    ["the list is not JSON", ".json", () => "{"],
    ["the list is of another deployfile", ".json", changed({ deployfile: "/elsewhere/deployfile.ts" })],
    ["the list names a file elsewhere", ".json", changed({ bundle: "../../../evil.mjs", length: evil.length })],
    ["the bundle was cut short", ".mjs", (text: string) => text.slice(0, -1)],
  ])("compiles again when %s", async (_what, suffix, change) => {
    const { root } = project({ ...files, "evil.mjs": evil });
    await ran(root);
    const folder = join(root, "node_modules", ".cache", "fake");
    const path = join(folder, String(readdirSync(folder).find((each) => each.endsWith(suffix))));
    writeFileSync(path, change(readFileSync(path, "utf8")));
    expect(await compilesOf(async () => expect((await ran(root)).sets).toEqual([{ x: 1 }]))).toBe(1);
  });

  it("holds what stands in a deployfile as plain text", async () => {
    const { root } = project({ "deployfile.ts": 'export default (app: any) => app.env.set({ token: "pla1n-t0ken" });' });
    await ran(root);
    const held = cacheFolders(join(root, "deployfile.ts"), process.env)
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
      .filter((file) => statSync(file).isFile() && readFileSync(file, "utf8").includes("pla1n-t0ken"));
    expect(held).not.toEqual([]);
  });

  it("keeps the last two bundles of a deployfile, and no drafts", async () => {
    const { root } = project(files);
    for (const x of [1, 2, 3, 4]) {
      writeFileSync(join(root, "x.ts"), `export const x = ${x};`);
      await ran(root);
    }
    const names = readdirSync(join(root, "node_modules", ".cache", "fake"));
    expect(names.map((name) => name.split(".").at(-1)).sort()).toEqual(["json", "mjs", "mjs"]);
  });

  it("removes nothing outside of its folder, whatever its list says", async () => {
    const { root } = project({ ...files, "victim.txt": "" });
    await ran(root);
    const folder = join(root, "node_modules", ".cache", "fake");
    const list = join(folder, String(readdirSync(folder).find((name) => name.endsWith(".json"))));
    writeFileSync(list, JSON.stringify({ ...JSON.parse(readFileSync(list, "utf8")), previous: "../../../victim.txt" }));
    writeFileSync(join(root, "x.ts"), "export const x = 2;");
    await ran(root);
    expect(existsSync(join(root, "victim.txt"))).toBe(true);
  });

  it("lies in the user's cache folder when the project has no node_modules", async () => {
    const { root } = project(files);
    rmSync(join(root, "node_modules"), { recursive: true });
    expect((await ran(root)).sets).toEqual([{ x: 1 }]);
    expect(readdirSync(join(root, ".xdg", "fake"))).toHaveLength(2);
    expect(existsSync(join(root, "node_modules"))).toBe(false);
  });

  it("is done without where nothing can be written", async () => {
    const { root } = project(files);
    rmSync(join(root, "node_modules"), { recursive: true });
    writeFileSync(join(root, ".xdg"), "a file, no folder");
    const before = readdirSync(tmpdir()).filter((name) => /^fake-[A-Za-z0-9]{6}$/.test(name));
    expect((await ran(root)).sets).toEqual([{ x: 1 }]);
    expect(readdirSync(tmpdir()).filter((name) => /^fake-[A-Za-z0-9]{6}$/.test(name))).toEqual(before);
    expect(readFileSync(join(root, ".xdg"), "utf8")).toBe("a file, no folder");
  });
});

describe("the folder of the cache", () => {
  it.each([
    ["XDG_CACHE_HOME", { XDG_CACHE_HOME: "/var/x", HOME: "/home/a" }, "/var/x/fake"],
    ["~/.cache", { HOME: "/home/a" }, "/home/a/.cache/fake"],
    ["~/.cache when XDG_CACHE_HOME is relative", { XDG_CACHE_HOME: "x", HOME: "/home/a" }, "/home/a/.cache/fake"],
  ])("is in %s", (_what, env, expected) => {
    expect(cacheFolders(join(nowhere, "deployfile.ts"), env)).toEqual([expected]);
  });

  it("is beside the deployfile first", () => {
    const { root } = project({});
    mkdirSync(join(root, "node_modules"), { recursive: true });
    expect(cacheFolders(join(root, "deployfile.ts"), { HOME: "/h" })[0]).toBe(join(root, "node_modules/.cache/fake"));
  });
});

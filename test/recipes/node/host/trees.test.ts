import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PROGRAM } from "../../../../src/recipes/node/host/program.ts";
import type { NodeWork } from "../../../../src/recipes/node/host/work.ts";
import { LOCKFILES, MANAGERS } from "../../../../src/recipes/node/managers.ts";

/** Who may write into any file is not who deploys: that is what these are about. */
const isRoot = process.getuid?.() === 0;
const nobody = isRoot ? { uid: 65534, gid: 65534 } : {};

let folder: string;

/** Stands in for npm: `ci` makes packages, and `run` runs the script. */
const NPM = `#!/bin/sh
echo "$*" >>"$LOG"
case $1 in
ci) mkdir -p node_modules/dep node_modules/.bin && echo v1 >node_modules/dep/index.js && echo '{}' >node_modules/.package-lock.json && ln -s ../dep/index.js node_modules/.bin/dep
  if [ -d packages/a ]; then mkdir -p packages/a/node_modules/x && echo x >packages/a/node_modules/x/y; fi ;;
run) eval "$(node -p 'require("./package.json").scripts[process.argv[1]]' "$2")" ;;
esac
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fake-node-"));
  chmodSync(folder, 0o755);
  write("bin/npm", NPM);
  chmodSync(join(folder, "bin/npm"), 0o755);
  mkdirSync(join(folder, "releases"));
  write("log", "");
  if (isRoot) for (const path of ["", "releases", "log"]) chownSync(join(folder, path), 65534, 65534);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const at = (path: string): string => join(folder, path);
const read = (path: string): string => readFileSync(at(path), "utf8");
const inode = (path: string): number => statSync(at(path)).ino;
const calls = (): readonly string[] => read("log").split("\n").filter(Boolean);

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
}

/** A release as a deploy makes it, installed and built, and live if it came to that. */
function release(
  id: string,
  scripts: object = {},
  work: Partial<NodeWork> = {},
  files: Readonly<Record<string, string>> = {},
): Outcome {
  const release = at(`releases/${id}`);
  writeFileSync(at("log"), "");
  const all = { "package.json": JSON.stringify({ scripts }), "package-lock.json": "{}", ...files };
  const made = `mkdir -p ${release} && cd ${release} && node -e 'for (const [f, t] of Object.entries(JSON.parse(process.env.FILES))) { fs.mkdirSync(path.dirname(f), { recursive: true }); fs.writeFileSync(f, t) }'`;
  const environment = {
    PATH: [at("bin"), dirname(process.execPath), process.env["PATH"]].join(delimiter),
    HOME: folder,
    LOG: at("log"),
  };
  spawnSync("sh", ["-c", made], { env: { ...environment, FILES: JSON.stringify(all) }, ...nobody });
  let said = "";
  for (const step of ["install", "build"] as const) {
    const whole: NodeWork = {
      step,
      release,
      directory: ".",
      current: at("current"),
      by: "link",
      build: true,
      dev: "auto",
      nodeEnv: "production",
      cache: "",
      managers: MANAGERS,
      lockfiles: LOCKFILES,
      ...work,
    };
    const env = { ...environment, FAKE_NODE_WORK: JSON.stringify(whole) };
    const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", PROGRAM], {
      env,
      encoding: "utf8",
      cwd: "/",
      ...nobody,
    });
    said += stdout + stderr;
    if (status !== 0) return { status, stdout: said };
  }
  rmSync(at("current"), { force: true });
  symlinkSync(release, at("current"));
  return { status: 0, stdout: said };
}

const dep = (id: string): string => `releases/${id}/node_modules/dep/index.js`;

describe("node_modules of the live release", () => {
  it("are linked where nobody can write into them, and what programs write into is copied", () => {
    const build = { build: "mkdir -p node_modules/.cache && date >node_modules/.cache/x && echo made >node_modules/dep/made.js" };
    expect(release("1", build)).toMatchObject({ status: 0 });
    expect(statSync(at(dep("1"))).mode & 0o222).toBe(0);
    expect(release("2", build).stdout).toContain("node_modules as in 1: nothing to install");
    expect(calls()).toEqual(["run build"]);
    expect(inode(dep("2"))).toBe(inode(dep("1")));
    expect(read("releases/2/node_modules/.bin/dep")).toBe("v1\n");
    for (const path of [".package-lock.json", ".cache/x", "dep/made.js"])
      expect(inode(`releases/2/node_modules/${path}`), path).not.toBe(inode(`releases/1/node_modules/${path}`));
  });

  it("are not changed by a build that writes into what an install has brought, which fails and says so", () => {
    release("1", {}, { dev: "keep" });
    const { status, stdout } = release("2", { build: "echo changed >node_modules/dep/index.js" }, { dev: "keep" });
    expect(inode(dep("2"))).toBe(inode(dep("1")));
    expect([status === 0, read(dep("1"))]).toEqual([false, "v1\n"]);
    expect(stdout).toMatch(/permission denied/i);
    expect(stdout).toContain("fake-node failed npm run build: exit code");
  });

  it("are copied where a build changes files of packages each time", () => {
    const build = { build: "echo again >>node_modules/dep/index.js" };
    for (const id of ["1", "2", "3"]) expect(release(id, build)).toMatchObject({ status: 0 });
    expect([read(dep("1")), read(dep("2"))]).toEqual(["v1\nagain\n", "v1\nagain\nagain\n"]);
  });

  it.runIf(isRoot)("are copied for root, who may write into any file, unless nothing of the project's runs", () => {
    chownSync(at("releases"), 0, 0);
    const was = { ...nobody };
    Object.assign(nobody, { uid: 0, gid: 0 });
    try {
      release("1", {}, { dev: "keep" });
      expect(release("2", { build: "echo changed >node_modules/dep/index.js" }, { dev: "keep" })).toMatchObject({ status: 0 });
      expect([calls(), read(dep("1")), read(dep("2"))]).toEqual([["run build"], "v1\n", "changed\n"]);
      for (const id of ["3", "4"]) release(id);
      expect(inode(dep("4"))).toBe(inode(dep("3")));
    } finally {
      Object.assign(nobody, was);
    }
  });

  it("are copied with copy, and with install nothing is taken over", () => {
    release("1");
    release("2", {}, { by: "copy" });
    expect([calls(), inode(dep("2")) === inode(dep("1"))]).toEqual([[], false]);
    expect(statSync(at(dep("2"))).mode & 0o200).toBe(0o200);
    release("3", {}, { by: "install" });
    expect(calls()).toEqual(["ci --no-audit --no-fund --omit=dev"]);
  });

  it("are nothing to begin with where their install did not come to its end, or what counts has changed", () => {
    release("1");
    rmSync(at("releases/1/node_modules/.fake-node.json"));
    const isInstalled = (...how: Parameters<typeof release>): boolean => {
      release(...how);
      return calls().some((call) => call.startsWith("ci"));
    };
    expect(isInstalled("2")).toBe(true);
    expect(isInstalled("3")).toBe(false);
    expect(isInstalled("4", {}, {}, { "package-lock.json": "{ }" })).toBe(true);
    expect(isInstalled("5", {}, {}, { "package.json": '{"dependencies":{"other":"1"}}', "package-lock.json": "{ }" })).toBe(true);
    expect(
      isInstalled(
        "6",
        {},
        {},
        { "package.json": '{"dependencies":{"other":"1"},"version":"2.0.0"}', "package-lock.json": "{ }" },
      ),
    ).toBe(false);
    expect(isInstalled("7", {}, { nodeEnv: "staging" })).toBe(true);
    expect(isInstalled("8", {}, { nodeEnv: "staging" }, { ".npmrc": "omit=optional\n" })).toBe(true);
    expect(isInstalled("9", {}, { nodeEnv: "staging" }, { ".npmrc": "omit=optional\n//r.example.com/:_authToken=x\n" })).toBe(
      false,
    );
  });

  it("go with what the project does at each install, and are installed where that fails", () => {
    const scripts = { postinstall: "cat schema >node_modules/.client" };
    expect(release("1", scripts, {}, { schema: "one" })).toMatchObject({ status: 0 });
    release("2", scripts, {}, { schema: "two" });
    expect([calls(), read("releases/2/node_modules/.client")]).toEqual([["run postinstall"], "two"]);
    release("3", { postinstall: "grep -q two node_modules/none" });
    expect(calls().slice(-1)).toEqual(["ci --no-audit --no-fund --omit=dev"]);
    expect(existsSync(at("releases/3/node_modules/dep"))).toBe(true);
  });

  it("are all of a workspace", () => {
    const files = { "package.json": JSON.stringify({ workspaces: ["packages/*"] }), "packages/a/package.json": "{}" };
    release("1", {}, {}, files);
    release("2", {}, {}, files);
    expect([calls(), read("releases/2/packages/a/node_modules/x/y")]).toEqual([[], "x\n"]);
    release("3", {}, {}, { ...files, "packages/a/package.json": '{"scripts":{"postinstall":"x"}}' });
    expect(calls()).toHaveLength(1);
  });

  it("are not taken from, or brought to, what a note in the live release should not name", () => {
    release("1");
    write("outside/node_modules/x", "outside\n");
    const note = at("releases/1/node_modules/.fake-node.json");
    const { key } = JSON.parse(readFileSync(note, "utf8"));
    for (const tree of ["../../outside/node_modules", at("outside/node_modules"), "src"]) {
      rmSync(at("releases/2"), { recursive: true, force: true });
      rmSync(at("current"), { force: true });
      symlinkSync(at("releases/1"), at("current"));
      writeFileSync(note, JSON.stringify({ key, trees: [tree] }));
      release("2");
      expect([calls().length, existsSync(at("releases/2/src"))]).toEqual([1, false]);
    }
  });

  it("are left alone in a release that is live, by a run that goes on with an earlier one", () => {
    release("1");
    expect(release("1").stdout).toContain("the release is live: nothing is done in it");
    expect(calls()).toEqual([]);
  });
});

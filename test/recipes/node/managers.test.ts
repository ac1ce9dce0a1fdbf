import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../../src/index.ts";
import { PROGRAM } from "../../../src/recipes/node/host/program.ts";
import { node } from "../../../src/recipes/node/index.ts";
import { LOCKFILES, MANAGERS } from "../../../src/recipes/node/managers.ts";
import { createDeployRig, type DeployRig, type Run } from "../deploy/deploy-rig.ts";

let rig: DeployRig;
let bin: string;

beforeEach(() => {
  rig = createDeployRig(["app1"]);
  bin = join(rig.folder, "bin");
  mkdirSync(bin);
});
afterEach(() => rig.remove());

/** Stands in for a program: writes down how it was called, and makes what an install makes. */
function standIn(name: string, version = "1.0.0"): void {
  const text = `#!/bin/sh
[ "$1" != --version ] || { echo ${version}; exit; }
echo "${name} $*" >>"${rig.folder}/calls"
env | grep -e CACHE -e STORE -e store_dir -e npm_config_cache -e GLOBAL_FOLDER -e ^CI= -e ^COREPACK | sort >>"${rig.folder}/env"
case $* in *install*) mkdir -p node_modules ;; esac
`;
  writeFileSync(join(bin, name), text);
  chmodSync(join(bin, name), 0o755);
}
const calls = (): readonly string[] => {
  const file = join(rig.folder, "calls");
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  rmSync(file, { force: true });
  return lines;
};
const deploy = (files: Readonly<Record<string, string>>, manifest: object = {}, settings: object = {}): Promise<Run> => {
  rig.clock.now += 60_000;
  rig.repo.commit({ "package.json": JSON.stringify({ scripts: { build: "x" }, ...manifest }), ...files }, "x");
  return rig.run("deploy", { deployfile: (app: App) => void app.use(node()), settings, path: [bin] });
};

describe("the package manager", () => {
  it.each([
    [
      "pnpm",
      "pnpm-lock.yaml",
      {},
      "pnpm install --frozen-lockfile --package-import-method=clone-or-copy",
      "--prod=false",
      "--prod",
    ],
    ["yarn", "yarn.lock", {}, "yarn install --frozen-lockfile --non-interactive", "--production=false", "--production=true"],
    ["yarn", "yarn.lock", { ".yarnrc.yml": "" }, "yarn install --immutable", "", ""],
    ["bun", "bun.lock", {}, "bun install --frozen-lockfile --backend=copyfile", "", "--production"],
    ["bun", "bun.lockb", {}, "bun install --frozen-lockfile --backend=copyfile", "", "--production"],
  ] as const)("is %s for %s: %j", async (name, lockfile, files, install, dev, noDev) => {
    standIn(name);
    const first = await deploy({ [lockfile]: "", ...files });
    expect([first.failures, calls()]).toEqual([[], [`${install} ${dev}`.trim(), `${name} run build`]]);
    // Nothing changed, so there is nothing to install.
    expect((await deploy({ more: "x" })).failures).toEqual([]);
    expect(calls()).toEqual([`${name} run build`]);
    await deploy({}, {}, { nodeBuild: false, nodeModulesBy: "install" });
    expect(calls()).toEqual([`${install} ${noDev}`.trim()]);
  });

  it("keeps what it downloads below shared, and runs unattended in an install alone", async () => {
    standIn("pnpm");
    await deploy({ "pnpm-lock.yaml": "" });
    const cache = join(rig.root("app1"), "shared/.cache/node");
    const variables = readFileSync(join(rig.folder, "env"), "utf8");
    expect(variables).toContain(`npm_config_store_dir=${cache}/pnpm\n`);
    expect(variables).toContain(`COREPACK_HOME=${cache}/corepack\n`);
    expect(variables.match(/^CI=true$/gm)).toHaveLength(1);
    rmSync(join(rig.folder, "env"));
    await deploy({}, {}, { nodeCache: "" });
    expect(readFileSync(join(rig.folder, "env"), "utf8")).not.toContain("store_dir");
  });

  it("is taken from corepack in the version that packageManager says, unless it is that one", async () => {
    for (const name of ["pnpm", "corepack"]) standIn(name, "8.0.0");
    await deploy({ "pnpm-lock.yaml": "" }, { packageManager: "pnpm@9.1.0+sha512.abc" });
    expect(calls().map((call) => call.split(" ", 2).join(" "))).toEqual(["corepack pnpm", "corepack pnpm"]);
    standIn("pnpm", "9.1.0");
    await deploy({ x: "x" }, { packageManager: "pnpm@9.1.0+sha512.abc" });
    expect(calls().map((call) => call.split(" ", 2).join(" "))).toEqual(["pnpm run"]);
  });

  it("is said to be missing, or another version, where there is no corepack", () => {
    const folder = join(rig.folder, "release");
    mkdirSync(folder);
    const run = (manifest: object): string => {
      writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
      writeFileSync(join(folder, "pnpm-lock.yaml"), "");
      const how = {
        directory: ".",
        current: join(rig.folder, "none"),
        by: "link",
        build: true,
        dev: "auto",
        nodeEnv: "",
        cache: "",
      };
      const work = JSON.stringify({ step: "install", release: folder, ...how, managers: MANAGERS, lockfiles: LOCKFILES });
      const { stdout } = spawnSync(process.execPath, ["-e", PROGRAM], {
        env: { PATH: bin, FAKE_NODE_WORK: work },
        encoding: "utf8",
      });
      return stdout;
    };
    expect(run({})).toContain("problem pnpm-lock.yaml is of pnpm, which is not installed, nor is corepack, which would get it.");
    writeFileSync(join(bin, "pnpm"), "#!/bin/sh\necho 8.0.0\n", { mode: 0o755 });
    expect(run({ packageManager: "pnpm@9.1.0" })).toContain(
      "remark package.json:1 says pnpm 9.1.0: this host has 8.0.0, and no corepack to get it.",
    );
  });

  it("is looked for by fake init in the same lockfiles", () => {
    const template = readFileSync(resolve(import.meta.dirname, "../../../templates/recipes/node.template"), "utf8");
    const { found } = JSON.parse(template.split("\n", 1)[0] ?? "") as { found: readonly string[] };
    expect([...found].sort()).toEqual(Object.keys(LOCKFILES).sort());
  });
});

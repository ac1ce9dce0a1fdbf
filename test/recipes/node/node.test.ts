import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type App, Secret } from "../../../src/index.ts";
import { node } from "../../../src/recipes/node/index.ts";
import { project as cliProject, fake } from "../../cli/run-cli.ts";
import { nowhere } from "../../support/nowhere.ts";
import { createDeployRig, type DeployRig, type Run } from "../deploy/deploy-rig.ts";
import { createProject, type NodeProject } from "./project.ts";

let rig: DeployRig;
let project: NodeProject;

beforeEach(() => {
  rig = createDeployRig(["app1"]);
  project = createProject(rig.repo);
});
afterEach(() => rig.remove());

const deploy = (settings: object = {}, more: Parameters<DeployRig["run"]>[1] = {}): Promise<Run> => {
  rig.clock.now += 60_000;
  return rig.run("deploy", { deployfile: (app: App) => void app.use(node()), settings, ...more });
};
const live = (path: string): string => join(rig.root("app1"), "current", path);
const said = ({ events }: Run): string => JSON.stringify(events);

describe("a release", () => {
  it("is installed and built by npm, and has node_modules of the live release where nothing changed", async () => {
    project.commit();
    const first = await deploy();
    expect([first.failures, rig.read("app1", "current/built"), said(first).includes("added 2 packages")]).toEqual([
      [],
      "v1\n",
      true,
    ]);
    project.commit({ "other.txt": "x" });
    const second = await deploy();
    expect([second.failures, rig.read("app1", "current/built")]).toEqual([[], "v1\n"]);
    expect(said(second)).toContain("node_modules as in 20261120101600: nothing to install");
  });

  it("is made ready in no round trip of its own, where hosts wait for each other", async () => {
    const pair = createDeployRig(["app1", "app2"]);
    try {
      createProject(pair.repo).commit();
      const use = { deployfile: (app: App) => void app.use(node()) };
      const flights: unknown[] = [];
      for (const given of [use, use, {}]) {
        pair.clock.now += 60_000;
        flights.push((await pair.run("deploy", given)).flights);
      }
      expect(flights[1]).toEqual(flights[2]);
    } finally {
      pair.remove();
    }
  });

  it("has what downloads are kept below shared, and development dependencies as it is told", async () => {
    project.commit();
    const tools = async (settings: object): Promise<readonly boolean[]> => {
      expect((await deploy(settings)).failures).toEqual([]);
      return [existsSync(live("node_modules/tool")), existsSync(live("built"))];
    };
    expect(await tools({})).toEqual([true, true]);
    expect(readdirSync(join(rig.root("app1"), "shared/.cache/node"))).toEqual(["npm"]);
    expect(await tools({ nodeBuild: false })).toEqual([false, false]);
    expect(await tools({ nodeBuild: false, nodeDevDependencies: "keep" })).toEqual([true, false]);
    expect(await tools({ nodeDevDependencies: "prune" })).toEqual([false, true]);
  });

  it("has NODE_ENV and the environment of all commands in what it runs", async () => {
    project.commit({}, { scripts: { build: 'echo "$NODE_ENV $COLOUR" >built' } });
    await deploy({ environment: { COLOUR: "red" } });
    expect(rig.read("app1", "current/built")).toBe("production red\n");
    await deploy({ environment: { NODE_ENV: "staging", COLOUR: "blue" } });
    expect(rig.read("app1", "current/built")).toBe("staging blue\n");
  });

  it("is of a directory of the revision", async () => {
    project.commit({
      "frontend/package.json": JSON.stringify({ scripts: { build: "echo x >built" } }),
      "frontend/package-lock.json": LOCK,
    });
    expect((await deploy({ nodeDirectory: "frontend" })).failures).toEqual([]);
    expect(rig.read("app1", "current/frontend/built")).toBe("x\n");
  });

  it("is not made by a dry run, and not by a rollback", async () => {
    project.commit();
    const dry = await deploy({}, { options: { dryRun: true } });
    expect([dry.failures, existsSync(rig.root("app1")), said(dry).includes("install packages")]).toEqual([[], false, true]);
    await deploy();
    await deploy();
    const back = await rig.run("rollback", { deployfile: (app: App) => void app.use(node()) });
    expect([back.failures, said(back).includes("node:install")]).toEqual([[], false]);
  });

  it("is made by a rollback that builds it", async () => {
    const pair = createDeployRig(["app1", "app2"]);
    try {
      createProject(pair.repo).commit();
      const use = { deployfile: (app: App) => void app.use(node()) };
      expect((await pair.run("deploy", use)).failures).toEqual([]);
      const first = pair.current("app1") ?? "";
      pair.clock.now += 60_000;
      await pair.run("deploy", use);
      rmSync(join(pair.root("app2"), "releases", first), { recursive: true });
      const back = await pair.run("rollback", { ...use, args: { rollback: { build: true, to: first } } });
      expect([back.failures, pair.read("app2", "current/built")]).toEqual([[], "v1\n"]);
    } finally {
      pair.remove();
    }
  });
});

const IMPORTS = 'import { deploy } from "fake-deploy/recipes/deploy"; import { node } from "fake-deploy/recipes/node";';

/** Without any packages. */
const LOCK = JSON.stringify({ name: "shop", lockfileVersion: 3, requires: true, packages: { "": { name: "shop" } } });

describe("what is wrong with a project", () => {
  it("is said all at once, with its place, and nothing is published", async () => {
    project.commit({ "yarn.lock": "" }, { engines: { node: ">=99" } });
    const { failures, result } = await deploy({ nodeBuild: "build:production" });
    expect(failures).toHaveLength(1);
    expect(failures[0]).toContain(
      "There are lockfiles of yarn and npm: yarn.lock, package-lock.json. Remove all but the one that counts.",
    );
    expect(failures[0]).toMatch(/package\.json:4 has no "build:production", which nodeBuild names\. It has: build\./);
    expect(failures[0]).toMatch(/package\.json:\d+ asks for node >=99, and here is \d+\./);
    expect(result.failures[0]?.error.hint).toContain("Nothing was published.");
    expect([rig.current("app1"), rig.releases("app1")]).toEqual([undefined, []]);
  });

  it.each([
    ["no lockfile", { "package-lock.json": undefined }, {}, "There is no lockfile in the release (pnpm-lock.yaml, yarn.lock,"],
    [
      "no package.json",
      { "package.json": undefined },
      {},
      "There is no package.json in the release: nodeDirectory says where it is.",
    ],
    ["no JSON", { "package.json": "{" }, {}, "package.json is not JSON."],
    ["another manager", {}, { packageManager: "pnpm@9.1.0" }, "says pnpm@9.1.0, and package-lock.json is a lockfile of npm."],
    ["a link", { node_modules: { link: "/tmp" } }, {}, "node_modules is a symbolic link in this revision"],
  ])("is found before anything is installed: %s", async (_, files, manifest, message) => {
    project.commit(files, manifest);
    const { failures } = await deploy();
    expect(failures.join()).toContain(message);
    expect(rig.current("app1")).toBeUndefined();
  });

  it("is node_modules in linkedDirs or copyDirs, before anything is built", async () => {
    project.commit();
    const { failures } = await deploy({ linkedDirs: (): string[] => ["node_modules"], copyDirs: ["packages/a/node_modules"] });
    expect(failures.join()).toContain('"node_modules" in linkedDirs would be one for all releases');
    expect(failures.join()).toContain('"packages/a/node_modules" in copyDirs is what the node recipe takes over by itself');
    expect(rig.releases("app1")).toEqual([]);
  });

  it("is node_modules in linkedDirs, before hosts are contacted, where the deployfile says so", async () => {
    const body = `use(deploy()); use(node()); env.set({ deployPath: "/srv/shop", repoUrl: "${nowhere}", linkedDirs: ["node_modules"] }); role("web", ["none.invalid"]);`;
    const text = `${IMPORTS} export default ({ use, env, role }) => { ${body} };`;
    const { code, stderr } = await fake(cliProject({ "deployfile.js": text, "package.json": '{"type":"module"}' }), [
      "-R",
      "web",
      "deploy",
    ]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('"node_modules" in linkedDirs would be one for all releases')]);
  });

  it("is said with what a program printed when it fails, and leaves what is live", async () => {
    project.commit();
    await deploy();
    const before = rig.current("app1");
    project.commit({}, { scripts: { build: "echo 'src/shop.ts(3,1): error TS1005' >&2; exit 2" } });
    const { failures, result } = await deploy();
    expect(failures.join()).toContain("node:build: app1: npm run build: exit code 2");
    expect(result.failures[0]?.error.message).toContain("error TS1005");
    expect(rig.current("app1")).toBe(before);
  });

  it("is said where package.json and lockfile do not go together, with what to do", async () => {
    project.commit({}, { dependencies: { dep: "file:dep.tgz", other: "file:tool.tgz" } });
    const { result } = await deploy();
    expect(result.failures[0]?.error.hint).toBe(
      "package.json and the lockfile do not go together: install on your machine, and commit the lockfile.",
    );
  });
});

describe("node", () => {
  it("is missing: the deploy ends before anything is built, and doctor says so", async () => {
    project.commit();
    const run = await deploy({ nodeVersion: "17" });
    expect(run.failures.join()).toContain(
      "node:check: app1 cannot make this release ready:\nnode 17 is not installed: PATH has v",
    );
    expect([run.result.failures[0]?.error.hint, rig.releases("app1")]).toEqual([
      expect.stringContaining("nodeVersion says which"),
      [],
    ]);
    const doctor = async (version: string): Promise<string> => {
      const body = `use(deploy()); use(node()); env.set({ deployPath: "/tmp/none", repoUrl: "${nowhere}", nodeVersion: "${version}" });`;
      const text = `${IMPORTS} export default ({ use, env, role }) => { ${body} role("web", [{ host: "a", transport: "local" }]); };`;
      return (await fake(cliProject({ "deployfile.js": text, "package.json": '{"type":"module"}' }), ["doctor", "-R", "web"]))
        .stdout;
    };
    expect(await doctor("17")).toContain("a: node 17 is not installed");
    expect(await doctor("")).toMatch(/a: node v\d+/);
  });
});

it("tells no token of a registry", async () => {
  project.commit({ ".npmrc": "//registry.example.com/:_authToken=${REGISTRY_TOKEN}\n" });
  const run = await deploy({ environment: { REGISTRY_TOKEN: new Secret("t0ps3cret") } });
  expect(run.failures).toEqual([]);
  expect(said(run)).not.toContain("t0ps3cret");
});

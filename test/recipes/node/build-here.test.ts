import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { App } from "../../../src/index.ts";
import { node } from "../../../src/recipes/node/index.ts";
import { createDeployRig, type DeployRig, type Run } from "../deploy/deploy-rig.ts";
import { createProject, type NodeProject } from "./project.ts";

let rig: DeployRig;
let project: NodeProject;

beforeEach(() => {
  rig = createDeployRig(["app1", "app2"]);
  project = createProject(rig.repo);
  project.commit(
    { ".gitignore": "dist\nbuilds\n" },
    { scripts: { build: "echo b >>builds; mkdir -p dist/a; cat index.txt >dist/a/page; echo $NODE_ENV >>dist/a/page" } },
  );
  rig.repo.commit({ "index.txt": "v1\n" }, "v1");
});
afterEach(() => rig.remove());

const deploy = (settings: object = {}): Promise<Run> => {
  rig.clock.now += 60_000;
  return rig.run("deploy", {
    deployfile: (app: App) => void app.use(node()),
    settings: { nodeBuildHere: ["dist"], nodeBuildFrom: rig.repo.directory, ...settings },
  });
};

it("builds once on this machine, and sends what is named to all hosts, which have no development dependencies", async () => {
  expect((await deploy()).failures).toEqual([]);
  for (const host of ["app1", "app2"]) {
    expect(rig.read(host, "current/dist/a/page")).toBe("v1\nproduction\n");
    expect(existsSync(join(rig.root(host), "current/node_modules/tool"))).toBe(false);
  }
  expect(rig.repo.git("status", "--porcelain")).toBe("");
  expect(rig.read("app1", "../../repository/builds")).toBe("b\n");
});

it("refuses to build something else than what is deployed, before anything is published", async () => {
  writeFileSync(join(rig.repo.directory, "index.txt"), "changed\n");
  expect((await deploy()).failures.join()).toContain("has changes that are not in what is deployed: index.txt.");
  rig.repo.git("checkout", "--quiet", "--", "index.txt");
  rig.repo.git("checkout", "--quiet", "-b", "other");
  rig.repo.commit({ "index.txt": "v2\n" }, "v2");
  const { failures } = await deploy({ branch: "main" });
  expect(failures.join()).toMatch(/is at [0-9a-f]{7}, and [0-9a-f]{7} is deployed: something else would be built\./);
  expect(rig.current("app1")).toBeUndefined();
});

it("says which script, or which result, there is not", async () => {
  expect((await deploy({ nodeBuild: "pack" })).failures.join()).toContain('has no script "pack" to build with.');
  expect((await deploy({ nodeBuildHere: ["dist", "public"] })).failures.join()).toContain(
    "made no public, which nodeBuildHere names.",
  );
});

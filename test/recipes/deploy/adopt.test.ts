import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listReleases } from "../../../src/recipes/deploy/listing.ts";
import { type HostState, parseState, readState } from "../../../src/recipes/deploy/state.ts";
import { createDeployRig, type DeployRig, type Run } from "./deploy-rig.ts";
import { foreignTrees } from "./foreign-trees.ts";
import { pathsBelow } from "./paths-below.ts";

describe("adopting", () => {
  let rig: DeployRig;
  let shas: readonly string[];

  beforeEach(() => {
    rig = createDeployRig(["app1", "app2"]);
    commit();
  });

  afterEach(() => rig.remove());

  const commit = (): void => {
    shas = ["v1", "v2", "v3", "v4"].map((version) => rig.repo.commit({ "app.js": version }));
  };

  const at = (...parts: string[]): string => join(rig.root("app1"), ...parts);
  const run = (tasks: string): Promise<Run> => rig.run(tasks);
  const make = (tool: string, host = "app1"): void => {
    const tree = foreignTrees.find((each) => each.tool === tool);
    tree?.make(rig.root(host), rig.repo.directory, shas);
  };

  function stateOf(host = "app1"): HostState {
    const root = rig.root(host);
    const paths = pathsBelow(root);
    return parseState(execFileSync("sh", ["-c", readState(paths)], { encoding: "utf8" }), paths);
  }

  /** All there is of a host, but for what a lock touches. */
  const everything = (host = "app1"): string =>
    execFileSync("find", [rig.root(host), "-mindepth", "1", "-path", "*/.fake", "-prune", "-o", "-printf", "%P %i %l %C@\n"], {
      encoding: "utf8",
    });

  /** What is live, and must stay so: the link, what it says, and what is behind it. */
  const live = (host = "app1"): unknown => {
    const link = join(rig.root(host), "current");
    return [readlinkSync(link), lstatSync(link).ino, statSync(link).ino];
  };

  describe.each(foreignTrees)("a tree of $tool", (tree) => {
    it("touches nothing that is live, and what was good can be gone back to", async () => {
      rig.remove();
      rig = createDeployRig(["app1"]);
      commit();
      make(tree.tool);
      mkdirSync(at("releases/db-dumps"), { recursive: true });
      mkdirSync(at("releases/20250101-copy"));
      const before = live();
      const checked = await run("deploy:check");
      const errors = checked.result.failures.map(({ error }) => `${error.message} ${error.hint}`);
      expect([...checked.warnings, ...errors].join("\n")).toMatch(new RegExp(`${tree.tool} deploys here[\\s\\S]*fake adopt`));

      expect((await run("adopt")).failures).toEqual([]);
      expect([live(), readlinkSync(at("current"))]).toEqual([before, tree.current(rig.root("app1"))]);
      const listed = listReleases(stateOf()).toReversed();
      expect(listed.map(({ id, adopted, status }) => [adopted ?? id, status])).toEqual(tree.releases);
      expect(listed.map(({ revision }) => revision)).toEqual(shas.slice(0, listed.length));

      const written = everything();
      const again = await run("adopt");
      expect([again.failures, everything()]).toEqual([[], written]);

      const good = listed.filter(({ status }) => status === "good").map(({ id }) => id);
      const was = listed.find(({ current }) => current)?.id ?? "";
      rig.repo.commit({ "app.js": "v5" });
      const deployed = await run("deploy");
      expect([deployed.failures, rig.read("app1", "current/app.js")]).toEqual([[], "v5"]);
      for (const id of [was, ...good.slice(-1)]) {
        expect((await run("rollback")).failures).toEqual([]);
        expect(rig.current("app1")).toBe(id);
      }
      // What the tool gives no release for a name is none, and stays.
      expect((await rig.run("deploy:cleanup", { settings: { keepReleases: 1 } })).failures).toEqual([]);
      expect(readdirSync(at("releases"))).toEqual(expect.arrayContaining(["20250101-copy", "db-dumps"]));
    });
  });

  it("goes on where it was interrupted, with the same ids on all hosts", async () => {
    for (const host of ["app1", "app2"]) make("Mina", host);
    await run("adopt");
    const [first, second] = [stateOf(), stateOf("app2")];
    rmSync(at(".fake"), { recursive: true });
    rmSync(at("releases", first.releases[0]?.id ?? ""));
    await run("adopt");
    const ids = (state: HostState): unknown => state.releases.map(({ id, adopted, status }) => [id, adopted, status]);
    expect([ids(stateOf()), ids(stateOf("app2"))]).toEqual([ids(first), ids(second)]);
  });

  it("takes up what the other tool has deployed since", async () => {
    make("Mina");
    make("Mina", "app2");
    const { warnings } = await run("adopt");
    expect(warnings.join("\n")).toContain("app1: deploy with Mina no more: its cleanup");
    rig.clock.now += 60_000;
    for (const host of ["app1", "app2"]) {
      mkdirSync(join(rig.root(host), "releases/4"));
      rmSync(join(rig.root(host), "current"));
      symlinkSync(join(rig.root(host), "releases/4"), join(rig.root(host), "current"));
    }
    expect((await run("deploy")).failures.join()).toContain("Mina deploys here");
    await run("adopt");
    expect(listReleases(stateOf()).map(({ adopted, status }) => [adopted, status])).toEqual([
      ["4", "live"],
      ["3", "good"],
      ["2", "good"],
      ["1", "good"],
    ]);
  });

  it("knows the commit that pm2 has put there since, and calls that good only when it is adopted", async () => {
    for (const host of ["app1", "app2"]) make("pm2 deploy", host);
    await run("adopt");
    const deployByPm2 = (sha = ""): void => {
      execFileSync("git", ["-C", at("source"), "fetch", "--quiet"]);
      execFileSync("git", ["-C", at("source"), "reset", "--quiet", "--hard", sha]);
    };
    const seen = (): unknown => stateOf().releases.map(({ adopted, status, revision }) => [adopted, status, revision]);
    deployByPm2(shas[1]);
    expect(seen()).toEqual([["../source", "live", shas[1]]]);
    const said = `app1: pm2 deploy has deployed since ${stateOf().current.id} was adopted: that is ${shas[1]?.slice(0, 7)} now, and was ${shas[0]?.slice(0, 7)}.`;
    expect((await run("deploy:set-previous-revision")).warnings).toEqual([said]);
    expect([(await run("adopt")).failures, stateOf().releases[0]?.entry?.sha]).toEqual([[], shas[1]]);
    expect((await run("deploy")).warnings).toEqual([]);
    deployByPm2(shas[2]);
    expect(seen()).toEqual([
      ["../source", "unknown", shas[2]],
      [undefined, "live", shas[3]],
    ]);
  });

  it("is for all hosts or none: one that cannot be adopted keeps the others as they are", async () => {
    make("Mina", "app2");
    mkdirSync(at("current"), { recursive: true });
    const before = [everything(), everything("app2")];
    const { failures } = await run("adopt");
    expect(failures.join("\n")).toContain("current is a directory, and no link to a release.");
    const hasLock = (host: string): boolean => existsSync(join(rig.root(host), ".fake/lock"));
    expect([[everything(), everything("app2")], hasLock("app1"), hasLock("app2")]).toEqual([before, false, false]);
  });

  it("leaves a tree of its own as it is, and what Capistrano's log does not vouch for", async () => {
    make("Mina", "app2");
    mkdirSync(at("releases/20250101120000"), { recursive: true });
    await run("adopt");
    for (const host of ["app1", "app2"]) rmSync(rig.root(host), { recursive: true });
    await run("deploy");
    const before = everything();
    expect([(await run("adopt")).failures, everything()]).toEqual([[], before]);
    writeFileSync(at("revisions.log"), "Branch main deployed as release 20250102120000 by ann; \n", { flag: "a" });
    for (const id of ["20250101120000", "20250102120000"]) mkdirSync(at("releases", id));
    await run("adopt");
    expect(listReleases(stateOf()).map(({ status }) => status)).toEqual(["live", "good", "unknown"]);
  });

  it("lets a cleanup remove what was adopted, under both of its names, and never what pm2 has left", async () => {
    make("Mina");
    make("pm2 deploy", "app2");
    await run("adopt");
    for (const version of ["v5", "v6"]) {
      rig.repo.commit({ "app.js": version });
      rig.clock.now += 60_000;
      expect((await rig.run("deploy", { settings: { keepReleases: 1 } })).failures).toEqual([]);
    }
    expect(readdirSync(at("releases"))).toHaveLength(2);
    expect(rig.read("app2", "source/uploads/kept")).toBe("by the application");
  });
});

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Strategy } from "../../../../src/recipes/deploy/strategies/strategy.ts";
import { copy } from "../../../fixtures/docking/strategies/copy.ts";
import { createDeployRig, type DeployRig } from "../deploy-rig.ts";

let rig: DeployRig;
let scm: Strategy;

beforeEach(() => {
  rig = createDeployRig(["app1", "app2"]);
  const directory = join(rig.folder, "public");
  mkdirSync(directory);
  writeFileSync(join(directory, "index.html"), "v1");
  scm = copy(directory);
});

afterEach(() => rig.remove());

describe("deploy with a strategy of the deployfile's own", () => {
  it("needs no repository, and notes the strategy's id and label", async () => {
    const settings = { scm, repoUrl: undefined };
    const first = await rig.run("deploy", { settings });
    expect(first.failures).toEqual([]);
    writeFileSync(join(rig.folder, "public/index.html"), "v2");
    const second = await rig.run("deploy", { settings });
    expect(second.failures).toEqual([]);
    expect([rig.read("app1", "current/index.html"), rig.read("app2", "current/index.html")]).toEqual(["v2", "v2"]);
    const id = rig.read("app1", "current/REVISION").trim();
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(rig.read("app1", "revisions.log")).toContain(`Branch public (at ${id}) deployed as release`);
    const changed = second.result.hosts[0]?.changed.join();
    expect(changed).toContain(`(public ${id})`);
    expect((await rig.run("rollback", { settings })).failures).toEqual([]);
    expect(rig.read("app2", "current/index.html")).toBe("v1");
  });

  it("leaves nothing of what was sent", async () => {
    await rig.run("deploy", { settings: { scm, repoUrl: undefined } });
    const work =
      rig
        .read("app1", ".fake/journal")
        .match(/run\d+/g)
        ?.at(-1) ?? "";
    expect(() => rig.read("app1", `.fake/${work}/copy.tar`)).toThrow("ENOENT");
  });

  it("ends before anything is changed when there is nothing to deploy", async () => {
    rmSync(join(rig.folder, "public"), { recursive: true });
    const { result, failures } = await rig.run("deploy", { settings: { scm, repoUrl: undefined } });
    expect(failures.join()).toContain("cannot be read");
    expect([result.ok, rig.releases("app1")]).toEqual([false, []]);
  });
});

describe("a strategy of the deployfile's own", () => {
  it("has to say that it looks at the kind of a ref, or a run that names one is refused", async () => {
    const settings = { scm, repoUrl: undefined, branch: "v1", refKind: "tag" } as const;
    const { failures } = await rig.run("deploy", { settings });
    expect(failures.join()).toContain("The strategy copy takes no tag: --tag cannot say what it deploys.");
    expect(rig.releases("app1")).toEqual([]);
    const taking: Strategy = { ...scm, refKinds: ["tag"] };
    expect((await rig.run("deploy", { settings: { ...settings, scm: taking } })).failures).toEqual([]);
  });

  const naming = (revision: unknown): Strategy => ({ ...scm, resolveRevision: async () => revision as never });

  it.each(["$(reboot)", "a b", "-rf", "", "x".repeat(201)])("cannot name what is deployed %j", async (id) => {
    const { failures } = await rig.run("deploy", { settings: { scm: naming({ id, label: "bad" }), repoUrl: undefined } });
    expect(failures.join()).toContain("must be { id, label }: the id one word, the label text");
    expect(rig.releases("app1")).toEqual([]);
  });

  it("is told when it leaves to a host what it cannot ask there", async () => {
    const settings = { scm: naming({ label: "newest", reason: "nobody answers" }), repoUrl: undefined };
    const { failures } = await rig.run("deploy", { settings });
    expect(failures.join()).toContain("The strategy copy cannot say which revision newest is: nobody answers.");
    expect(rig.releases("app1")).toEqual([]);
  });
});

describe("git and push", () => {
  it.each(["git", "push"] as const)("refuse a revision that is no commit: %s", async (name) => {
    rig.repo.commit({ "app.js": "v1" });
    const { failures } = await rig.run("deploy", { settings: { scm: name, revision: "main" } });
    expect(failures.join()).toContain('The revision "main" must be a full commit id.');
    expect(rig.releases("app1")).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { createApp } from "../../../src/dsl/create-app.ts";
import { planFor } from "../../../src/graph/build-plan.ts";
import { deploy } from "../../../src/recipes/deploy/index.ts";

/** The flow changes on purpose: who changes it changes this file. */

function recipe() {
  const { app, seal } = createApp({ locate: () => undefined });
  const handles = app.use(deploy());
  return { handles, sealed: seal() };
}

function steps(task: string, hosts: readonly string[]): string[] {
  const { sealed } = recipe();
  expect(sealed.problems()).toEqual([]);
  const plan = planFor(
    sealed.graph,
    [task],
    hosts.map((id) => ({ id, roles: [] })),
  );
  return plan.sections.flatMap(({ stage, steps: inside, rolling }) =>
    inside.map(
      ({ task: { name }, local }) => `${stage.replace("deploy:", "")}${rolling ? "*" : ""}: ${name}${local ? " (local)" : ""}`,
    ),
  );
}

describe("the plan", () => {
  it("of deploy", () => {
    expect(steps("deploy", ["app1", "app2"])).toMatchInlineSnapshot(`
      [
        "starting: deploy:lock",
        "starting: deploy:lock",
        "starting: deploy:check",
        "starting: deploy:set-previous-revision",
        "updating: deploy:set-release-id (local)",
        "updating: deploy:prepare-source (local)",
        "updating: deploy:update-source",
        "updating: deploy:create-release",
        "updating: deploy:set-current-revision",
        "updating: deploy:copy-dirs",
        "updating: deploy:symlink:linked-files",
        "updating: deploy:symlink:linked-dirs",
        "updating: deploy:writable-dirs",
        "publishing*: deploy:symlink:release",
        "finishing*: deploy:cleanup",
        "finished*: deploy:log-revision",
        "always: tell-standing, deploy:unlock: deploy:tell-standing",
        "always: tell-standing, deploy:unlock: deploy:unlock",
      ]
    `);
  });

  it("of rollback", () => {
    expect(steps("rollback", ["app1", "app2"])).toMatchInlineSnapshot(`
      [
        "starting: deploy:lock",
        "starting: deploy:lock",
        "starting: deploy:check",
        "starting: deploy:set-previous-revision",
        "reverting: deploy:revert-release (local)",
        "reverting: deploy:build-missing (local)",
        "publishing*: deploy:symlink:release",
        "finishing-rollback*: deploy:cleanup-rollback",
        "finished*: deploy:log-revision",
        "always: tell-standing, deploy:unlock: deploy:tell-standing",
        "always: tell-standing, deploy:unlock: deploy:unlock",
      ]
    `);
  });

  it("of adopt", () => {
    expect(steps("adopt", ["app1", "app2"])).toMatchInlineSnapshot(`
      [
        "lock: deploy:lock",
        "lock: deploy:lock",
        "adopt: deploy:adopt (local)",
        "always: unlock: deploy:unlock",
      ]
    `);
  });

  it("of a cleanup on its own takes and frees the lock", () => {
    expect(steps("deploy:cleanup", ["app1"])).toMatchInlineSnapshot(`
      [
        "cleanup: deploy:lock",
        "cleanup: deploy:set-previous-revision",
        "cleanup: deploy:cleanup",
      ]
    `);
  });
});

describe("the recipe", () => {
  it("returns a handle for each flow, stage and step", () => {
    const { handles } = recipe();
    const { steps: inside, ...flowsAndStages } = handles;
    expect(Object.keys(flowsAndStages).sort()).toEqual(
      "adopt deploy finished finishing finishingRollback published publishing reverted reverting rollback started starting updated updating".split(
        " ",
      ),
    );
    expect(flowsAndStages.finishingRollback.name).toBe("deploy:finishing-rollback");
    expect(inside["deploy:symlink:release"].name).toBe("deploy:symlink:release");
  });

  it("resolves the commit while hosts are being connected to, and never for a rollback", () => {
    const { sealed } = recipe();
    const prefetch = (task: string): readonly string[] => planFor(sealed.graph, [task], [{ id: "a", roles: [] }]).prefetch;
    expect([prefetch("deploy"), prefetch("rollback")]).toEqual([["resolvedRevision"], []]);
  });

  it("takes only ids of releases for --to", () => {
    const { sealed } = recipe();
    const schema = sealed.argsSchema("rollback");
    const accepts = (to: unknown): boolean => schema?.safeParse({ to }).success ?? false;
    expect(["20261120101500", undefined, "../../etc", "1", "20261320101500", ""].map(accepts)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it("describes each of its settings and tasks in one line", () => {
    const { sealed } = recipe();
    const texts = [
      ...[...sealed.declarations.values()].map(({ declaration }) => declaration.desc),
      ...sealed.graph.tasks().map(({ options }) => options.desc ?? ""),
    ];
    expect(texts.filter((text) => text === "" || text.length > 110 || text.endsWith(".") || text.includes("\n"))).toEqual([]);
  });
});

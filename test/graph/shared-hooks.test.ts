import { describe, expect, it } from "vitest";
import { planFor } from "../../src/graph/build-plan.ts";
import { describeSharedHooks, findSharedHooks } from "../../src/graph/shared-hooks.ts";
import type { TaskOptions } from "../../src/graph/task.ts";
import { hosts, type Tiny, tiny } from "./tiny.ts";

/** Two flows that share the stage `publish`, with a step that hangs on it, and one that is the deploy's alone. */
const flows = (hooks: readonly string[], tasks: Readonly<Record<string, TaskOptions>> = {}): Tiny => ({
  tasks: {
    switch: {},
    restart: {},
    migrate: { once: "run" },
    notify: { local: true, once: "run" },
    look: { readOnly: true },
    ...tasks,
  },
  empty: "build publish",
  flows: { deploy: "build publish", rollback: "publish" },
  hooks: ["after publish switch", ...hooks],
});

/** The graph as if all but its hooks came from one recipe, which is used in one line. */
function fromRecipe(given: Tiny) {
  const graph = tiny(given);
  const where = { file: "deployfile.ts", line: 1, column: 3 };
  for (const task of graph.tasks())
    if (!["restart", "migrate", "notify", "look"].includes(task.name)) graph.replace({ ...task, where });
  const [own, ...hooks] = graph.hooks.splice(0);
  for (const hook of [...(own === undefined ? [] : [{ ...own, where }]), ...hooks]) graph.hook(hook);
  return graph;
}

const told = (...hooks: string[]): readonly string[] => findSharedHooks(fromRecipe(flows(hooks))).map(({ message }) => message);

describe("a hook on what two flows share", () => {
  it.each([
    ["prepares what only one of them brings", "before publish restart"],
    ["hangs before a step of theirs", "before switch restart"],
    ["runs once, for what all hosts have in common", "after publish migrate"],
    ["is the migration that was meant for a deploy", "before switch migrate"],
  ])("is told where it %s: %s", (_, hook) => {
    expect(told(hook)).toEqual([expect.stringMatching(/^"\w+" runs in deploy and rollback: they share "\w+", which/)]);
  });

  it.each([
    ["after it on each host, as a restart", "after publish restart"],
    ["after a step of theirs, on each host", "after switch restart"],
    ["only tells somebody", "before publish notify"],
    ["only looks", "before publish look"],
    ["puts things right after a failure", "onFailure publish migrate"],
    ["always tidies up", "always publish migrate"],
    ["is on what one of them has", "before build migrate"],
    ["is on a flow", "before deploy migrate"],
    ["says that it is for one", "before switch migrate deploy"],
    ["says that it is for both", "before switch migrate deploy,rollback"],
  ])("is not told where it %s: %s", (_, hook) => {
    expect(told(hook)).toEqual([]);
  });

  it("is not told of a hook on a hook: that one has its place already", () => {
    expect(told("after publish restart", "before restart migrate")).toEqual([]);
  });

  it("names the place, and what to write", () => {
    expect(findSharedHooks(fromRecipe(flows(["before switch migrate"])))).toMatchObject([
      {
        where: { line: 11 },
        hint: 'Say which it is for: before("switch", "migrate", { flows: ["deploy"] }); or { flows: ["deploy", "rollback"] } where it is right in all of them.',
      },
    ]);
  });

  it("is one of a stage where the flows are a deployfile's own", () => {
    const graph = tiny(flows(["before publish migrate", "before switch migrate"]));
    expect(findSharedHooks(graph).map(({ message }) => message)).toEqual([
      '"migrate" runs in deploy and rollback: they share "publish", which it is hooked onto (before).',
    ]);
  });
});

it("a hook that is limited to flows which have no such step is told", () => {
  expect(told("after build restart rollback", "after restart migrate deploy")).toEqual([
    '"restart" is limited to rollback, where "build", which it is hooked onto (after), has no place.',
    '"migrate" is limited to deploy, where "restart", which it is hooked onto (after), has no place.',
  ]);
});

describe("a plan", () => {
  const described = (flow: string, ...hooks: string[]): string => {
    const graph = fromRecipe(flows(hooks));
    return describeSharedHooks(graph, planFor(graph, [flow], hosts("h1")));
  };

  it("says in which flows each hook runs, and which it leaves out", () => {
    const hooks = ["after publish restart", "before switch migrate deploy", "always publish notify rollback"];
    expect(described("rollback", ...hooks)).toBe(
      [
        "Hooks of the deployfile:",
        "  restart  after publish   in deploy and rollback",
        "  migrate  before switch   in deploy, not here",
        "  notify   always publish  in rollback",
        "",
      ].join("\n"),
    );
    expect(described("deploy", ...hooks)).toContain("in rollback, not here");
  });

  it("says nothing where no flow shares a hook", () => {
    expect([described("deploy", "after build migrate"), described("deploy"), described("restart")]).toEqual(["", "", ""]);
  });
});

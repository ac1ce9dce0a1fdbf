import { describe, expect, it } from "vitest";
import { planFor, planHooks } from "../../src/graph/build-plan.ts";
import type { Plan } from "../../src/graph/plan.ts";
import { findProblems } from "../../src/graph/problems.ts";
import { TaskGraph } from "../../src/graph/task-graph.ts";
import { hosts, show, tiny } from "./tiny.ts";

const deploy = () =>
  tiny({
    tasks: "early lock build link cleanup notify unlock failed pack",
    empty: "starting updating publishing finishing",
    flows: { deploy: "starting updating >publishing finishing" },
    hooks: [
      "before deploy early",
      "after starting lock",
      "after updating build",
      "before build pack",
      "after publishing link",
      "after finishing cleanup",
      "after deploy notify",
      "always deploy unlock",
      "onFailure deploy failed",
      "onFailure build failed",
    ],
  });

const steps = (plan: Plan) => plan.sections.flatMap((section) => section.steps);
const step = (plan: Plan, name: string) => steps(plan).find((step) => step.task.name === name);

describe("steps", () => {
  it("say what they belong to and how deep", () => {
    const plan = planFor(deploy(), ["deploy"], hosts("h1"));
    const facts = steps(plan).map(({ task, scope }) => {
      const { parent = -1, depth } = plan.scopes[scope] ?? {};
      return `${task.name}: ${plan.scopes[parent]?.task} ${depth}`;
    });
    expect(facts).toEqual([
      "early: deploy 1",
      "lock: starting 2",
      "pack: build 3",
      "build: updating 2",
      "link: publishing 2",
      "cleanup: finishing 2",
      "notify: deploy 1",
      "unlock: deploy 1",
    ]);
  });

  it("belong to the flow, also those hooked onto it", () => {
    const plan = planFor(deploy(), ["deploy"], hosts("h1"));
    expect(new Set(steps(plan).map((step) => step.flow))).toEqual(new Set(["deploy"]));
    expect(planFor(deploy(), ["build"], hosts("h1")).sections[0]?.flow).toBeUndefined();
  });

  it("are numbered across sections", () => {
    const plan = planFor(deploy(), ["deploy"], hosts("h1"));
    expect(steps(plan).map((step) => step.index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(plan.sections.map((section) => section.index)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("that were asked for belong to nothing", () => {
    const plan = planFor(deploy(), ["build"], hosts("h1"));
    expect(plan.scopes[steps(plan)[1]?.scope ?? -1]).toMatchObject({ task: "build", parent: undefined, depth: 0 });
  });
});

describe("sections", () => {
  it("are named after the stage; hooks of the flow after when they run", () => {
    const plan = planFor(deploy(), ["deploy"], hosts("h1"));
    expect(plan.sections.map((section) => section.stage)).toEqual([
      "before deploy",
      "starting",
      "updating",
      "publishing",
      "finishing",
      "after deploy",
    ]);
    const locked = tiny({ tasks: "x unlock", flows: { deploy: "x" }, hooks: ["always deploy unlock"] });
    expect(planFor(locked, ["deploy"], hosts("h1")).sections.map(({ stage }) => stage)).toEqual(["x", "always: unlock"]);
    const [failed] = planHooks(locked, "onFailure", ["unlock"], hosts("h1"), "deploy").sections;
    expect(failed?.stage).toBe("on failure: unlock");
  });

  it("roll from the stage that the flow names to its last stage", () => {
    const plan = planFor(deploy(), ["deploy"], hosts("h1"));
    expect(plan.sections.filter((section) => section.rolling).map((section) => section.stage)).toEqual([
      "publishing",
      "finishing",
    ]);
  });

  it("of a flow inside a rolling stage roll with it", () => {
    const graph = tiny({
      tasks: "x",
      empty: "s t",
      flows: { inner: "s", outer: ">t" },
      hooks: ["after s x", "after t inner"],
    });
    expect(planFor(graph, ["outer"], hosts("h1")).sections).toMatchObject([{ stage: "s", flow: "inner", rolling: true }]);
  });
});

describe("scopes", () => {
  it("lead from a step to every task that watches over it", () => {
    const plan = planFor(deploy(), ["deploy"], hosts("h1"));
    const chain: string[] = [];
    let scope = plan.scopes[step(plan, "pack")?.scope ?? -1];
    for (; scope !== undefined; scope = scope.parent === undefined ? undefined : plan.scopes[scope.parent])
      chain.push(scope.task);
    expect(chain).toEqual(["pack", "build", "updating", "deploy"]);
  });

  it("span the steps of all that belongs to their task", () => {
    const plan = planFor(deploy(), ["deploy"], hosts("h1"));
    const spans = Object.fromEntries(plan.scopes.map(({ task, first, last }) => [task, [first, last]]));
    expect(spans).toMatchObject({ deploy: [0, 7], updating: [2, 3], build: [2, 3], pack: [2, 2], unlock: [7, 7] });
  });

  it("are empty for an empty task", () => {
    const plan = planFor(tiny({ empty: "a" }), ["a"], hosts("h1"));
    expect(plan.scopes).toMatchObject([{ task: "a", first: 0, last: -1 }]);
  });

  it("name their hooks for failure and for the end", () => {
    const plan = planFor(deploy(), ["deploy"], hosts("h1"));
    expect(plan.scopes.find(({ task }) => task === "deploy")).toMatchObject({
      onFailure: ["failed"],
      always: ["unlock"],
      flow: "deploy",
      parent: undefined,
    });
    expect(plan.scopes.find(({ task }) => task === "build")).toMatchObject({ onFailure: ["failed"], always: [] });
  });
});

describe("hosts of a task's own", () => {
  it("hold for the task asked for and all that belongs to it", () => {
    const graph = tiny({ tasks: "a b setup", hooks: ["before a setup", "before b setup"] });
    const own = new Map([
      ["a", ["h1"]],
      ["b", ["h1", "h2"]],
    ]);
    expect(show(planFor(graph, ["a", "b"], hosts("h1 h2"), { hostsOf: own }))).toBe("setup@h1 a@h1 | setup@h2 b");
  });

  it("do not make a once task run on a second host", () => {
    const graph = tiny({ tasks: { a: {}, b: {}, o: { once: "run" } }, hooks: ["before a o", "before b o"] });
    const own = new Map([
      ["a", ["h1"]],
      ["b", ["h2"]],
    ]);
    expect(show(planFor(graph, ["a", "b"], hosts("h1 h2"), { hostsOf: own }))).toBe("o@h1 | a@h1 | b@h2");
  });
});

describe("hosts of a task's own, once per role", () => {
  it("serve each role once", () => {
    const graph = tiny({
      tasks: { a: {}, b: {}, o: { once: "role", roles: ["web", "db"] } },
      hooks: ["before a o", "before b o"],
    });
    const own = new Map([
      ["a", ["h1"]],
      ["b", ["h2", "h3"]],
    ]);
    expect(show(planFor(graph, ["a", "b"], hosts("h1:web h2:web h3:db"), { hostsOf: own }))).toBe("o@h1 | a@h1 | o@h3 | b@h2,h3");
  });
});

describe("settings to prefetch", () => {
  it("are those of all tasks reached, each once", () => {
    const graph = tiny({
      tasks: { a: { prefetch: ["branch"] }, b: { prefetch: ["revision", "branch"] }, c: { prefetch: ["never"] } },
      hooks: ["before a b", "onFailure a c"],
    });
    expect(planFor(graph, ["a"], hosts("h1")).prefetch).toEqual(["branch", "revision"]);
  });
});

describe("the plan of failure hooks", () => {
  it("runs them one after another with their own hooks, in the flow that failed", () => {
    const graph = tiny({ tasks: "failed unlock report", hooks: ["before failed report", "onFailure failed failed"] });
    const plan = planHooks(graph, "onFailure", ["failed", "unlock"], hosts("h1 h2"), "deploy");
    expect(show(plan)).toBe("report failed | unlock");
    expect(step(plan, "failed")).toMatchObject({ flow: "deploy" });
  });

  it("starts a flow as a flow of its own", () => {
    const graph = tiny({ tasks: "x", empty: "s", flows: { rollback: "s" }, hooks: ["after s x"] });
    expect(step(planHooks(graph, "onFailure", ["rollback"], hosts("h1"), "deploy"), "x")?.flow).toBe("rollback");
  });
});

describe("a plan", () => {
  it("asked for by an alias has the task's own name", () => {
    expect(planFor(tiny({ tasks: { build: { aliases: ["b"] } } }), ["b"], hosts("h1")).tasks).toEqual(["build"]);
  });

  it("of an unknown task is a usage error with the closest name", () => {
    expect(() => planFor(tiny({ tasks: "build" }), ["biuld"], hosts("h1"))).toThrowError(
      expect.objectContaining({ code: "UNKNOWN_TASK", hint: expect.stringContaining('"build"') }),
    );
  });

  it("that multiplies without end is refused, naming where", () => {
    const tasks = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`t${at}`, { repeat: true }]));
    const hooks = Array.from({ length: 39 }, (_, at) => [`before t${at} t${at + 1}`, `after t${at} t${at + 1}`]).flat();
    expect(() => planFor(tiny({ tasks, hooks }), ["t0"], hosts("h1"))).toThrowError(
      expect.objectContaining({ code: "PLAN_TOO_LARGE" }),
    );
  });

  it("is frozen", () => {
    const plan = planFor(deploy(), ["deploy"], hosts("h1"));
    const parts = [
      plan,
      plan.hosts,
      plan.sections,
      plan.sections[0],
      plan.sections[0]?.steps,
      steps(plan)[0],
      steps(plan)[0]?.hosts,
      plan.scopes[0],
    ];
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
  });
});

describe("size", () => {
  it("plans and checks a chain of 10,000 before-hooks with 20,000 hooks across", () => {
    const graph = new TaskGraph();
    for (let at = 0; at < 10_000; at++) {
      graph.add({
        kind: "task",
        name: `t${at}`,
        options: {},
        body: true,
        stages: undefined,
        rollingFrom: undefined,
        where: undefined,
      });
      if (at > 0) graph.hook({ kind: "before", target: `t${at - 1}`, task: `t${at}`, where: undefined });
      for (const by of [3, 70]) graph.hook({ kind: "after", target: `t${at}`, task: `t${(at + by) % 10_000}`, where: undefined });
    }
    expect(findProblems(graph)[0]?.message).toMatch(/^Tasks lead in a circle: t0 -> /);
    expect(steps(planFor(graph, ["t0"], hosts("h1 h2")))).toHaveLength(10_000);
  });

  it("plans a fan of 30,000 hooks on one task", () => {
    const names = Array.from({ length: 30_000 }, (_, at) => `t${at}`);
    const graph = tiny({ tasks: `a ${names.join(" ")}`, hooks: names.map((name) => `before a ${name}`) });
    expect(findProblems(graph)).toEqual([]);
    const plan = planFor(graph, ["a"], hosts("h1"));
    expect(steps(plan)).toHaveLength(30_001);
    expect(steps(plan).at(-1)?.task.name).toBe("a");
  });
});

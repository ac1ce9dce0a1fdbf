import { describe, expect, it } from "vitest";
import { fill, messages, type Untyped } from "./fill.ts";

const body = (): void => undefined;

const CASES: readonly [title: string, deployfile: (app: Untyped) => unknown, message: string, hint: RegExp][] = [
  [
    "an option of the task on its hook",
    ({ task, after }) => after(task("a", body), task("b", body), { confirm: true }),
    'after: a hook has no option "confirm".',
    /options of the task/,
  ],
  [
    "a mistyped option of a hook",
    ({ task, after }) => after(task("a", body), task("b", body), { flow: ["f"] }),
    'after: a hook has no option "flow".',
    /"flows"/,
  ],
  [
    "flows of a hook that are a text",
    ({ task, before }) => before(task("a", body), task("b", body), { flows: "deploy" }),
    "before: flows is 'deploy'.",
    /flows: \["deploy"\]/,
  ],
  [
    "a hook for no flow",
    ({ task, always }) => always(task("a", body), task("b", body), { flows: [] }),
    "always: flows is an empty list.",
    /flows: \[/,
  ],
  [
    "a hook with a description",
    ({ task, after }) => after(task("a", body), task("b", body), "then"),
    "after: the options are 'then'.",
    /flows: \[/,
  ],
  [
    "a flow of a hook that is undefined",
    ({ task, after }) => after(task("a", body), task("b", body), { flows: [undefined] }),
    "after: flow 1 is undefined.",
    /Define the task first/,
  ],
];

it.each(CASES)("%s is named, with file and line", (_, deployfile, message, hint) => {
  const problems = fill(deployfile).problems();
  expect(problems.map((problem) => problem.message)).toEqual([message]);
  expect(problems[0]?.hint ?? "").toMatch(hint);
  expect(problems[0]?.where?.file).toBe("deployfile.ts");
});

it("the flows of a hook are given by handle or by name", () => {
  const sealed = fill(({ task, flow, after }) => {
    const stage = task("s", {});
    const deploy = flow("deploy", [stage]);
    flow("rollback", [stage]);
    after(stage, task("x", body), { flows: [deploy, "rollback"] });
    after(stage, task("y", body), {});
  });
  expect(messages(sealed)).toEqual([]);
  expect(sealed.graph.hookedOnto("s").after).toEqual([
    { task: "x", flows: ["deploy", "rollback"] },
    { task: "y", flows: undefined },
  ]);
});

describe("warnings", () => {
  it("tell of a role that does not exist", () => {
    const sealed = fill(({ role, task }) => {
      role("web", []);
      task("a", { roles: ["wbe", "web"] }, body);
      task("b", { roles: "database" }, body);
    });
    expect(sealed.warnings()).toMatchObject([
      {
        message: 'Task "a" is for the role "wbe", which does not exist.',
        hint: 'Did you mean roles: "web"?',
        where: { line: 2 },
      },
      { message: 'Task "b" is for the role "database", which does not exist.', hint: "It runs on no host." },
    ]);
    expect(messages(sealed)).toEqual([]);
  });

  it("tell of a hook that was added twice", () => {
    const sealed = fill((app) => {
      const [a, b] = [app.task("a", body), app.task("b", body)];
      app.after(a, b);
      app.after(a, b);
    });
    expect(sealed.warnings()).toMatchObject([{ where: { line: 4 } }]);
  });

  it("say what is wrong with the place of a hook", () => {
    const sealed = fill(({ task, after }) => after(task("a", body), task("b", body), { last: "yes" as never }));
    expect(messages(sealed)).toEqual(["after: last is 'yes'."]);
  });
});

describe("a hook", () => {
  it("runs behind the others of its kind where it is to be the last", () => {
    const sealed = fill((app) => {
      const target = app.task("target", body);
      app.after(target, app.task("check", body), { last: true });
      app.before(target, app.task("first", body), { last: true });
      app.after(target, app.task("restart", body));
      app.before(target, app.task("zeroth", body));
    });
    expect(sealed.graph.hooksOf("target")).toMatchObject({ before: ["zeroth", "first"], after: ["restart", "check"] });
  });
});

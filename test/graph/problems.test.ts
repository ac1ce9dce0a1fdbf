import { describe, expect, it } from "vitest";
import { findProblems } from "../../src/graph/problems.ts";
import type { TaskOptions } from "../../src/graph/task.ts";
import { type Tiny, tiny } from "./tiny.ts";

interface Case extends Tiny {
  readonly title: string;
  readonly reserved?: readonly string[];
  /** Each problem as "message @line", its hint left out. */
  readonly problems: readonly string[];
}

const CASES: readonly Case[] = [
  {
    title: "a sound graph has none",
    tasks: "a b",
    empty: "s",
    flows: { f: "s" },
    hooks: ["before s a", "onFailure f b"],
    problems: [],
  },
  {
    title: "a hook onto an unknown task",
    tasks: "notify",
    hooks: ["after finished notify"],
    problems: ['after: there is no task "finished" to hook "notify" onto. @2'],
  },
  {
    title: "an unknown hook",
    tasks: "a",
    hooks: ["before a biuld"],
    problems: ['before: there is no task "biuld" to hook onto "a". @2'],
  },
  { title: "an unknown need", tasks: { a: { needs: ["x"] } }, problems: ['Task "a" needs "x", which does not exist. @1'] },
  { title: "an unknown stage", flows: { f: "s" }, problems: ['Flow "f" has the stage "s", which does not exist. @1'] },
  {
    title: "a circle of two hooks",
    tasks: "a b",
    hooks: ["before a b", "before b a"],
    problems: ["Tasks lead in a circle: a -> b -> a. @3"],
  },
  { title: "a hook on itself", tasks: "a", hooks: ["after a a"], problems: ["Tasks lead in a circle: a -> a. @2"] },
  {
    title: "a circle through needs, a hook and an alias",
    tasks: { a: { needs: ["bb"] }, b: { aliases: ["bb"] } },
    hooks: ["after b a"],
    problems: ["Tasks lead in a circle: a -> b -> a. @1"],
  },
  {
    title: "a flow hooked into itself",
    empty: "s",
    tasks: "x",
    flows: { f: "s" },
    hooks: ["after s x", "before x f"],
    problems: ["Tasks lead in a circle: x -> f -> s -> x. @5"],
  },
  {
    title: "an always-hook that leads back",
    tasks: "a b",
    hooks: ["after a b", "always b a"],
    problems: ["Tasks lead in a circle: a -> b -> a. @3"],
  },
  {
    title: "a failure hook that leads back is none",
    tasks: "a b",
    hooks: ["onFailure a b", "onFailure b a", "after b a"],
    problems: [],
  },
  {
    title: "the same hook on the failure of two tasks is none",
    tasks: "a b x",
    hooks: ["onFailure a x", "onFailure b x", "onFailure x x"],
    problems: [],
  },
  {
    title: "a task named like a verb",
    tasks: "init",
    reserved: ["init"],
    problems: ['A task cannot be named "init": that is a verb of the command line. @1'],
  },
  {
    title: "an alias that is a verb",
    tasks: { a: { aliases: ["init"] } },
    reserved: ["init"],
    problems: ['"init" cannot be an alias of "a": it is a verb of the command line. @1'],
  },
  {
    title: "an alias that is a task",
    tasks: { a: { aliases: ["b"] }, b: {} },
    problems: ['The alias "b" of "a" already means "b". @1'],
  },
  {
    title: "an alias of two tasks",
    tasks: { a: { aliases: ["x"] }, b: { aliases: ["x"] } },
    problems: ['The alias "x" of "b" already means "a". @2'],
  },
  { title: "an alias that cannot be typed", tasks: { a: { aliases: ["-x"] } }, problems: ['"-x" cannot be an alias of "a". @1'] },
  { title: "a flow without stages", flows: { f: "" }, problems: ['Flow "f" has no stages. @1'] },
  { title: "a stage named twice", empty: "s", flows: { f: "s s" }, problems: ['Flow "f" has the stage "s" twice. @2'] },
  {
    title: "a hook that is limited to a flow",
    tasks: "x",
    empty: "s",
    flows: { f: "s" },
    hooks: ["after s x f"],
    problems: [],
  },
  {
    title: "a hook that is limited to what is no flow",
    tasks: "x",
    empty: "s",
    flows: { deploy: "s" },
    hooks: ["after s x deploi,s"],
    problems: ['after: there is no flow "deploi" to limit "x" to. @4', 'after: "s" is a task and no flow to limit "x" to. @4'],
  },
  {
    title: "all of them at once",
    tasks: { a: { needs: ["nope"], parallel: 0 }, "b b": {} },
    hooks: ["after a nope", "before a a"],
    problems: [
      '"b b" cannot be the name of a task. @2',
      'Task "a": parallel must be a whole number of 1 or more, not 0. @1',
      'Task "a" needs "nope", which does not exist. @1',
      'after: there is no task "nope" to hook onto "a". @3',
      "Tasks lead in a circle: a -> a. @4",
    ],
  },
];

describe("problems", () => {
  it.each(CASES)("$title", ({ problems, reserved = [], ...graph }) => {
    const found = findProblems(tiny(graph), reserved);
    expect(found.map(({ message, where }) => `${message} @${where?.line}`)).toEqual(problems);
  });

  it("suggest the closest name, aliases included", () => {
    const graph = tiny({
      tasks: { "deploy:finished": {}, build: { aliases: ["compile"] } },
      hooks: ["after deploy:finishd build", "after build compiel"],
    });
    expect(findProblems(graph).map((problem) => problem.hint)).toEqual([
      'Did you mean "deploy:finished"?',
      'Did you mean "compile"?',
    ]);
  });

  it("say of a circle which links to cut, and where they are", () => {
    const graph = tiny({
      tasks: { a: { needs: ["b"] }, b: {}, c: {} },
      empty: "s",
      flows: { f: "s" },
      hooks: ["after b c", "always c s", "before s a"],
    });
    expect(findProblems(graph)[0]?.hint).toBe(
      "Take one of these out: a needs b (deployfile.ts:1); c runs after b (deployfile.ts:6); s runs always after c (deployfile.ts:7); a runs before s (deployfile.ts:8).",
    );
  });

  it("shorten a circle of hundreds", () => {
    const names = Array.from({ length: 300 }, (_, at) => `t${at}`);
    const graph = tiny({
      tasks: names.join(" "),
      hooks: names.map((name, at) => `before ${name} t${(at + 1) % 300}`),
    });
    const [problem] = findProblems(graph);
    expect(problem?.message).toBe(
      "Tasks lead in a circle: t0 -> t1 -> t2 -> t3 -> t4 -> t5 -> t6 -> t7 -> t8 -> t9 -> (289 more) -> t299 -> t0.",
    );
    expect(problem?.hint).toMatch(/; and 288 more\.$/);
  });

  it("fold what a recipe repeats into one problem with both places", () => {
    const graph = tiny({ tasks: "a b c d e" });
    const where = { file: "deployfile.ts", line: 9 };
    const at5 = { file: "deployfile.ts", line: 5 };
    for (const task of graph.tasks()) graph.replace({ ...task, where: at5 });
    for (const task of graph.tasks()) graph.add({ ...task, where });
    expect(findProblems(graph)).toMatchObject([
      { message: 'Tasks "a", "b", "c" and 2 more are defined twice, first at deployfile.ts:5.', where },
    ]);
  });

  it("name both places of a task that is defined twice, and keep the first", () => {
    const graph = tiny({ tasks: "a" });
    graph.add({ ...graph.get("a"), body: "second", where: { file: "more.ts", line: 3 } });
    expect(findProblems(graph)).toMatchObject([
      { message: 'Task "a" is defined twice, first at deployfile.ts:1.', where: { file: "more.ts", line: 3 } },
    ]);
    expect(graph.get("a").body).toBe("body of a");
  });

  it("tell that there was nothing to replace", () => {
    const graph = tiny({ tasks: "check" });
    graph.replace({ ...graph.get("check"), name: "chek" });
    expect(findProblems(graph)).toMatchObject([
      { message: 'replace: there is no task "chek" at that point.', hint: 'Did you mean "check"?' },
    ]);
  });
});

describe("names", () => {
  it.each(["a", "deploy", "deploy:check", "a-b_c9", "A:b:c", "symlink:linked-files"])("%s is one", (name) => {
    expect(findProblems(tiny({ tasks: { [name]: {} } }))).toEqual([]);
  });

  it.each(["", " ", "9a", "-a", "a b", "a:", ":a", "a::b", "a:9", "a/b", "a.b", "é", "a\n", "a=b", "__proto__"])(
    "%j is none",
    (name) => {
      const graph = tiny({ tasks: {} });
      graph.add({ kind: "task", name, options: {}, body: "x", stages: undefined, rollingFrom: undefined, where: undefined });
      expect(findProblems(graph)).toMatchObject([{ message: `${JSON.stringify(name)} cannot be the name of a task.` }]);
    },
  );
});

/** What is said of one option of a task with a body. */
const OPTIONS: readonly [options: { readonly [key: string]: unknown }, message: string | undefined][] = [
  [
    {
      desc: "x",
      roles: "web",
      parallel: 1,
      retry: 0,
      timeout: "5m",
      confirm: true,
      hidden: true,
      prefetch: ["branch"],
      hosts: ["h1"],
    },
    undefined,
  ],
  [{ roles: ["web", "db"], once: "role", timeout: 1 }, undefined],
  [{ local: true, once: "run", barrier: true }, undefined],
  [{ desc: undefined, parallel: undefined }, undefined],
  [{ desc: 5 }, "desc must be a text, not 5."],
  [{ roles: [] }, "roles must be the name of a role, or a list of them, not []."],
  [{ roles: [""] }, "roles must be the name of a role, or a list of them, not [ '' ]."],
  [{ once: true }, 'once must be "run" or "role", not true.'],
  [{ once: "role" }, 'once: "role" needs roles to choose a host of.'],
  [{ local: "yes" }, "local must be true or false, not 'yes'."],
  [{ needs: "build" }, "needs must be a list of tasks, by handle or by name, not 'build'."],
  [{ needs: [undefined] }, "needs must be a list of tasks, by handle or by name, not [ undefined ]."],
  [{ aliases: "b" }, "aliases must be a list of texts, with at least one, not 'b'."],
  [{ parallel: 0 }, "parallel must be a whole number of 1 or more, not 0."],
  [{ parallel: 1, waitBetween: 0 }, 'waitBetween must be a number of milliseconds above 0, or a text such as "10s", not 0.'],
  [{ waitBetween: "10s" }, "waitBetween has no effect, because all hosts are in it at once: `parallel` says how many."],
  [{ parallel: 1.5 }, "parallel must be a whole number of 1 or more, not 1.5."],
  [{ parallel: Number.NaN }, "parallel must be a whole number of 1 or more, not NaN."],
  [{ retry: -1 }, "retry must be a whole number of 0 or more, not -1."],
  [{ retry: "3" }, "retry must be a whole number of 0 or more, not '3'."],
  [{ timeout: 0 }, 'timeout must be a number of milliseconds above 0, or a text such as "5m", not 0.'],
  [
    { timeout: Number.POSITIVE_INFINITY },
    'timeout must be a number of milliseconds above 0, or a text such as "5m", not Infinity.',
  ],
  [{ confirm: () => true }, "confirm must be a question, or true, not a function."],
  [{ prefetch: Promise.resolve([]) }, "prefetch must be a list of settings, not a promise."],
  [{ sets: { branch: "main" } }, "sets must be a function of the arguments, not { branch: 'main' }."],
  [{ hosts: [] }, "hosts must be a list of texts, with at least one, not []."],
  [{ local: true, roles: "web" }, "roles has no effect, because a local task runs once, on no host."],
  [{ local: true, parallel: 2 }, "parallel has no effect, because a local task runs once, on no host."],
  [{ once: "run", leaderFirst: true }, "leaderFirst has no effect, because the task runs on one host only."],
];

describe("options", () => {
  it.each(OPTIONS)("%j: %s", (options, message) => {
    const expected = message === undefined ? [] : [`Task "a": ${message}`];
    const graph = tiny({ tasks: { a: options as TaskOptions } });
    expect(findProblems(graph).map((problem) => problem.message)).toEqual(expected);
  });

  it("that are unknown come with the one that was meant", () => {
    const options = { role: "web", toString: 1 } as unknown as TaskOptions;
    expect(findProblems(tiny({ tasks: { a: options } }))).toMatchObject([
      { message: 'Task "a" has the unknown option "role".', hint: 'Did you mean "roles"?' },
      { message: 'Task "a" has the unknown option "toString".', hint: expect.stringMatching(/^Options are: desc, /) },
    ]);
  });

  it("about a body have no effect on a task without one", () => {
    const problems = findProblems(tiny({ empty: { s: { parallel: 2, roles: "web", repeat: true, desc: "x" } } }));
    expect(problems.map((problem) => problem.message)).toEqual([
      'Task "s": roles has no effect, because the task has no body.',
      'Task "s": parallel has no effect, because the task has no body.',
    ]);
  });

  it("of a flow: it rolls from one of its stages", () => {
    const graph = tiny({ empty: "s t", flows: { f: "s t" } });
    graph.replace({ ...graph.get("f"), rollingFrom: "x" });
    expect(findProblems(graph)).toMatchObject([{ message: 'Flow "f" rolls from "x", which is none of its stages (s, t).' }]);
  });
});

import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fact, setting } from "../../src/env/declare.ts";
import { fill, messages, type Untyped } from "./fill.ts";

const body = (): void => undefined;
const late = Promise.resolve(1);

/** What is said, and of the hint the part that helps. */
const CASES: readonly [title: string, deployfile: (app: Untyped) => unknown, message: string, hint: RegExp][] = [
  [
    "a body that was called",
    ({ task }) => task("a", "Desc", late),
    'Task "a": its body is a promise.',
    /without calling it: task\("a", async/,
  ],
  [
    "a body that is undefined",
    ({ task }) => task("a", "Desc", undefined),
    'Task "a": its body is undefined.',
    /is a function of the task context/,
  ],
  ["a body that is text", ({ task }) => task("a", {}, "ls"), "Task \"a\": its body is 'ls'.", /is a function/],
  ["a name alone", ({ task }) => task("a"), 'Task "a": its body is undefined.', /is a function/],
  ["a task without a name", ({ task }) => task(body), "task: the name is a function.", /comes first/],
  ["two bodies", ({ task }) => task("a", { commands: () => [] }, body), 'Task "a": it has two bodies.', /not both/],
  ["commands that are a list", ({ task }) => task("a", { commands: [] }), 'Task "a": commands is a list.', /must be a function/],
  [
    "receive without commands",
    ({ task }) => task("a", { receive: body }, body),
    'Task "a": receive has no effect without `commands`.',
    /^$/,
  ],
  [
    "args that are no schema",
    ({ task }) => task("a", { args: { to: "text" } }, body),
    'Task "a": args is an object.',
    /zod object/,
  ],
  [
    "args that are no zod object",
    ({ task }) => task("a", { args: z.string() }, body),
    'Task "a": args is an object.',
    /zod object/,
  ],
  [
    "a timeout in words",
    ({ task }) => task("a", { timeout: "5 minutes" }, body),
    'Task "a": timeout: "5 minutes" is not a duration.',
    /"5m"/,
  ],
  [
    "a timeout of no length",
    ({ task }) => task("a", { timeout: 0 }, body),
    'Task "a": timeout must be a number of milliseconds above 0, or a text such as "5m", not 0.',
    /^$/,
  ],
  ["an unknown option", ({ task }) => task("a", { role: "web" }, body), 'Task "a" has the unknown option "role".', /"roles"/],
  [
    "a verb whose description is misspelt",
    ({ verb }) => verb("ship", { decs: "Ships.", run: body }),
    "verb 'ship': it takes no \"decs\".",
    /Did you mean "desc"/,
  ],
  [
    "an option whose setting is misspelt",
    ({ option }) => option("ship", { desc: "Ships.", seting: "ship" }),
    "option 'ship': it takes no \"seting\".",
    /Did you mean "setting"/,
  ],
  [
    "a check of doctor whose command is misspelt",
    ({ doctor }) => doctor({ comand: body, judge: body }),
    'doctor: it takes no "comand".',
    /Did you mean "command"/,
  ],
  [
    "a setting whose description is misspelt",
    ({ settings }) => settings({ ship: setting(z.string(), { decs: "Ships." } as never) }),
    'settings: "ship": a setting takes no "decs".',
    /Did you mean "desc"/,
  ],
  [
    "two recipes in one use",
    ({ use }) =>
      use(
        () => ({}),
        () => ({}),
      ),
    "use: a function follows what it takes, and would be ignored.",
    /a second recipe has a use\(\.\.\.\) of its own/,
  ],
  [
    "a hook on nothing",
    ({ task, after }) => after(undefined, task("a", body)),
    "after: the target is undefined.",
    /Define the task first/,
  ],
  [
    "a hook that is a function",
    ({ task, before }) => before(task("a", body), body),
    "before: the hook is a function.",
    /Make it a task: task\("name"/,
  ],
  ["a hook that is a promise", ({ task, always }) => always(task("a", body), late), "always: the hook is a promise.", /handle/],
  [
    "a hook on all handles",
    ({ task, onFailure }) => onFailure({ a: task("a", body) }, "a"),
    "onFailure: the target is an object.",
    /handle/,
  ],
  ["stages that are no list", ({ flow }) => flow("f", "starting"), "Flow \"f\": its stages are 'starting'.", /list of tasks/],
  ["stages that are promised", ({ flow }) => flow("f", late), 'Flow "f": its stages are a promise.', /list of tasks/],
  [
    "a stage that is undefined",
    ({ flow, task }) => flow("f", [task("s", {}), undefined]),
    'flow "f": stage 2 is undefined.',
    /Define the task first/,
  ],
  [
    "a flow with a body",
    ({ flow, task }) => flow("f", [task("s", {})], { commands: () => [] }),
    'Flow "f": it has a body.',
    /hook tasks onto them/,
  ],
  [
    "a flow with the wrong option",
    ({ flow, task }) => flow("f", [task("s", {})], { rollingfrom: "s" }),
    'Flow "f" has the unknown option "rollingfrom".',
    /Options are/,
  ],
  ["replacing nothing", ({ replace }) => replace(undefined, body), "replace: the task is undefined.", /Define the task first/],
  [
    "settings one by one",
    ({ env }) => env.set("branch", "main"),
    "env.set: the values are 'branch'.",
    /env\.set\(\{ branch: \.\.\. \}\)/,
  ],
  [
    "settings that are promised",
    ({ env }) => env.set(late),
    "env.set: the values are a promise.",
    /env\.set\(\{ key: value \}\)/,
  ],
  [
    "a setting that is promised",
    ({ env }) => env.set({ branch: late }),
    'The setting "branch" is a promise.',
    /branch: async \(\) =>/,
  ],
  ["a setting with a reserved name", ({ env }) => env.set({ get: 1 }), '"get" cannot be a setting.', /another one/],
  [
    "a setting that would be a prototype",
    ({ env }) => env.set(JSON.parse('{"__proto__": {"polluted": true}}')),
    '"__proto__" cannot be a setting.',
    /another one/,
  ],
  ["a setting nobody can type", ({ env }) => env.set({ "a b": 1 }), '"a b" cannot be the key of a setting.', /Letters/],
  ["hosts as a setting", ({ env }) => env.set({ hosts: ["h1"] }), '"hosts" cannot be a setting.', /another one/],
  [
    "an env that could be awaited",
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested
    ({ role }) => role("web", { hosts: [], then: 1 }),
    'Role "web": "then" cannot be a setting.',
    /another one/,
  ],
  [
    "a reserved name in a role",
    ({ role }) => role("web", { hosts: [], host: "h1" }),
    'Role "web": "host" cannot be a setting.',
    /another one/,
  ],
  [
    "a role's promised setting",
    ({ role }) => role("web", { hosts: [], branch: late }),
    'Role "web": The setting "branch" is a promise.',
    /branch: async/,
  ],
  [
    "a role without hosts",
    ({ role }) => role("web", { branch: "x" }),
    'Role "web": its hosts are undefined.',
    /role\("web", \{ hosts: \[/,
  ],
  ["a role of one text", ({ role }) => role("web", "h1"), "Role \"web\": it is 'h1'.", /role\("web", \{ hosts: \[/],
  ["a role that is promised", ({ role }) => role("web", late), 'Role "web": it is a promise.', /may also be a function/],
  [
    "a role's promised hosts",
    ({ role }) => role("web", { hosts: late }),
    'Role "web": its hosts are a promise.',
    /may also be a function/,
  ],
  ["a role with a comma", ({ role }) => role("a,b", []), '"a,b" cannot be the name of a role.', /after -R/],
  ["a role with a dash in front", ({ role }) => role("-x", []), '"-x" cannot be the name of a role.', /after -R/],
  [
    "a role defined twice",
    ({ role }) => [role("web", []), role("web", ["h1"])],
    'Role "web" is defined twice, first at deployfile.ts:1.',
    /one place/,
  ],
  ["a host that is nothing", ({ host }) => host(undefined, {}), "host: the host is undefined.", /host\("app1/],
  ["a host with settings that are none", ({ host }) => host("h1", "web"), "host: the settings are 'web'.", /host\("app1/],
  ["a host's reserved name", ({ host }) => host("h1", { has: 1 }), '"has" cannot be a setting.', /another one/],
  [
    "a declaration that is a schema",
    ({ settings }) => settings({ a: z.string() }),
    'settings: the declaration of "a" is an object.',
    /setting\(schema/,
  ],
  ["declarations that are none", ({ settings }) => settings(late), "settings: the declarations are a promise.", /setting\(/],
  [
    "a declaration with a reserved name",
    ({ settings }) => settings({ hosts: fact("Hosts") }),
    '"hosts" cannot be a setting: that name means something else on the env.',
    /^$/,
  ],
  [
    "a declaration of what an env can do",
    ({ settings }) => settings({ get: fact("Get") }),
    '"get" cannot be a setting: that name means something else on the env.',
    /^$/,
  ],
  [
    "a recipe that was not made",
    ({ use }) => use(() => () => ({})),
    "use: a recipe gives a function instead of handles.",
    /Call it to get the recipe/,
  ],
  ["a recipe that is undefined", ({ use }) => use(undefined), "use: the recipe is undefined.", /use\(deploy\(\)\)/],
  ["a recipe that is promised", ({ use }) => use(late), "use: the recipe is a promise.", /import it/],
  [
    "a recipe that is async",
    ({ use }) => use(async () => Promise.reject(new Error("later"))),
    "use: a recipe is async.",
    /settings with a function/,
  ],
];

describe("misuse is named", () => {
  it.each(CASES)("%s", (_, deployfile, message, hint) => {
    const problems = fill(deployfile).problems();
    expect(problems.map((problem) => problem.message)).toEqual([message]);
    expect(problems[0]?.hint ?? "").toMatch(hint);
    expect(problems[0]?.where?.file).toBe("deployfile.ts");
  });
});

describe("problems", () => {
  it("come all at once, those of the graph last", () => {
    const sealed = fill(({ env, role, task, after }: Untyped) => {
      env.set({ get: 1 });
      role("web", "h1");
      after("finishd", task("init", { parallel: 0 }, late));
    });
    expect(messages(sealed, ["init"])).toEqual([
      '"get" cannot be a setting.',
      "Role \"web\": it is 'h1'.",
      'Task "init": its body is a promise.',
      'A task cannot be named "init": that is a verb of the command line.',
      'Task "init": parallel must be a whole number of 1 or more, not 0.',
      'after: there is no task "finishd" to hook "init" onto.',
    ]);
  });

  it("of a key that two recipes declare name both", () => {
    const sealed = fill(({ use, settings }: Untyped) => {
      use(function first({ settings }: Untyped) {
        settings({ region: fact("Region"), a: fact("A") });
      });
      use(function second({ settings }: Untyped) {
        settings({ region: setting(z.string(), { desc: "Region" }) });
      });
      settings({ a: fact("A") });
    });
    expect(messages(sealed)).toEqual([
      'The setting "region" is declared twice: by the recipe second, and first by the recipe first at deployfile.ts:1.',
      'The setting "a" is declared twice: by the deployfile, and first by the recipe first at deployfile.ts:1.',
    ]);
    expect(sealed.declarations.get("region")?.recipe).toBe("first");
  });
});

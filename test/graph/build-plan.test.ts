import { describe, expect, it } from "vitest";
import { planFor } from "../../src/graph/build-plan.ts";
import { hosts, show, type Tiny, tiny } from "./tiny.ts";

interface Case extends Tiny {
  readonly title: string;
  readonly ask: string;
  readonly on?: string;
  readonly plan: string;
}

const ORDER: readonly Case[] = [
  { title: "a task alone is one step", tasks: "a", ask: "a", plan: "a" },
  {
    title: "hooks run in order of registration",
    tasks: "a b c d e",
    hooks: ["before a c", "after a e", "before a b", "after a d"],
    ask: "a",
    plan: "c b a e d",
  },
  { title: "hooks have hooks", tasks: "a b c d", hooks: ["before a b", "before b c", "after b d"], ask: "a", plan: "c b d a" },
  {
    title: "needs run before the before-hooks",
    tasks: { a: { needs: ["n"] }, n: {}, b: {} },
    hooks: ["before a b"],
    ask: "a",
    plan: "n b a",
  },
  { title: "a need may be an alias", tasks: { a: { needs: ["nn"] }, n: { aliases: ["nn"] } }, ask: "a", plan: "n a" },
  {
    title: "always-hooks end the scope of their target",
    tasks: "a b c d",
    hooks: ["always a d", "after a b", "after b c"],
    ask: "a",
    plan: "a b c d",
  },
  {
    title: "always-hooks of an inner task run before those of an outer one",
    tasks: "a b x y",
    hooks: ["after a b", "always a y", "always b x"],
    ask: "a",
    plan: "a b x y",
  },
  { title: "failure hooks are not planned", tasks: "a b", hooks: ["onFailure a b"], ask: "a", plan: "a" },
  {
    title: "a task that two others need runs once",
    tasks: { a: { needs: ["b", "c"] }, b: { needs: ["d"] }, c: { needs: ["d"] }, d: {} },
    ask: "a",
    plan: "d b c a",
  },
  { title: "a hook added twice runs once", tasks: "a b", hooks: ["after a b", "after a b"], ask: "a", plan: "a b" },
  {
    title: "a repeating hook added twice runs twice",
    tasks: { a: {}, b: { repeat: true } },
    hooks: ["after a b", "after a b"],
    ask: "a",
    plan: "a b b",
  },
  {
    title: "a repeating task runs each time it is reached",
    tasks: { a: {}, b: {}, log: { repeat: true } },
    hooks: ["before a b", "after a log", "after b log"],
    ask: "a",
    plan: "b log a log",
  },
  {
    title: "a task that repeats itself does not repeat its hooks",
    tasks: { a: {}, b: {}, log: { repeat: true }, x: {} },
    hooks: ["before a b", "after a log", "after b log", "after log x"],
    ask: "a",
    plan: "b log x a log",
  },
  {
    title: "an empty task is the place of its hooks",
    tasks: "b c",
    empty: "a",
    hooks: ["before a b", "after a c"],
    ask: "a",
    plan: "b c",
  },
  { title: "an empty task without hooks does nothing", empty: "a", ask: "a", plan: "" },
];

const PLACES: readonly Case[] = [
  { title: "roles filter the hosts", tasks: { a: { roles: "db" } }, ask: "a", on: "h1:web h2:db h3:web,db", plan: "a@h2,h3" },
  {
    title: "several roles are a union",
    tasks: { a: { roles: ["db", "job"] } },
    ask: "a",
    on: "h1:web h2:db h3:job",
    plan: "a@h2,h3",
  },
  { title: "a role that no host has leaves nothing to do", tasks: { a: { roles: "db" } }, ask: "a", on: "h1:web", plan: "" },
  {
    title: "hooks have the hosts of their own roles",
    tasks: { a: { roles: "db" }, b: {} },
    hooks: ["after a b"],
    ask: "a",
    on: "h1:web h2:db",
    plan: "a@h2 b",
  },
  {
    title: "once is the first matching host as selected",
    tasks: { a: { roles: "db", once: "run" } },
    ask: "a",
    on: "h1:web h3:db h2:db",
    plan: "a@h3",
  },
  {
    title: "once per role is the first host of each",
    tasks: { a: { roles: ["web", "db"], once: "role" } },
    ask: "a",
    on: "h1:web h2:web h3:db h4:db",
    plan: "a@h1,h3",
  },
  {
    title: "once per role is one host where it is first in both",
    tasks: { a: { roles: ["web", "db"], once: "role" } },
    ask: "a",
    on: "h1:web,db h2:db",
    plan: "a@h1",
  },
  { title: "a local task has no hosts", tasks: { a: { local: true } }, ask: "a", plan: "a@local" },
  {
    title: "a local task runs without any host",
    tasks: { a: { local: true }, b: {} },
    hooks: ["after a b"],
    ask: "a",
    on: "",
    plan: "a@local",
  },
];

const BARRIERS: readonly Case[] = [
  {
    title: "neighbours have no barrier between them",
    tasks: "a b c",
    hooks: ["before a b", "after a c"],
    ask: "a",
    plan: "b a c",
  },
  {
    title: "a once task has a barrier on both sides",
    tasks: { a: {}, b: {}, o: { once: "run" }, c: {} },
    hooks: ["before a b", "after a o", "after a c"],
    ask: "a",
    on: "h1 h2",
    plan: "b a | o@h1 | c",
  },
  {
    title: "a local task has a barrier on both sides",
    tasks: { a: {}, l: { local: true }, c: {} },
    hooks: ["after a l", "after a c"],
    ask: "a",
    plan: "a | l@local | c",
  },
  {
    title: "a barrier task has a barrier on both sides",
    tasks: { a: { barrier: true }, b: {}, c: {} },
    hooks: ["before a b", "after a c"],
    ask: "a",
    plan: "b | a | c",
  },
  {
    title: "an empty barrier task parts its hooks",
    tasks: "b c",
    empty: { a: { barrier: true } },
    hooks: ["before a b", "after a c"],
    ask: "a",
    plan: "b | c",
  },
  {
    title: "the leader is the first host in sorted order",
    tasks: { a: {}, l: { leaderFirst: true }, c: {} },
    hooks: ["before a l", "after a c"],
    ask: "a",
    on: "h3 h1 h2",
    plan: "l@h1 | l@h3,h2 | a c",
  },
  { title: "a leader alone is one section", tasks: { l: { leaderFirst: true } }, ask: "l", on: "h1", plan: "l" },
  {
    title: "a task that no host runs makes no barrier",
    tasks: { a: {}, o: { once: "run", roles: "db" }, c: {} },
    hooks: ["after a o", "after a c"],
    ask: "a",
    on: "h1:web",
    plan: "a c",
  },
  { title: "tasks asked for run one after another", tasks: "a b", ask: "b a", plan: "b | a" },
];

describe.each([
  ["order", ORDER],
  ["places", PLACES],
  ["barriers", BARRIERS],
])("the plan: %s", (_, cases) => {
  it.each(cases)("$title", ({ ask, on = "h1 h2", plan, ...graph }) => {
    expect(show(planFor(tiny(graph), ask.split(" "), hosts(on)))).toBe(plan);
  });
});

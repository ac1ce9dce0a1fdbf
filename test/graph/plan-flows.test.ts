import { describe, expect, it } from "vitest";
import { planFor } from "../../src/graph/build-plan.ts";
import { hosts, show, type Tiny, tiny } from "./tiny.ts";

interface Case extends Tiny {
  readonly title: string;
  readonly ask: string;
  readonly on?: string;
  readonly plan: string;
}

const CASES: readonly Case[] = [
  {
    title: "a hook that is limited to a flow runs in it",
    tasks: "x migrate",
    empty: "s",
    flows: { deploy: "s", rollback: "s" },
    hooks: ["after s x", "before x migrate deploy"],
    ask: "deploy",
    plan: "migrate x",
  },
  {
    title: "and not in another, nor where its target is asked for by itself",
    tasks: "x migrate",
    empty: "s",
    flows: { deploy: "s", rollback: "s" },
    hooks: ["after s x", "before x migrate deploy"],
    ask: "rollback x",
    plan: "x | x",
  },
  {
    title: "and with both flows asked for once",
    tasks: "x migrate",
    empty: "s",
    flows: { deploy: "s", rollback: "s" },
    hooks: ["after s x", "before x migrate deploy"],
    ask: "rollback deploy",
    plan: "x | migrate x",
  },
  {
    title: "of flows within each other the innermost counts",
    tasks: "x y z",
    empty: "s t",
    flows: { inner: "s", outer: "t" },
    hooks: ["after t inner", "after s x outer", "after s y inner", "after t z outer"],
    ask: "outer",
    plan: "y | z",
  },
  {
    title: "hooks of the flow itself, of its hooks, and those that always run are limited as well",
    tasks: "a b c d",
    empty: "s",
    flows: { deploy: "s", rollback: "s" },
    hooks: ["before rollback a deploy", "before rollback b rollback", "before b c deploy", "always s d deploy,rollback"],
    ask: "rollback",
    plan: "b | d",
  },
  {
    title: "the same hook for one flow and then for another is two",
    tasks: "x",
    empty: "s t",
    flows: { deploy: "s t", rollback: "s t", cleanup: "s t" },
    hooks: ["after s x deploy", "after s x rollback"],
    ask: "deploy rollback cleanup",
    plan: "x | x",
  },
  {
    title: "stages have barriers between them",
    tasks: "x y",
    empty: "s t",
    flows: { f: "s t" },
    hooks: ["after s x", "after t y"],
    ask: "f",
    plan: "x | y",
  },
  {
    title: "what hangs on a stage is inside it",
    tasks: "a b c y",
    empty: "s t",
    flows: { f: "s t" },
    hooks: ["before s a", "after s b", "after b c", "after t y"],
    ask: "f",
    plan: "a b c | y",
  },
  {
    title: "a barrier inside a stage splits it",
    tasks: { a: {}, p: { barrier: true }, b: {} },
    empty: "s",
    flows: { f: "s" },
    hooks: ["before s a", "after s p", "after s b"],
    ask: "f",
    plan: "a | p | b",
  },
  {
    title: "hooks of the flow come before and after its stages",
    tasks: "b x y a z",
    empty: "s t",
    flows: { f: "s t" },
    hooks: ["before f b", "after f a", "after s x", "after t y", "always f z"],
    ask: "f",
    plan: "b | x | y | a z",
  },
  {
    title: "hooks of a flow without work keep their barrier",
    tasks: "b a",
    empty: "s",
    flows: { f: "s" },
    hooks: ["before f b", "after f a"],
    ask: "f",
    plan: "b | a",
  },
  {
    title: "a task runs once per flow, not once per stage",
    tasks: "x y",
    empty: "s t",
    flows: { f: "s t" },
    hooks: ["after s x", "after t x", "after t y"],
    ask: "f",
    plan: "x | y",
  },
  {
    title: "a flow asked for twice runs twice",
    tasks: "x",
    empty: "s",
    flows: { f: "s" },
    hooks: ["after s x"],
    ask: "f f",
    plan: "x | x",
  },
  { title: "a plain task asked for twice runs once", tasks: "a b", hooks: ["after a b"], ask: "a a b", plan: "a b" },
  {
    title: "a task of a flow runs again when it is asked for by itself",
    tasks: "x",
    empty: "s",
    flows: { f: "s" },
    hooks: ["after s x"],
    ask: "f x",
    plan: "x | x",
  },
  {
    title: "two flows have instances of their own",
    tasks: "x",
    empty: "s",
    flows: { f: "s", g: "s" },
    hooks: ["after s x"],
    ask: "f g",
    plan: "x | x",
  },
  {
    title: "a flow inside a flow has instances of its own",
    tasks: "x y",
    empty: "s t",
    flows: { f: "s", g: "t" },
    hooks: ["after s x", "after t x", "after t f", "after t y"],
    ask: "g",
    plan: "x | x | y",
  },
  {
    title: "a flow hooked onto two tasks of a flow runs once",
    tasks: "x",
    empty: "s t u",
    flows: { f: "s", g: "t u" },
    hooks: ["after s x", "after t f", "after u f"],
    ask: "g",
    plan: "x",
  },
];

describe("the plan of a flow", () => {
  it.each(CASES)("$title", ({ ask, on = "h1 h2", plan, ...graph }) => {
    expect(show(planFor(tiny(graph), ask.split(" "), hosts(on)))).toBe(plan);
  });
});

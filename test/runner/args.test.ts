/** `t.args` of tasks that are not named on the command line: hooks of every kind, needs, stages, and what functions execute. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { App } from "../../src/dsl/app.ts";
import { createTestRun } from "../../src/testing.ts";

type Schema = z.ZodObject;

/** How the task `it` comes to run when `go` does. */
const PLACES: Readonly<Record<string, (app: App) => unknown>> = {
  "a hook before": ({ task, before }) => [task("go", () => {}), before("go", "it")],
  "a hook after": ({ task, after }) => [task("go", () => {}), after("go", "it")],
  "a hook that always runs": ({ task, always }) => [task("go", () => {}), always("go", "it")],
  "a hook of a failure": ({ task, onFailure }) => [
    task("go", () => {
      throw new Error("no");
    }),
    onFailure("go", "it"),
  ],
  "a hook on a hook": ({ task, after }) => [
    task("go", () => {}),
    after(
      "go",
      task("x", () => {}),
    ),
    after("x", "it"),
  ],
  "a hook on a stage": ({ task, flow, after }) => [flow("go", [task("s", {})]), after("s", "it")],
  "a task that is needed": ({ task }) => task("go", { needs: ["it"] }, () => {}),
  "a stage": ({ flow }) => flow("go", ["it"]),
  "a task that is executed": ({ task }) => task("go", (t) => t.execute("it")),
  "a hook of what is executed": ({ task, after }) => [
    task("go", (t) => t.execute("x")),
    after(
      task("x", () => {}),
      "it",
    ),
  ],
};
const WHILE_IT_RUNS = Object.keys(PLACES).filter((place) => place.includes("executed"));

async function go(place: string, args: Schema, isText: boolean, given: Readonly<Record<string, unknown>> = {}) {
  const seen: unknown[] = [];
  const made = await createTestRun(
    (app) => {
      app.role("web", ["a", "b"]);
      const look = (t: { args: unknown }): void => void seen.push(t.args);
      if (isText) app.task("it", { args, commands: (t) => [look(t), t.cmd`true`].slice(1) as never });
      else app.task("it", { args }, look);
      PLACES[place]?.(app as App);
      if (Object.keys(given).length > 0) app.replace("go", { args: z.object({ to: z.string() }) });
    },
    { all: true, tasks: ["go"], args: { go: given } },
  );
  return { seen, connects: made.of("hostConnecting").length, result: made.result };
}

describe.each(Object.keys(PLACES))("the arguments of %s", (place) => {
  it.each([false, true])("are the defaults of its schema (text only: %s)", async (isText) => {
    const { seen } = await go(place, z.object({ to: z.string().default("x"), times: z.coerce.number().default(2) }), isText);
    expect(new Set(seen.map((args) => JSON.stringify(args)))).toEqual(new Set(['{"to":"x","times":2}']));
  });

  it("that it needs and nobody gives are missed before anything is contacted, or on the call", async () => {
    const run = go(place, z.object({ to: z.string() }), false);
    if (WHILE_IT_RUNS.includes(place)) {
      const { seen, result } = await run;
      expect(seen).toEqual([]);
      expect(result.failures[0]?.error.message).toMatch(/^"(it|x)", which "go" executes: Task "it": needs to:/);
      expect(result.failures[0]?.error.where).toMatch(/args\.test\.ts:\d+/);
      expect(result.failures[0]?.error.hint).toMatch(/^It runs .*: give them defaults in its schema/);
    } else {
      await expect(run).rejects.toThrow(
        /Task "it": needs to: .*\(.*args\.test\.ts:\d+\)\n +It runs (before|after|at the end of|with|after a failure of) "(go|x|s)"/s,
      );
    }
  });

  it("are those of the flow around it that it knows", async () => {
    const { seen } = await go(place, z.object({ to: z.string().default("x") }), false, { to: "y" });
    expect(seen[0]).toEqual({ to: place === "a hook on a stage" || place === "a stage" ? "y" : "x" });
  });
});

it("a flow that is a hook has the defaults of its arguments, and so have its steps", async () => {
  const seen: unknown[] = [];
  await createTestRun(
    ({ role, flow, task, after }) => {
      role("web", ["a"]);
      flow("inner", [task("s", {})], { args: z.object({ to: z.string().default("x") }) });
      after(
        "s",
        task("it", (t) => void seen.push(t.args)),
      );
      after(
        task("go", () => {}),
        "inner",
      );
    },
    { all: true, tasks: ["go"] },
  );
  expect(seen).toEqual([{ to: "x" }]);
});

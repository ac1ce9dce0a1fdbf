/** Time to plan 10,000 tasks with 30,000 hooks. Run with `npx esbuild bench/plan.ts --bundle --platform=node --format=esm | node --input-type=module`. */
import { planFor } from "../src/graph/build-plan.ts";
import type { HookKind, TaskOptions } from "../src/graph/task.ts";
import { createTaskGraph, type TaskGraph } from "../src/graph/task-graph.ts";

const TASKS = 10_000;
const HOOKS = 30_000;
const ROUNDS = 15;
const HOSTS = Array.from({ length: 10 }, (_, at) => ({ id: `app${at}`, roles: ["app"] }));

type Shape = (hook: (kind: HookKind, target: number, task: number) => void) => void;

const SHAPES: { readonly [name: string]: Shape } = {
  "one chain of before-hooks, plus 20,001 hooks across": (hook) => {
    for (let at = 1; at < TASKS; at++) hook("before", at - 1, at);
    for (let at = 0; at < HOOKS - TASKS + 1; at++) hook("after", at % (TASKS / 2), TASKS / 2 + ((at * 7) % (TASKS / 2)));
  },
  "a fan: 9,999 hooks on one task, 20,001 among the rest": (hook) => {
    for (let at = 1; at < TASKS; at++) hook("after", 0, at);
    for (let at = 0; at < HOOKS - TASKS + 1; at++) hook("before", 1 + (at % 4_000), 5_000 + ((at * 13) % 5_000));
  },
  "three hooks a task": (hook) => {
    for (let at = 0; at < HOOKS; at++) {
      const target = Math.floor(at / 3);
      const task = target * 3 + 1 + (at % 3);
      if (task < TASKS) hook(at % 2 === 0 ? "before" : "after", target, task);
      else hook("after", target % 3_000, 3_000 + ((at * 11) % 7_000));
    }
  },
};

function fill(shape: Shape): TaskGraph {
  const graph = createTaskGraph();
  const options: TaskOptions = { desc: "A task" };
  const rest = {
    kind: "task",
    options,
    body: () => undefined,
    stages: undefined,
    rollingFrom: undefined,
    where: undefined,
  } as const;
  for (let at = 0; at < TASKS; at++) graph.add({ ...rest, name: `task${at}` });
  shape((kind, target, task) => graph.hook({ kind, target: `task${target}`, task: `task${task}`, where: undefined }));
  return graph;
}

function measure(shape: Shape): { first: number; median: number; steps: number } {
  const times: number[] = [];
  let steps = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const graph = fill(shape);
    const problems = graph.problems(["init"]);
    const plan = planFor(graph, ["task0"], HOSTS);
    times.push(performance.now() - start);
    if (problems.length > 0) throw new Error(problems[0]?.message);
    steps = plan.sections.reduce((sum, section) => sum + section.steps.length, 0);
  }
  const sorted = times.toSorted((left, right) => left - right);
  return { first: times[0] ?? 0, median: sorted[Math.floor(ROUNDS / 2)] ?? 0, steps };
}

for (const [name, shape] of Object.entries(SHAPES)) {
  const { first, median, steps } = measure(shape);
  process.stdout.write(
    `${name}: ${steps} steps; first ${first.toFixed(0)} ms, median ${median.toFixed(0)} ms (register, check, plan)\n`,
  );
}

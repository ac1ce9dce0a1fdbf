/** Time to plan 10,000 tasks with 30,000 hooks. Run with `npx esbuild bench/plan.ts --bundle --platform=node --format=esm | node --input-type=module`. */
import { planFor } from "../src/graph/build-plan.ts";
import { findProblems } from "../src/graph/problems.ts";
import type { HookKind, TaskOptions } from "../src/graph/task.ts";
import { TaskGraph } from "../src/graph/task-graph.ts";

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
  const graph = new TaskGraph();
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

type Phase = "register" | "check" | "plan";
type Times = { readonly [P in Phase]: number };

/** CPU milliseconds: the machine may be doing other things. */
function measure(shape: Shape): { times: Times; steps: number } {
  let last = process.cpuUsage();
  const lap = (): number => {
    const { user, system } = process.cpuUsage(last);
    last = process.cpuUsage();
    return (user + system) / 1000;
  };
  const graph = fill(shape);
  const register = lap();
  const [problem] = findProblems(graph, ["init"]);
  const check = lap();
  const plan = planFor(graph, ["task0"], HOSTS);
  const times = { register, check, plan: lap() };
  if (problem !== undefined) throw new Error(problem.message);
  return { times, steps: plan.sections.reduce((sum, section) => sum + section.steps.length, 0) };
}

function describe(rounds: readonly Times[]): string {
  const phases = ["register", "check", "plan"] as const;
  return phases.map((phase) => `${phase} ${median(rounds.map((times) => times[phase])).toFixed(0)}`).join(", ");
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

for (const [name, shape] of Object.entries(SHAPES)) {
  const rounds = Array.from({ length: ROUNDS }, () => measure(shape));
  const times = rounds.map((round) => round.times);
  process.stdout.write(
    `${name} (${rounds[0]?.steps} steps), CPU ms: first ${describe(times.slice(0, 1))}; median ${describe(times)}\n`,
  );
}

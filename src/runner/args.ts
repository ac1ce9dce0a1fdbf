import { formatLocation, type Problem } from "../errors.ts";
import type { Plan, Scope } from "../graph/plan.ts";
import { scopesOf } from "../graph/questions.ts";
import type { TaskGraph } from "../graph/task-graph.ts";

/**
 * What the schema of a task that was not named on the command line makes of the arguments of the flow around it: of those it takes the ones
 * that it knows. Undefined for a task without a schema.
 */
export type UnnamedArgs = (
  task: string,
  flow: string | undefined,
  ofFlow: unknown,
) => { readonly args: unknown; readonly problems: readonly Problem[] } | undefined;

/** Arguments of a run: those that tasks were given by name, and where the others come from. */
export interface ArgsOfRun {
  /** Validated arguments by name of the task. */
  readonly args: ReadonlyMap<string, unknown>;
  /** @default a task without arguments of its own has those of its flow */
  readonly unnamedArgs?: UnnamedArgs | undefined;
}

/** What `t.args` is: for a step without a schema, what its flow has. The same object for all hosts. */
export function createArgs({ args, unnamedArgs }: ArgsOfRun): (task: string, flow: string | undefined) => unknown {
  const known = new Map<string, unknown>();
  const argsOf = (task: string, flow: string | undefined): unknown => {
    if (args.has(task)) return args.get(task);
    const key = JSON.stringify([task, flow]);
    if (!known.has(key)) {
      const ofFlow = flow === undefined || flow === task ? {} : argsOf(flow, undefined);
      known.set(key, (unnamedArgs?.(task, flow, ofFlow) ?? { args: ofFlow }).args);
    }
    return known.get(key);
  };
  return argsOf;
}

/** Arguments that tasks need which come into a plan without being named, hooks of failures included: each task and place once. */
export function findMissingArgs(graph: TaskGraph, plan: Plan, given: ArgsOfRun): readonly Problem[] {
  const { args, unnamedArgs } = given;
  if (unnamedArgs === undefined) return [];
  const argsOf = createArgs(given);
  const problems = new Map<string, Problem>();
  for (const { part, scope, failed } of scopesOf(graph, plan)) {
    const { task } = scope;
    const flow = scope.flow === task ? undefined : scope.flow;
    if (args.has(task)) continue;
    const found = unnamedArgs(task, flow, flow === undefined ? {} : argsOf(flow, undefined))?.problems ?? [];
    if (found.length === 0) continue;
    const { words, where } = placeOf(graph, part, scope, failed);
    for (const { message, subject } of found) {
      const hint = `It runs ${words}, where nobody gives it arguments: give them defaults in its schema, or let the flow take them.`;
      problems.set(`${message} ${where === undefined ? "" : formatLocation(where)}`, { message, subject, where, hint });
    }
  }
  return [...problems.values()];
}

/** How a task comes into a plan, and where that was written. */
function placeOf(graph: TaskGraph, part: Plan, { task, parent }: Scope, failed: string | undefined) {
  const around = parent === undefined ? failed : part.scopes[parent]?.task;
  const own = graph.get(task).where;
  if (around === undefined) return { words: "here", where: own };
  const isOne = (ref: string, name: string): boolean => graph.find(ref)?.name === name;
  const hook = graph.hooks.find((candidate) => isOne(candidate.task, task) && isOne(candidate.target, around));
  if (hook === undefined) return { words: `with "${around}"`, where: graph.find(around)?.where ?? own };
  const words = { before: "before", after: "after", always: "at the end of", onFailure: "after a failure of" }[hook.kind];
  return { words: `${words} "${around}"`, where: hook.where };
}

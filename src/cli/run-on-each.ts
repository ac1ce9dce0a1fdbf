import type { Command } from "../command/command.ts";
import { ProblemsError } from "../errors.ts";
import type { Execution, Work } from "../execution/execution.ts";
import { planFor } from "../graph/build-plan.ts";
import { TaskGraph } from "../graph/task-graph.ts";
import type { SelectedHost } from "../hosts/select.ts";
import type { RunTarget } from "../prepare/target.ts";
import { findMissingArgs } from "../runner/args.ts";
import type { CommandBodyContext, TaskBody } from "../runner/context.ts";
import type { RunResult } from "../runner/result.ts";
import { forEachLimited } from "../semaphore.ts";

/** The hosts that something runs on, each by itself. */
export interface EachWork {
  readonly execution: Execution;
  readonly target: RunTarget;
  /** Most hosts at once. @default all */
  readonly parallel?: number | undefined;
  /** No run comes after these: each connection ends when its host is done. @default false */
  readonly last?: boolean | undefined;
}

export interface EachResult {
  readonly host: SelectedHost;
  readonly result: RunResult;
}

/**
 * Runs a task on each host by itself, over the connections of the execution: one that cannot be reached does not keep the others from
 * answering. For what looks at hosts; a run that changes them is one run.
 */
export async function runOnEach(
  { execution, target, parallel, last }: EachWork,
  graph: TaskGraph<TaskBody>,
  task: string,
  argsFor: (host: string) => unknown = () => undefined,
): Promise<readonly EachResult[]> {
  const results: EachResult[] = [];
  const all = target.hosts.map(({ host: { id, roles } }) => ({ id, roles }));
  await execution.confirm({ graph, plan: planFor(graph, [task], all) });
  // What they ask is asked once for all of them, as in one run.
  const answers: Work["answers"] = new Map();
  await forEachLimited([...target.hosts.entries()], parallel ?? target.hosts.length, async ([at, selected]) => {
    const { id, roles } = selected.host;
    const plan = planFor(graph, [task], [{ id, roles }]);
    const args = argsOfTask(target, task, argsFor(id));
    const missing = findMissingArgs(graph, plan, { args, unnamedArgs: target.unnamedArgs });
    if (missing.length > 0) throw new ProblemsError("USAGE", missing);
    const result = await execution.run({ plan, graph, target: { ...target, hosts: [selected] }, args, last, answers });
    results[at] = { host: selected, result };
  });
  return results;
}

/** By name of the task: those that were given, as its schema has them. */
function argsOfTask({ unnamedArgs }: RunTarget, task: string, given: unknown): ReadonlyMap<string, unknown> {
  if (given === undefined) return new Map();
  const { args, problems } = unnamedArgs(task, undefined, given) ?? { args: given, problems: [] };
  if (problems.length > 0) throw new ProblemsError("USAGE", problems);
  return new Map([[task, args]]);
}

/** 0 when all went well; the signal's when there was one. */
export function exitCodeOfEach(results: readonly EachResult[]): RunResult["exitCode"] {
  const interrupted = results.find(({ result }) => result.interrupted !== undefined);
  if (interrupted !== undefined) return interrupted.result.exitCode;
  const codes = results.map(({ result }) => result.exitCode);
  return codes.find((code) => code === 2) ?? (codes.every((code) => code === 0) ? 0 : 1);
}

/** What runs on a host. */
export type ToCommand = (t: CommandBodyContext) => Command;

/** Runs one command on each host, over the connections of this execution. */
export async function runCommand(toCommand: ToCommand, work: EachWork): Promise<readonly EachResult[]> {
  return await runOnEach(work, graphOfCommand(toCommand), "exec");
}

/** A task, `exec`, that is this command. */
export function graphOfCommand(toCommand: ToCommand): TaskGraph<TaskBody> {
  const graph = new TaskGraph<TaskBody>();
  const body: TaskBody = { kind: "commands", commands: (t: CommandBodyContext) => [toCommand(t)] };
  graph.add({ kind: "task", name: "exec", options: {}, body, stages: undefined, rollingFrom: undefined, where: undefined });
  return graph;
}

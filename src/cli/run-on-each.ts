import type { Command } from "../command/command.ts";
import type { VerbOutcome } from "../dsl/verb.ts";
import type { Execution } from "../execution/execution.ts";
import { planFor } from "../graph/build-plan.ts";
import { TaskGraph } from "../graph/task-graph.ts";
import type { SelectedHost } from "../hosts/select.ts";
import type { RunTarget } from "../prepare/target.ts";
import type { CommandBodyContext, TaskBody } from "../runner/context.ts";
import type { RunResult } from "../runner/result.ts";
import { forEachLimited } from "../semaphore.ts";
import type { Options } from "./argv/options.ts";
import { createOutcomes } from "./exec-outcomes.ts";
import { openExecution } from "./open-execution.ts";
import type { CliIo } from "./terminal/io.ts";

export interface EachWork {
  readonly execution: Execution;
  readonly graph: TaskGraph<TaskBody>;
  /** Name of the task. */
  readonly task: string;
  readonly target: RunTarget;
  /** Most hosts at once. @default all */
  readonly parallel?: number | undefined;
  /** No run comes after these: each connection ends when its host is done. @default false */
  readonly last?: boolean | undefined;
  readonly argsFor?: ((host: string) => unknown) | undefined;
}

export interface EachResult {
  readonly host: SelectedHost;
  readonly result: RunResult;
}

/**
 * Runs a task on each host by itself, over the connections of the execution: one that cannot be reached does not keep the others from
 * answering. For what looks at hosts; a run that changes them is one run.
 */
export async function runOnEach(work: EachWork): Promise<readonly EachResult[]> {
  const { execution, graph, task, target, last } = work;
  const results: EachResult[] = [];
  await forEachLimited([...target.hosts.entries()], work.parallel ?? target.hosts.length, async ([at, selected]) => {
    const { id, roles } = selected.host;
    const plan = planFor(graph, [task], [{ id, roles }]);
    const args = new Map([[task, work.argsFor?.(id) ?? {}]]);
    const result = await execution.run({ plan, graph, target: { ...target, hosts: [selected] }, args, last });
    results[at] = { host: selected, result };
  });
  return results;
}

/** 0 when all went well; the signal's when there was one. */
export function exitCodeOfEach(results: readonly EachResult[]): RunResult["exitCode"] {
  const interrupted = results.find(({ result }) => result.interrupted !== undefined);
  if (interrupted !== undefined) return interrupted.result.exitCode;
  const codes = results.map(({ result }) => result.exitCode);
  return codes.find((code) => code === 2) ?? (codes.every((code) => code === 0) ? 0 : 1);
}

export interface ExecWork {
  readonly options: Options;
  readonly target: RunTarget;
  toCommand(t: CommandBodyContext): Command;
}

export interface ExecResult {
  /** In the order of the hosts. */
  readonly outcomes: readonly VerbOutcome[];
  readonly results: readonly EachResult[];
}

/** Runs one command on each host of a target, by the same way as any task. */
export async function execCommand({ options, target, toCommand }: ExecWork, io: CliIo): Promise<ExecResult> {
  const outcomes = createOutcomes(target, io.stderr);
  const execution = openExecution(options, io, outcomes.hear);
  try {
    const results = await runCommand({ execution, target, parallel: options.parallel, toCommand, last: true });
    return { outcomes: outcomes.all(), results };
  } finally {
    await execution.close();
  }
}

/** Runs one command on each host, over the connections of this execution. */
export async function runCommand(
  work: Pick<EachWork, "execution" | "target" | "parallel" | "last"> & Pick<ExecWork, "toCommand">,
): Promise<readonly EachResult[]> {
  const graph = new TaskGraph<TaskBody>();
  const body: TaskBody = { kind: "commands", commands: (t: CommandBodyContext) => [work.toCommand(t)] };
  graph.add({ kind: "task", name: "exec", options: {}, body, stages: undefined, rollingFrom: undefined, where: undefined });
  return await runOnEach({ ...work, graph, task: "exec" });
}

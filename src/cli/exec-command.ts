import type { Command } from "../command/command.ts";
import { createTaskGraph } from "../graph/task-graph.ts";
import type { Target } from "../prepare/target.ts";
import type { CommandBodyContext, TaskBody } from "../runner/context.ts";
import type { Options } from "./argv/options.ts";
import { createOutcomes, type HostOutcome } from "./exec-outcomes.ts";
import { openExecution } from "./open-execution.ts";
import { printWarnings } from "./print-warnings.ts";
import { type EachResult, runOnEach } from "./run-on-each.ts";
import type { CliIo } from "./terminal/io.ts";

const TASK = "exec";

export interface ExecWork {
  readonly options: Options;
  readonly target: Target;
  toCommand(t: CommandBodyContext): Command;
}

export interface ExecResult {
  /** In the order of the hosts. */
  readonly outcomes: readonly HostOutcome[];
  readonly results: readonly EachResult[];
}

/** Runs one command on each host of a target, by the same way as any task. */
export async function execCommand({ options, target, toCommand }: ExecWork, io: CliIo): Promise<ExecResult> {
  const graph = createTaskGraph<TaskBody>();
  const body: TaskBody = { kind: "commands", commands: (t: CommandBodyContext) => [toCommand(t)] };
  graph.add({ kind: "task", name: TASK, options: {}, body, stages: undefined, rollingFrom: undefined, where: undefined });
  const outcomes = createOutcomes(
    target.hosts.map(({ host }) => host.id),
    (text) => printWarnings([{ message: text }], io.stderr),
  );
  const execution = openExecution(options, io, outcomes.reporter);
  try {
    const results = await runOnEach({ execution, graph, task: TASK, target, parallel: options.parallel });
    return { outcomes: outcomes.all(), results };
  } finally {
    await execution.close();
  }
}

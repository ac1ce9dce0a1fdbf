import type { Command } from "../command/command.ts";
import { TaskGraph } from "../graph/task-graph.ts";
import type { RunTarget } from "../prepare/target.ts";
import type { CommandBodyContext, TaskBody } from "../runner/context.ts";
import type { Options } from "./argv/options.ts";
import { createOutcomes, type HostOutcome, type Outcomes } from "./exec-outcomes.ts";
import { openExecution } from "./open-execution.ts";
import { printWarnings } from "./print-warnings.ts";
import { type EachResult, type EachWork, runOnEach } from "./run-on-each.ts";
import type { CliIo } from "./terminal/io.ts";

const TASK = "exec";

export interface ExecWork {
  readonly options: Options;
  readonly target: RunTarget;
  toCommand(t: CommandBodyContext): Command;
}

export interface ExecResult {
  /** In the order of the hosts. */
  readonly outcomes: readonly HostOutcome[];
  readonly results: readonly EachResult[];
}

/** Runs one command on each host of a target, by the same way as any task. */
export async function execCommand({ options, target, toCommand }: ExecWork, io: CliIo): Promise<ExecResult> {
  const outcomes = outcomesOf(target, io);
  const execution = openExecution(options, io, outcomes.hear);
  try {
    const results = await runCommand({ execution, target, parallel: options.parallel, toCommand, last: true });
    return { outcomes: outcomes.all(), results };
  } finally {
    await execution.close();
  }
}

/** What comes of a command; to be heard by the execution that runs it. */
export function outcomesOf({ hosts }: RunTarget, io: CliIo): Outcomes {
  return createOutcomes(
    hosts.map(({ host }) => host.id),
    (text) => printWarnings([{ message: text }], io.stderr),
  );
}

/** Runs one command on each host, over the connections of this execution. */
export async function runCommand(
  work: Pick<EachWork, "execution" | "target" | "parallel" | "last"> & Pick<ExecWork, "toCommand">,
): Promise<readonly EachResult[]> {
  const graph = new TaskGraph<TaskBody>();
  const body: TaskBody = { kind: "commands", commands: (t: CommandBodyContext) => [work.toCommand(t)] };
  graph.add({ kind: "task", name: TASK, options: {}, body, stages: undefined, rollingFrom: undefined, where: undefined });
  return await runOnEach({ ...work, graph, task: TASK });
}

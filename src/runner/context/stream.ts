import type { Command } from "../../command/command.ts";
import type { CommandResult } from "../../transport/transport.ts";
import { sendCommands } from "../machine/send.ts";
import type { TaskRun } from "./run.ts";

interface StreamOptions {
  /** Raw stdout goes here. */
  readonly stdout?: NodeJS.WritableStream | undefined;
  /** Also ends it, besides what ends the task. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs one command whose stdin or stdout is a file's content: none of it is shown. The outcome is in the result. */
export async function streamCommand(task: TaskRun, command: Command, options: StreamOptions): Promise<CommandResult> {
  const { kill } = task.limits;
  const signal = options.signal === undefined ? kill : AbortSignal.any([kill, options.signal]);
  const { stdout } = options;
  const [result] = await sendCommands(task.target, [command], { task: task.name, signal, stdout, mute: true });
  return result as CommandResult;
}

/** A file name nobody else uses. */
export function tempName({ run }: TaskRun): string {
  return `.fake-${run.runId}-${run.nextId()}`;
}

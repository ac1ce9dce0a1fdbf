/** What the verbs share that read and write files of a host. */
import type { Command } from "../../command/command.ts";
import { quote } from "../../command/quote.ts";
import { UsageError } from "../../errors.ts";
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

/**
 * A path on a host as one word of shell text that contains a slash: never taken for an option, `~/` is the home directory.
 * @throws UsageError when it is empty
 */
export function quotePath(path: string): string {
  if (typeof path !== "string" || path === "") {
    throw new UsageError("EMPTY_PATH", "A path on the host is empty.", { hint: "Look at the setting it was made from." });
  }
  if (path.startsWith("/")) return quote(path);
  if (path.startsWith("~/")) return `"$HOME"${quote(path.slice(1))}`;
  return quote(`./${path}`);
}

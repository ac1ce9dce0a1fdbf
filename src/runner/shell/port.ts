import type { Command } from "../../command/command.ts";
import type { CommandResult } from "../../transport/transport.ts";
import type { Running, TaskRun } from "../running.ts";
import { sendCommands } from "../send.ts";
import type { Session } from "../session.ts";

export interface PortExecOptions {
  /** Raw stdout goes here. */
  readonly stdout?: NodeJS.WritableStream | undefined;
  /** Also ends it, besides what ends the task. */
  readonly signal?: AbortSignal | undefined;
}

/** What the members of a shell need to reach their machine on behalf of one task. */
export interface Port {
  readonly running: Running;
  readonly session: Session;
  /** Runs commands in order; the outcome is in the results. */
  send(commands: readonly Command[]): Promise<readonly CommandResult[]>;
  /** Runs one command whose stdin or stdout is a file's content: none of it is shown. */
  transfer(command: Command, options: PortExecOptions): Promise<CommandResult>;
  /** Remembers work until it ends: a task is over when all that it started is. */
  track<T>(work: () => Promise<T>): Promise<T>;
  /** A file name nobody else uses. */
  tempName(): string;
}

export function createPort(running: Running, taskRun: TaskRun, session: Session): Port {
  const { kill, pending, item } = taskRun;
  const taskOf = (): string => item.step.task.name;
  return {
    running,
    session,
    send: (commands) => sendCommands(running, session, commands, { taskOf, signal: kill }),
    async transfer(command, options) {
      const signal = options.signal === undefined ? kill : AbortSignal.any([kill, options.signal]);
      const results = await sendCommands(running, session, [command], { taskOf, signal, stdout: options.stdout, mute: true });
      return results[0] as CommandResult;
    },
    track: pending.track,
    tempName: () => `.fake-${running.deps.runId}-${running.nextId()}`,
  };
}

import type { Command } from "../command/command.ts";
import { toError } from "../errors.ts";
import { isAccepted } from "../transport/command-result.ts";
import type { CommandResult } from "../transport/transport.ts";
import type { BuiltTask } from "./command-body.ts";
import { toCommandError } from "./command-error.ts";
import { createManifest, type ManifestOptions } from "./manifest.ts";
import type { Pass } from "./pass.ts";
import type { Running, TaskRun } from "./running.ts";
import { sendCommands } from "./send.ts";
import { createPending } from "./shell/pending.ts";
import { isSkip } from "./skip.ts";
import { createBodyContext, createTaskContext } from "./task-context.ts";
import { runUserCode } from "./user-code.ts";

export interface FlightOptions extends Pick<ManifestOptions, "onStarted" | "onEnded"> {
  /** Tells `receive` to stop. */
  readonly signal: AbortSignal;
  /** Kills what runs. */
  readonly kill: AbortSignal;
}

/**
 * Sends the commands of neighbouring tasks of one machine together and gives each task what came back for it.
 * Every task that began also ends; those after a failure do not begin. Never throws.
 */
export async function fly(running: Running, pass: Pass, tasks: readonly BuiltTask[], options: FlightOptions): Promise<void> {
  const { signal, kill, onStarted, onEnded } = options;
  const session = tasks[0]?.item.session ?? running.control;
  const commands = tasks.flatMap((task) => task.commands);
  const receive = async ({ item, body }: BuiltTask, results: readonly CommandResult[]): Promise<void> => {
    const taskRun: TaskRun = { pass, item, session, signal, kill, pending: createPending() };
    const context = createTaskContext(running, taskRun);
    await runUserCode(running, taskRun, () => body.receive?.(context as never, results)).catch(unlessSkipped);
  };
  const manifest = createManifest(tasks, { onStarted, onEnded, receive });
  const waits = watchWaits(signal);
  try {
    if (commands.length > 0) {
      await sendCommands(running, session, commands, {
        taskOf: (command) => tasks[manifest.ownerOf(command)]?.item.step.task.name ?? "",
        signal: AbortSignal.any([kill, waits.over]),
        onStarted(command) {
          waits.started(commands[command]);
          manifest.started(command);
        },
        onFinished: (command, result) => {
          const error = isAccepted(result) ? undefined : explain(running, pass, tasks[manifest.ownerOf(command)], result);
          manifest.finished(command, result, error);
        },
      });
    }
    manifest.close();
  } catch (error) {
    // The machine cannot be reached, or the run is being killed.
    manifest.fail(toError(error));
  }
  waits.end();
  await manifest.settled;
}

/** Ends a flight in the middle of a command that only waits, when the run is told to stop. */
function watchWaits(signal: AbortSignal): {
  readonly over: AbortSignal;
  started(command: Command | undefined): void;
  end(): void;
} {
  const over = new AbortController();
  let isWaiting = false;
  const look = (): void => {
    if (isWaiting && signal.aborted) over.abort(signal.reason);
  };
  signal.addEventListener("abort", look);
  return {
    over: over.signal,
    started(command) {
      isWaiting = command?.idle === true;
      look();
    },
    end: () => signal.removeEventListener("abort", look),
  };
}

/** Where the commands have run, nothing is left to skip but the reading. */
function unlessSkipped(thrown: unknown): void {
  if (!isSkip(thrown)) throw thrown;
}

/** What it means that a command failed: in the task's own words, where it has some. */
function explain(running: Running, pass: Pass, task: BuiltTask | undefined, result: CommandResult): Error {
  const error = toCommandError(result, task?.item.session.id ?? "", running.deps.redactor);
  if (task?.body.explain === undefined || result.exitCode === undefined) return error;
  try {
    return task.body.explain(createBodyContext(running, pass, task.item) as never, result) ?? error;
  } catch {
    return error;
  }
}

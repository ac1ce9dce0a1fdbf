import { InterruptedError, toError } from "../../errors.ts";
import { isAccepted } from "../../transport/command-result.ts";
import type { CommandResult } from "../../transport/transport.ts";
import { noteWork, type TaskRun } from "../context/run.ts";
import { createBodyContext, createTaskContext } from "../context/task-context.ts";
import { isSkip, runUserCode } from "../context/user-code.ts";
import { toFailure } from "../machine/command-report.ts";
import { sendCommands } from "../machine/send.ts";
import type { Flight, WrittenTask } from "./write-flight.ts";

/** What is told of the tasks of a flight. */
export interface FlightListener {
  /** In their order. */
  onStarted(task: TaskRun): void;
  /** Of every task that began. @param error why it failed */
  onEnded(task: TaskRun, error: Error | undefined): void;
}

/**
 * Sends the commands of a flight and gives each of its tasks what came back for it. Every task that began also ends; those
 * after a failure do not begin. Never throws.
 */
export async function fly({ tasks }: Flight, listener: FlightListener): Promise<void> {
  const commands = tasks.flatMap((each) => each.commands);
  const owners = tasks.flatMap(({ task, commands: own }) => own.map(() => task));
  const [first] = tasks;
  const progress = trackTasks(tasks, listener);
  if (first !== undefined && commands.length > 0) {
    const { host, limits } = first.task;
    try {
      await sendCommands(host, commands, {
        task: owners.map(({ name }) => name),
        signal: limits.kill,
        waitsUntil: limits.start,
        onStarted(command) {
          const owner = owners[command];
          if (owner !== undefined) noteWork(owner);
          progress.started(command);
        },
        onFinished: progress.finished,
      });
    } catch (error) {
      // The machine cannot be reached, or the run is being killed.
      progress.fail(toError(error));
    }
  }
  progress.close();
  await progress.settled();
}

/** Which task each command of a flight belongs to, and how far the tasks are: each that began ends once. */
export function trackTasks(tasks: readonly WrittenTask[], { onStarted, onEnded }: FlightListener) {
  const states = tasks.map((written) => ({ ...written, results: [] as CommandResult[], over: false }));
  type State = (typeof states)[number];
  const owners = states.flatMap(({ commands }, at) => commands.map(() => at));
  let begun = 0;
  let failed = false;
  let received = Promise.resolve();

  /** Ends a task, once; one that reads what came back, when it has. */
  const end = (state: State, error?: Error): void => {
    if (state.over) return;
    state.over = true;
    failed ||= error !== undefined;
    const { task, body, results } = state;
    if (error !== undefined || body.receive === undefined) onEnded(task, error);
    else received = received.then(() => receive(state, results)).then((thrown) => onEnded(task, thrown));
  };
  const beginUntil = (last = states.length - 1): void => {
    for (const state of states.slice(begun, last + 1)) {
      begun += 1;
      onStarted(state.task);
      if (state.commands.length === 0) end(state);
    }
  };
  return {
    /** The command's task begins, and those before it without commands. */
    started: (command: number) => beginUntil(owners[command]),
    /** A command is done; with its last one the task is. */
    finished(command: number, result: CommandResult): void {
      const state = states[owners[command] ?? -1];
      if (state === undefined) return;
      state.results.push(result);
      if (!isAccepted(result)) end(state, explain(state, result));
      else if (state.results.length === state.commands.length) end(state);
    },
    /** The task whose turn it was fails: nothing more was sent. */
    fail(error: Error): void {
      const at = states.findIndex(({ over, commands }) => !over && commands.length > 0);
      const state = states[at];
      // Tasks behind one that has failed do not begin.
      if (failed || state === undefined) return;
      beginUntil(at);
      end(state, error);
    },
    /** All was sent: what is left are tasks without commands. */
    close(): void {
      if (!failed) beginUntil();
    },
    /** Settles when every task that began has ended. */
    settled: () => received,
  };
}

/** Gives a task what came back. @returns why it fails then */
async function receive({ task, body }: WrittenTask, results: readonly CommandResult[]): Promise<Error | undefined> {
  try {
    const context = createTaskContext(task);
    await runUserCode(task, () => body.receive?.(context as never, results));
    return undefined;
  } catch (error) {
    // Where the commands have run, nothing is left to skip but the reading.
    return isSkip(error) ? undefined : toError(error);
  }
}

/** What it means that a command failed: in the task's own words, where it has some. */
function explain({ task, body }: WrittenTask, result: CommandResult): Error {
  const error = toFailure(result, task.host);
  if (body.explain === undefined || result.exitCode === undefined || error instanceof InterruptedError) return error;
  try {
    return body.explain(createBodyContext(task) as never, result) ?? error;
  } catch {
    return error;
  }
}

import { InterruptedError, toError } from "../../errors.ts";
import { isAccepted } from "../../transport/command-result.ts";
import type { CommandResult } from "../../transport/transport.ts";
import { noteWork, type TaskRun } from "../context/run.ts";
import { createBodyContext, createTaskContext } from "../context/task-context.ts";
import { isSkip, runUserCode } from "../context/user-code.ts";
import { toFailure } from "../machine/command-report.ts";
import { sendCommands } from "../machine/send.ts";
import type { Flight, WrittenTask } from "./write-flight.ts";

type Turn = () => Promise<void> | void;

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
  const turns = createTurns();
  if (first !== undefined && commands.length > 0) {
    const { host, limits } = first.task;
    try {
      await sendCommands(host, commands, {
        task: owners.map(({ name }) => name),
        signal: limits.kill,
        waitsUntil: limits.start,
        tell: turns.take,
        onStarted(command) {
          const owner = owners[command];
          if (owner !== undefined) noteWork(owner);
          return progress.started(command);
        },
        onFinished: progress.finished,
      });
    } catch (error) {
      // The machine cannot be reached, or the run is being killed.
      turns.take(() => progress.fail(toError(error)));
    }
  }
  turns.take(progress.close);
  await turns.over();
}

/**
 * Takes steps one after another: at once, unless one before is not done. What is told of a flight keeps its order so, though a task ends
 * only when what came back for it was read.
 */
function createTurns() {
  const waiting: Turn[] = [];
  let busy: Promise<void> | undefined;
  const takeAll = async (begun: Promise<void>): Promise<void> => {
    await begun;
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) await step();
    busy = undefined;
  };
  return {
    take(step: Turn): void {
      if (busy !== undefined) waiting.push(step);
      else {
        const begun = step();
        if (begun !== undefined) busy = takeAll(begun);
      }
    },
    /** Settles when all steps are done. */
    over: async (): Promise<void> => busy,
  };
}

/**
 * Which task each command of a flight belongs to, and how far the tasks are: each that began ends once, before the next begins. What takes
 * its time says when it is done: nothing else may be told before.
 */
export function trackTasks(tasks: readonly WrittenTask[], { onStarted, onEnded }: FlightListener) {
  const states = tasks.map((written) => ({ ...written, results: [] as CommandResult[], over: false }));
  type State = (typeof states)[number];
  const owners = states.flatMap(({ commands }, at) => commands.map(() => at));
  let begun = 0;
  let failed = false;

  const ended = (task: TaskRun, error: Error | undefined): void => {
    failed ||= error !== undefined;
    onEnded(task, error);
  };
  /** Ends a task, once; one that reads what came back, when it has. */
  const end = (state: State, error?: Error): Promise<void> | void => {
    if (state.over) return;
    state.over = true;
    const { task, body, results } = state;
    if (error !== undefined || body.receive === undefined) return ended(task, error);
    return receive(state, results).then((thrown) => ended(task, thrown));
  };
  /** Where the link was lost, the commands behind may have run too: the task ends when these are told of. */
  let cut: { readonly state: State; readonly error: Error } | undefined;
  const endCut = (): Promise<void> | void => {
    const ending = cut;
    cut = undefined;
    if (ending !== undefined) return end(ending.state, ending.error);
  };
  const beginUntil = (last = states.length - 1): Promise<void> | void => {
    for (let state = states[begun]; state !== undefined && begun <= last; state = states[begun]) {
      begun += 1;
      onStarted(state.task);
      const ending = state.commands.length === 0 ? end(state) : undefined;
      if (ending !== undefined) return ending.then(() => beginUntil(last));
    }
  };
  return {
    /** The command's task begins, and those before it without commands. */
    started(command: number): Promise<void> | void {
      if (cut !== undefined && cut.state !== states[owners[command] ?? -1]) endCut();
      return beginUntil(owners[command]);
    },
    /** A command is done; with its last one the task is. */
    finished(command: number, result: CommandResult): Promise<void> | void {
      const state = states[owners[command] ?? -1];
      if (state === undefined) return;
      state.results.push(result);
      const isLast = state.results.length === state.commands.length;
      if (result.status === "unknown" && !state.over) cut ??= { state, error: explain(state, result) };
      if (cut?.state === state) return isLast ? endCut() : undefined;
      if (!isAccepted(result)) return end(state, explain(state, result));
      if (isLast) return end(state);
    },
    /** The task whose turn it was fails: nothing more was sent. */
    async fail(error: Error): Promise<void> {
      await endCut();
      const at = states.findIndex(({ over, commands }) => !over && commands.length > 0);
      const state = states[at];
      // Tasks behind one that has failed do not begin.
      if (failed || state === undefined) return;
      await beginUntil(at);
      await end(state, error);
    },
    /** All was sent: what is left are tasks without commands. */
    async close(): Promise<void> {
      await endCut();
      if (!failed) await beginUntil();
    },
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

import type { Command } from "../../command/command.ts";
import { compose } from "../../command/compose.ts";
import { TaskError, toError } from "../../errors.ts";
import { settleWithin } from "../../wait.ts";
import type { TaskRun } from "../context/run.ts";
import { createBodyContext } from "../context/task-context.ts";
import type { CommandBody } from "../context.ts";

/** Commands of neighbouring tasks of one machine, to be sent together. */
export interface Flight {
  readonly tasks: readonly WrittenTask[];
  /** Facts for which the next task waits until this flight is back. */
  readonly awaited: readonly string[];
}

/** A task whose commands are written. */
export interface WrittenTask {
  readonly task: TaskRun;
  readonly body: CommandBody<never>;
  readonly commands: readonly Command[];
}

/** A setting that resolves again and again to nothing would be waited for without end. */
const MOST_WAITS = 1000;
const NOTHING: ReadonlySet<string> = new Set();

/**
 * Writes the commands of the first task and of its neighbours that can be sent with it. Where a task needs a value
 * that is not there yet - a setting that is being resolved, a fact that a task before it states - the flight ends.
 * @param foretold facts that nobody has stated, and that count as stated: what a plan takes an earlier flight to bring
 * @returns undefined when told to stop while waiting for a setting; the error when the first task's commands cannot be written
 */
export async function writeFlight(lane: readonly TaskRun[], foretold = NOTHING): Promise<Flight | Error | undefined> {
  const tasks: WrittenTask[] = [];
  let waits = 0;
  for (let next = lane[0]; next !== undefined && mayJoin(next, tasks.at(-1)); next = lane[tasks.length]) {
    const written = attemptCommands(next);
    if (written.kind === "value") {
      // A fact that it looked for in vain may be stated by a task that is still in this flight.
      const awaited = written.unstated.filter((key) => !foretold.has(key) && tasks.some((task) => mayState(task, key)));
      if (awaited.length > 0) return { tasks, awaited };
      tasks.push(written.value);
      continue;
    }
    // What there is goes first: it may state the fact, or outlast the waiting.
    if (tasks.length > 0) break;
    if (written.kind === "error") return written.error;
    if (++waits > MOST_WAITS) return endless(next, written.key);
    const settled = await settleWithin(written.until, [{ signal: next.limits.start, grace: 0 }]);
    if (settled.kind === "left") return undefined;
  }
  return { tasks, awaited: [] };
}

/**
 * True for a task that is not sent together with others: it has a limit of its own. How many hosts may be in it at once means nothing to
 * a single one that comes to it once at a time.
 */
export function standsAlone({ run, pass, step }: TaskRun): boolean {
  const { parallel, timeout, retry = 0 } = step.task.options;
  const mayMeetOthers = !run.fuse || run.hostRuns.size > 1 || pass.chain.length > 0;
  return (parallel !== undefined && mayMeetOthers) || timeout !== undefined || retry > 0;
}

/**
 * How many hosts may be in a task at once, by the settings of this one.
 * @throws TaskError for what is no such number
 */
export function limitOf({ name, step, host }: TaskRun): number {
  const { parallel } = step.task.options;
  const limit = typeof parallel === "function" ? parallel(host.env.reader as never) : parallel;
  if (limit !== undefined && Number.isInteger(limit) && limit >= 1) return limit;
  throw new TaskError(`The limit "parallel" of the task "${name}" is ${String(limit)}.`, {
    hint: "It must be a whole number of 1 or more.",
    where: step.task.where,
  });
}

function mayJoin(task: TaskRun, last: WrittenTask | undefined): boolean {
  if (last === undefined) return true;
  const { run, host, step } = task;
  if (!run.fuse || host !== last.task.host) return false;
  // Until `receive` has run, nobody knows whether the task succeeded.
  if (last.body.receive !== undefined && last.body.sendAhead !== true) return false;
  return step.task.body?.kind === "commands" && !standsAlone(task) && !standsAlone(last.task);
}

function mayState({ body: { receive, states } }: WrittenTask, key: string): boolean {
  return receive !== undefined && (states === undefined || states.includes(key));
}

type Written =
  | { readonly kind: "value"; readonly value: WrittenTask; readonly unstated: readonly string[] }
  | { readonly kind: "suspended"; readonly key: string; readonly until: Promise<void> }
  | { readonly kind: "error"; readonly error: Error };

function attemptCommands(task: TaskRun): Written {
  const { body: given } = task.step.task;
  const body: CommandBody<never> = given?.kind === "commands" ? given : { commands: () => [] };
  try {
    const context = createBodyContext(task);
    const attempt = task.host.env.attempt(() => {
      if (task.step.task.options.parallel !== undefined) limitOf(task);
      return body.commands(context as never);
    });
    if (attempt.kind === "unset") return { kind: "error", error: unset(task, attempt.key) };
    if (attempt.kind === "suspended") return attempt;
    return { ...attempt, value: { task, body, commands: checked(task, attempt.value) } };
  } catch (error) {
    return { kind: "error", error: toError(error) };
  }
}

/** A command that no shell takes is found here: in a flight it would fail the tasks before it. */
function checked({ name, step }: TaskRun, commands: unknown): readonly Command[] {
  const valid = Array.isArray(commands) && commands.every((command) => command?.kind === "command");
  if (!valid) {
    throw new TaskError(`The commands of the task "${name}" are not a list of commands.`, {
      hint: "commands: (t) => [t.cmd`...`, ...]: a list, not a promise, made with t.cmd.",
      where: step.task.where,
    });
  }
  for (const command of commands) compose(command);
  return commands;
}

function unset({ name, host }: TaskRun, key: string): TaskError {
  return new TaskError(`The task "${name}" reads "${key}", which nothing has stated on ${host.id} yet.`, {
    hint: "A task before it states it with env.set or env.setForRun; run it as part of its flow.",
  });
}

function endless({ name }: TaskRun, key: string): TaskError {
  return new TaskError(`The setting "${key}", which the task "${name}" reads, never keeps its value.`);
}

import { parseDuration } from "../command/duration.ts";
import { CommandError } from "../command-failure.ts";
import { TaskError, toError } from "../errors.ts";
import { collectFlight, standsAlone } from "./command-body.ts";
import { fly } from "./flight.ts";
import { createGate } from "./gate.ts";
import type { Item } from "./item.ts";
import type { Pass } from "./pass.ts";
import type { Running, TaskRun } from "./running.ts";
import { createPending } from "./shell/pending.ts";
import { isSkip } from "./skip.ts";
import type { Limits } from "./stop.ts";
import { createTaskContext } from "./task-context.ts";
import { taskFailed, taskPassed, taskSkipped, taskStarted, taskSucceeded } from "./task-events.ts";
import { runUserCode } from "./user-code.ts";

/** True for a task that runs by itself: a function, or one with a limit of its own. */
export function runsAlone({ step }: Item): boolean {
  return step.task.body?.kind === "function" || standsAlone(step.task);
}

/** Runs one task on one machine, within its limits. Never throws. */
export async function runAlone(running: Running, pass: Pass, item: Item): Promise<void> {
  let leave: (() => void) | undefined;
  try {
    leave = await enterGate(running, pass, item);
  } catch (error) {
    return taskFailed(running, pass, item, taskStarted(running, pass, item), error);
  }
  try {
    if (pass.limits.start.aborted) return;
    // Hosts that waited in line do not follow one that failed into the same fate.
    if (leave !== undefined && !pass.eachForItself && pass.progress.hasFailedStep(item.step.index))
      return taskSkipped(running, item);
    const since = taskStarted(running, pass, item);
    try {
      await tryUntilDone(running, pass, item);
      taskSucceeded(running, pass, item, since);
    } catch (error) {
      if (isSkip(error)) taskPassed(running, pass, item, since);
      else taskFailed(running, pass, item, since, error);
    }
  } finally {
    leave?.();
  }
}

/** @returns how to leave, for a task that only so many hosts may be in at once */
async function enterGate(running: Running, pass: Pass, item: Item): Promise<(() => void) | undefined> {
  const { name, options } = item.step.task;
  // A task that executes itself holds its own gate already.
  if (options.parallel === undefined || pass.chain.includes(name)) return undefined;
  const gate = running.gates.get(name) ?? createGate(limitOf(item));
  running.gates.set(name, gate);
  return gate.enter();
}

/** By the settings of the first host that comes to it: hosts that are to share a limit have to agree about it. */
function limitOf({ step, session }: Item): number {
  const { parallel } = step.task.options;
  const limit = typeof parallel === "function" ? parallel(session.env.reader as never) : parallel;
  if (limit !== undefined && Number.isInteger(limit) && limit >= 1) return limit;
  throw new TaskError(`The limit "parallel" of the task "${step.task.name}" is ${String(limit)}.`, {
    hint: "It must be a whole number of 1 or more.",
  });
}

async function tryUntilDone(running: Running, pass: Pass, item: Item): Promise<void> {
  const { task } = item.step;
  const retries = task.options.retry ?? 0;
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryOnce(running, pass, item);
    } catch (error) {
      const hopeless = isSkip(error) || pass.limits.start.aborted || item.session.lost !== undefined || isUnknown(error);
      if (attempt > retries || hopeless) throw error;
      const text = running.redact(`Trying again (${attempt} of ${retries}): ${toError(error).message}`);
      running.emit({ kind: "message", level: "warn", host: item.session.id, task: task.name, text });
    }
  }
}

async function tryOnce(running: Running, pass: Pass, item: Item): Promise<void> {
  const { task } = item.step;
  if (task.options.timeout === undefined) return attempt(running, pass, item, pass.limits);
  const over = new AbortController();
  const stopTimer = startTimer(task.options.timeout, () => over.abort(tooLong(item)));
  try {
    await attempt(running, pass, item, {
      start: AbortSignal.any([pass.limits.start, over.signal]),
      kill: AbortSignal.any([pass.limits.kill, over.signal]),
    });
  } catch (error) {
    throw over.signal.aborted ? tooLong(item, error) : error;
  } finally {
    stopTimer();
  }
}

async function attempt(running: Running, pass: Pass, item: Item, limits: Limits): Promise<void> {
  const { body } = item.step.task;
  if (body?.kind !== "function") return sendOne(running, pass, item, limits);
  const taskRun: TaskRun = {
    pass,
    item,
    session: item.session,
    signal: limits.start,
    kill: limits.kill,
    pending: createPending(),
  };
  await runUserCode(running, taskRun, () => body.run(createTaskContext(running, taskRun) as never));
}

async function sendOne(running: Running, pass: Pass, item: Item, { start, kill }: Limits): Promise<void> {
  const collected = await collectFlight(running, pass, [item], 0, start);
  if (collected.kind === "stopped") throw start.reason;
  if (collected.kind === "error") throw collected.error;
  let failure: unknown;
  await fly(running, pass, collected.tasks, {
    signal: start,
    kill,
    onStarted() {},
    onEnded: (_, error) => {
      failure = error;
    },
  });
  if (failure !== undefined) throw failure;
}

function startTimer(timeout: number | string, onEnd: () => void): () => void {
  const timer = setTimeout(onEnd, parseDuration(timeout));
  return () => clearTimeout(timer);
}

function tooLong({ step }: Item, cause?: unknown): TaskError {
  return new TaskError(`The task "${step.task.name}" was not done within ${showDuration(step.task.options.timeout)}.`, {
    cause,
    hint: "What it was running was killed. Its `timeout` option is the limit.",
  });
}

function showDuration(timeout: number | string | undefined): string {
  return typeof timeout === "number" ? `${timeout} ms` : (timeout ?? "");
}

function isUnknown(error: unknown): boolean {
  return error instanceof CommandError && error.unknown;
}

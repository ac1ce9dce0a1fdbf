import { parseDuration } from "../../command/duration.ts";
import { CommandError } from "../../command-failure.ts";
import { TaskError, toError } from "../../errors.ts";
import { Semaphore } from "../../semaphore.ts";
import { pause } from "../../wait.ts";
import { Pending } from "../context/pending.ts";
import type { TaskRun } from "../context/run.ts";
import { createTaskContext } from "../context/task-context.ts";
import { isSkip, runUserCode } from "../context/user-code.ts";
import { fly } from "../flight/flight.ts";
import { limitOf, standsAlone, writeFlight } from "../flight/write-flight.ts";
import { HostsFailed } from "../host-outcome.ts";
import type { Limits } from "../stop.ts";
import { taskDone, taskFailed, taskSkipped, taskStarted } from "./task-events.ts";

/** True for a task that runs by itself: a function, or one with a limit of its own. */
export function runsAlone(task: TaskRun): boolean {
  return task.step.task.body?.kind === "function" || standsAlone(task);
}

/** Runs one task on one machine, within its limits. Never throws. */
export async function runAlone(task: TaskRun): Promise<void> {
  const { pass, step } = task;
  let places: Semaphore | undefined;
  try {
    places = placesOf(task);
  } catch (error) {
    return taskFailed(task, taskStarted(task), error);
  }
  if (places === undefined) return runToItsEnd(task);
  await places.run(async () => {
    const { waitBetween } = step.task.options;
    // Hosts that waited in line do not follow one that failed into the same fate.
    const isOff = (): boolean => !pass.eachForItself && pass.record.hasFailedStep(step);
    const hasTurn = places.entered > places.limit && !isOff();
    if (hasTurn && waitBetween !== undefined) await pause(parseDuration(waitBetween), pass.limits.start);
    if (pass.limits.start.aborted) return;
    if (isOff()) taskSkipped(task);
    else await runToItsEnd(task);
  });
}

/** Of a task that only so many hosts may be in at once. */
function placesOf(task: TaskRun): Semaphore | undefined {
  const { run, pass, name, step } = task;
  // A task that executes itself holds its own place already.
  if (step.task.options.parallel === undefined || pass.chain.includes(name)) return undefined;
  // By the settings of the first host that comes: hosts that are to share a limit have to agree about it.
  const semaphore = run.semaphores.get(name) ?? new Semaphore(limitOf(task));
  run.semaphores.set(name, semaphore);
  return semaphore;
}

async function runToItsEnd(task: TaskRun): Promise<void> {
  const since = taskStarted(task);
  try {
    await tryUntilDone(task);
    taskDone(task, since);
  } catch (error) {
    if (isSkip(error)) taskDone(task, since, "skipped");
    else taskFailed(task, since, error);
  }
}

async function tryUntilDone(task: TaskRun): Promise<void> {
  const { run, pass, name, host, step } = task;
  const retries = step.task.options.retry ?? 0;
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryOnce(task);
    } catch (error) {
      const errors = error instanceof HostsFailed ? error.failed.map((one) => one.error) : [error];
      const isUnknown = errors.some((one) => one instanceof CommandError && one.unknown);
      const isGivenUp = host.lost !== undefined || host.gone !== undefined;
      const hopeless = isSkip(error) || pass.limits.start.aborted || isGivenUp || isUnknown;
      if (attempt > retries || hopeless) throw error;
      const text = run.redact(`Trying again (${attempt} of ${retries}): ${toError(error).message}`);
      run.emit({ kind: "message", level: "warn", host: host.id, task: name, text });
    }
  }
}

async function tryOnce(task: TaskRun): Promise<void> {
  const { timeout } = task.step.task.options;
  const { start, kill } = task.limits;
  if (timeout === undefined) return attempt(task, task.limits);
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(tooLong(task)), parseDuration(timeout));
  try {
    await attempt(task, { start: AbortSignal.any([start, over.signal]), kill: AbortSignal.any([kill, over.signal]) });
  } catch (error) {
    throw over.signal.aborted ? tooLong(task, error) : error;
  } finally {
    clearTimeout(timer);
  }
}

async function attempt(task: TaskRun, limits: Limits): Promise<void> {
  const { body } = task.step.task;
  const own: TaskRun = { ...task, limits, pending: new Pending() };
  if (body?.kind !== "function") return sendOne(own);
  await runUserCode(own, () => body.run(createTaskContext(own) as never));
}

async function sendOne(task: TaskRun): Promise<void> {
  const flight = await writeFlight([task]);
  if (flight === undefined) throw task.limits.start.reason;
  if (flight instanceof Error) throw flight;
  let failure: unknown;
  await fly(flight, {
    onStarted() {},
    onEnded: (_, error) => {
      failure = error;
    },
  });
  if (failure !== undefined) throw failure;
}

function tooLong({ name, step }: TaskRun, cause?: unknown): TaskError {
  const { timeout } = step.task.options;
  const limit = typeof timeout === "number" ? `${timeout} ms` : timeout;
  return new TaskError(`The task "${name}" was not done within ${limit}.`, {
    cause,
    hint: "What it was running was killed. Its `timeout` option is the limit.",
  });
}

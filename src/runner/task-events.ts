import { toError } from "../errors.ts";
import { exitCodeOf, toEventError } from "./event-error.ts";
import type { TaskOutcome } from "./events.ts";
import type { Item } from "./item.ts";
import type { Failed } from "./ledger.ts";
import type { Pass } from "./pass.ts";
import type { EventError } from "./result.ts";
import type { Running } from "./running.ts";

/** A task begins on a machine. @returns when */
export function taskStarted(running: Running, pass: Pass, item: Item): number {
  pass.stages.enter(item.section);
  pass.progress.started(item);
  item.session.touched = true;
  running.emit({ kind: "taskStarted", task: item.step.task.name, host: item.session.id, stage: item.stage });
  return running.deps.now();
}

export function taskSucceeded(running: Running, pass: Pass, item: Item, since: number): void {
  pass.progress.finished(item);
  finished(running, item, "ok", since);
}

/** It found that it had nothing to do. */
export function taskPassed(running: Running, pass: Pass, item: Item, since: number): void {
  pass.progress.finished(item);
  finished(running, item, "skipped", since);
}

/** A dry run has shown it. */
export function taskPlanned(running: Running, pass: Pass, item: Item, since: number): void {
  pass.progress.finished(item);
  finished(running, item, "planned", since);
}

/** Keeps the failure, or those of the tasks that this one executed and failed with. */
export function taskFailed(running: Running, pass: Pass, item: Item, since: number, thrown: unknown): void {
  const error = toError(thrown);
  const shown = toEventError(error, running.redact);
  const origin = running.origins.get(item);
  const failed = origin?.error === error ? origin.failed : [toFailed(item, error, shown)];
  for (const each of failed) pass.ledger.record(each);
  pass.progress.failed(item, failed[0] ?? toFailed(item, error, shown));
  if (pass.limits.kill.aborted) pass.progress.hooks.ended(item);
  finished(running, item, "failed", since, shown);
}

/** A task that was not begun because one before it failed. */
export function taskSkipped(running: Running, item: Item): void {
  finished(running, item, "skipped", running.deps.now());
}

function finished(running: Running, item: Item, outcome: TaskOutcome, since: number, error?: EventError): void {
  const { step, session, stage } = item;
  const duration = running.deps.now() - since;
  running.emit({ kind: "taskFinished", task: step.task.name, host: session.id, stage, outcome, duration, error });
}

function toFailed(item: Item, error: Error, shown: EventError): Failed {
  const { step, session, stage, flow } = item;
  return {
    failure: Object.freeze({ host: session.id, task: step.task.name, stage, flow, error: shown }),
    error,
    exitCode: exitCodeOf(error),
  };
}

import { CommandError } from "../../command-failure.ts";
import { FakeError, InterruptedError, toError } from "../../errors.ts";
import { noteWhere, whereOf } from "../../source-location.ts";
import { noteWork, type Pass, type TaskRun } from "../context/run.ts";
import type { TaskOutcome } from "../events.ts";
import { HostsFailed } from "../host-outcome.ts";
import { CONTROL_MACHINE } from "../machine/login.ts";
import { type Failed, toFailed } from "../record/failure.ts";
import type { EventError } from "../result.ts";

/** A task begins on a machine. @returns when */
export function taskStarted(task: TaskRun): number {
  const { run, pass, step, host } = task;
  enterStage(pass, task.section);
  pass.record.started(step, host.id);
  host.touched = true;
  run.emit({ kind: "taskStarted", task: task.name, host: host.id, stage: task.stage });
  return run.now();
}

/** @param outcome `skipped`: the task found nothing to do; `planned`: a dry run has shown it */
export function taskDone(task: TaskRun, since: number, outcome: "ok" | "skipped" | "planned" = "ok"): void {
  task.pass.record.finished(task.step, task.host.id);
  // What a function did on its own, nobody has seen.
  if (outcome === "ok" && task.step.task.body?.kind === "function") noteWork(task);
  finished(task, outcome, since);
}

/** Keeps the failure, or those of the tasks that this one executed and failed with, or of the hosts that it worked on. */
export function taskFailed(task: TaskRun, since: number, thrown: unknown): void {
  const { run, pass, step, host, name, stage, flow } = task;
  const error = toError(thrown);
  // What is no error, or comes out of others' code by itself, says nothing of where it was thrown.
  if (error !== thrown || (!(error instanceof FakeError) && whereOf(error) === undefined)) noteWhere(error, step.task.where);
  const phase = step.task.options.readOnly === true ? "check" : "task";
  const stopped = isStopped(task, error);
  const toFailure = (on: string, why: Error): Failed =>
    toFailed({ phase, host: on, task: name, stage, flow, stopped: isStopped(task, why) }, why, run.redact);
  const failed = toFailure(host.id, error);
  const ofHosts = error instanceof HostsFailed ? error.failed.map((one) => toFailure(one.host.id, one.error)) : [failed];
  const inside = task.executed.findLast(([heard]) => heard === error)?.[1];
  pass.record.failed(step, host.id, inside ?? ofHosts);
  if (pass.limits.kill.aborted) pass.record.ended(step, host.id);
  if (pass.openStage !== undefined && !stopped) pass.openStage.failed = true;
  finished(task, stopped ? "stopped" : "failed", since, failed.failure.error);
}

/** An interruption ended the task: what it waited for, or the command that it ran. */
function isStopped(task: TaskRun, error: Error): boolean {
  if (!task.pass.limits.start.aborted) return false;
  if (error instanceof HostsFailed) return error.failed.every((one) => isStopped(task, one.error));
  return error instanceof InterruptedError || (error instanceof CommandError && error.killed);
}

/** A task that was not begun because one before it failed. */
export function taskSkipped(task: TaskRun): void {
  finished(task, "skipped", task.run.now());
}

function finished({ run, pass, name, host, stage }: TaskRun, outcome: TaskOutcome, since: number, error?: EventError): void {
  if (outcome !== "stopped") pass.openStage?.toGo.delete(keyOf(name, host.id));
  run.emit({ kind: "taskFinished", task: name, host: host.id, stage, outcome, duration: run.now() - since, error });
}

/** A task of the section begins: ends the stage before it, begins its own. Tasks that another one executes are shown in its stage. */
function enterStage(pass: Pass, section: number): void {
  const { run, hosts, group } = pass;
  const stage = pass.stages[section];
  if (stage === undefined || pass.openStage?.stage === stage) return;
  leaveStage(pass, true);
  const busy = hosts.map(({ id }) => id).filter((id) => stage.hosts.has(id));
  const planned = [...stage.tasks]
    .map(([name, on]) => ({ name, local: on.size === 0, on: busy.filter((id) => on.has(id)) }))
    .filter(({ local, on }) => local || on.length > 0);
  const tasks = planned.map(({ name, on }) => ({ name, hosts: on.length }));
  const toGo = planned.flatMap(({ name, local, on }) => (local ? [CONTROL_MACHINE] : on).map((id) => keyOf(name, id)));
  pass.openStage = { stage, since: run.now(), toGo: new Set(toGo), failed: false };
  run.emit({ kind: "stageStarted", stage: stage.name, hosts: busy, tasks, group });
}

function keyOf(task: string, host: string): string {
  return `${host}\0${task}`;
}

/** Ends the stage at hand. @param goesOn nothing has stopped the pass: what of the stage has not ended is passed over. What ends behind its last task is no end of it */
export function leaveStage(pass: Pass, goesOn: boolean): void {
  const { run, openStage } = pass;
  if (openStage === undefined) return;
  const { stage, since, failed, toGo } = openStage;
  const outcome = failed ? "failed" : goesOn || toGo.size === 0 ? "ok" : "stopped";
  run.emit({ kind: "stageFinished", stage: stage.name, ok: outcome === "ok", outcome, duration: run.now() - since });
  pass.openStage = undefined;
}

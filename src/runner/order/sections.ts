import type { Section } from "../../graph/plan.ts";
import { groupBy } from "../../group-by.ts";
import { forEachLimited } from "../../semaphore.ts";
import { pause } from "../../wait.ts";
import type { Pass, TaskRun } from "../context/run.ts";
import type { TaskBody } from "../context.ts";
import { fly } from "../flight/flight.ts";
import { writeFlight } from "../flight/write-flight.ts";
import { connectionLost, repair } from "../machine/host-run.ts";
import { runAlone, runsAlone } from "./alone.ts";
import { toTaskRuns } from "./pass.ts";
import { taskDone, taskFailed, taskSkipped, taskStarted } from "./task-events.ts";

/** Runs sections one after another: all hosts finish one before any begins the next. Stops after one with a failure. Never throws. */
export async function runSections(pass: Pass, sections: readonly Section<TaskBody>[]): Promise<void> {
  const { run, record, limits, eachForItself } = pass;
  const rest = toLanes(pass, sections);
  for (let lanes = rest[0]; lanes !== undefined; lanes = rest[0]) {
    if (limits.start.aborted) return;
    if (!eachForItself && (record.hasFailed() || (await failLost(pass, rest.flat())))) return;
    const places = run.parallel ?? Number.POSITIVE_INFINITY;
    let begun = 0;
    await forEachLimited(lanes, places, async (lane) => {
      begun += 1;
      const hasTurn = begun > places && run.batch === undefined && (eachForItself || !record.hasFailed());
      if (hasTurn && run.waitBetween !== undefined) await pause(run.waitBetween, limits.start);
      if (eachForItself && record.hasFailed(lane[0]?.host.id)) return;
      // With a limit, hosts that have not begun the section stay out of it once one has failed.
      if (!eachForItself && record.hasFailed()) for (const task of lane) taskSkipped(task);
      else await runLane(lane);
    });
    rest.shift();
  }
}

/**
 * What runs between two barriers, one after another: the tasks of each machine, in order. A barrier means nothing to a single
 * host: its sections become one lane, so that neighbours on both sides travel together.
 */
export function toLanes(pass: Pass, sections: readonly Section<TaskBody>[]): (readonly (readonly TaskRun[])[])[] {
  const between = sections
    .map((section) => groupBy(toTaskRuns(pass, section), ({ host }) => host))
    .filter((lanes) => lanes.length > 0);
  const hosts = new Set(between.flat(2).flatMap(({ host }) => (host.local ? [] : [host])));
  if (!pass.run.fuse || hosts.size > 1 || pass.eachForItself || between.length === 0) return between;
  return [[between.flat(2)]];
}

/**
 * A host that was lost since the last barrier is connected to again, or fails before the others go on without it. So does one that lost
 * what the run held there, whoever caught that.
 * @param lanes all that are still to come
 * @returns true when one has failed
 */
async function failLost(pass: Pass, lanes: readonly (readonly TaskRun[])[]): Promise<boolean> {
  await repair(pass.hosts, pass.limits.kill);
  const lost = new Set(pass.hosts.filter(({ lost: reason, gone }) => reason !== undefined || gone !== undefined));
  if (lost.size === 0) return false;
  for (const [task] of lanes) {
    if (task === undefined || !lost.delete(task.host)) continue;
    const { id, lost: cause, gone } = task.host;
    taskFailed(task, taskStarted(task), connectionLost(cause ?? gone ?? new Error("no reason given"), id));
  }
  return pass.record.hasFailed();
}

/**
 * One machine goes through its tasks at its own pace: neighbours whose bodies are text travel together, functions run by
 * themselves. After a failure the rest of the section is skipped. Never throws.
 */
async function runLane(lane: readonly TaskRun[]): Promise<void> {
  let done = 0;
  for (let task = lane[done]; task !== undefined; task = lane[done]) {
    const { pass, host } = task;
    if (pass.limits.start.aborted) return;
    if (pass.record.isOver(task.step)) done += 1;
    else if (runsAlone(task)) {
      await runAlone(task);
      done += 1;
    } else done += await runTogether(task, untilOver(lane.slice(done)));
    if (pass.record.hasFailed(host.id)) return skipSection(lane, done);
  }
}

function untilOver(tasks: readonly TaskRun[]): readonly TaskRun[] {
  const end = tasks.findIndex(({ pass, step }) => pass.record.isOver(step));
  return end === -1 ? tasks : tasks.slice(0, end);
}

/** @returns how many tasks have begun: the others wait for the next flight */
async function runTogether(first: TaskRun, tasks: readonly TaskRun[]): Promise<number> {
  const flight = await writeFlight(tasks);
  if (flight === undefined) return 0;
  if (flight instanceof Error) {
    taskFailed(first, taskStarted(first), flight);
    return 1;
  }
  const since: number[] = [];
  await fly(flight, {
    onStarted(task) {
      since.push(taskStarted(task));
    },
    onEnded(task, error) {
      const begun = since[tasks.indexOf(task)] ?? 0;
      if (error === undefined) taskDone(task, begun);
      else taskFailed(task, begun, error);
    },
  });
  return since.length;
}

function skipSection(lane: readonly TaskRun[], from: number): void {
  const section = lane[from - 1]?.section;
  for (const task of lane.slice(from)) if (task.section === section) taskSkipped(task);
}

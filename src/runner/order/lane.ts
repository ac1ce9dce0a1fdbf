import type { TaskRun } from "../context/run.ts";
import { fly } from "../flight/flight.ts";
import { writeFlight } from "../flight/write-flight.ts";
import { runAlone, runsAlone } from "./alone.ts";
import { taskDone, taskFailed, taskSkipped, taskStarted } from "./task-events.ts";

/**
 * One machine goes through its tasks at its own pace: neighbours whose bodies are text travel together, functions run by
 * themselves. After a failure the rest of the section is skipped. Never throws.
 */
export async function runLane(lane: readonly TaskRun[]): Promise<void> {
  let done = 0;
  for (let task = lane[done]; task !== undefined; task = lane[done]) {
    const { pass, host } = task;
    if (pass.limits.start.aborted) return;
    if (runsAlone(task)) {
      await runAlone(task);
      done += 1;
    } else done += await runTogether(task, lane.slice(done));
    if (pass.record.hasFailed(host)) return skipSection(lane, done);
  }
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

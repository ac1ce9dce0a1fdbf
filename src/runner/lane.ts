import { runAlone, runsAlone } from "./alone.ts";
import { collectFlight } from "./command-body.ts";
import { fly } from "./flight.ts";
import type { Item } from "./item.ts";
import type { Pass } from "./pass.ts";
import type { Running } from "./running.ts";
import { taskFailed, taskSkipped, taskStarted, taskSucceeded } from "./task-events.ts";

/**
 * One machine goes through its tasks at its own pace: neighbours whose bodies are text travel together, functions run by
 * themselves. After a failure the rest of the section is skipped. Never throws.
 */
export async function runLane(running: Running, pass: Pass, items: readonly Item[]): Promise<void> {
  let done = 0;
  for (let item = items[done]; item !== undefined; item = items[done]) {
    if (pass.limits.start.aborted) return;
    if (runsAlone(item)) {
      await runAlone(running, pass, item);
      done += 1;
    } else done += await runTogether(running, pass, items, done);
    if (pass.progress.hasFailed(item.session)) return skipSection(running, items, done);
  }
}

/** @returns how many tasks have begun: the others wait for the next flight */
async function runTogether(running: Running, pass: Pass, items: readonly Item[], from: number): Promise<number> {
  const { start, kill } = pass.limits;
  const collected = await collectFlight(running, pass, items, from, start);
  if (collected.kind === "stopped") return 0;
  const first = items[from] as Item;
  if (collected.kind === "error") {
    taskFailed(running, pass, first, taskStarted(running, pass, first), collected.error);
    return 1;
  }
  const { tasks } = collected;
  const since: number[] = [];
  await fly(running, pass, tasks, {
    signal: start,
    kill,
    onStarted: (index) => {
      since[index] = taskStarted(running, pass, tasks[index]?.item ?? first);
    },
    onEnded: (index, error) => {
      const item = tasks[index]?.item ?? first;
      if (error === undefined) taskSucceeded(running, pass, item, since[index] ?? 0);
      else taskFailed(running, pass, item, since[index] ?? 0, error);
    },
  });
  return since.length;
}

function skipSection(running: Running, items: readonly Item[], from: number): void {
  const section = items[from - 1]?.section;
  for (const item of items.slice(from)) if (item.section === section) taskSkipped(running, item);
}

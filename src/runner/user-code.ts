import type { Running, TaskRun } from "./running.ts";
import { settleWithin } from "./settle.ts";
import { GRACE } from "./stop.ts";

/**
 * Runs what a deployfile wrote, and waits for all that it started: a missing `await` loses neither a failure nor a
 * command's end. What does not stop when it is killed is left behind.
 * @throws what it throws, or what it started
 */
export async function runUserCode(running: Running, taskRun: TaskRun, work: () => unknown): Promise<void> {
  const settled = await settleWithin(toTheEnd(running, taskRun, work), [
    { signal: taskRun.kill, grace: GRACE },
    { signal: running.stop.at(3), grace: 0 },
  ]);
  if (settled.kind === "error") throw settled.error;
  if (settled.kind === "left") throw taskRun.kill.reason ?? running.stop.at(3).reason;
}

async function toTheEnd(running: Running, { pending, item }: TaskRun, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    await pending.settle();
    throw error;
  }
  if (pending.forgotten) {
    const text = "Commands were still running when the task's function returned: an `await` is missing.";
    running.emit({ kind: "message", level: "warn", host: item.session.id, task: item.step.task.name, text });
  }
  const unheard = await pending.settle();
  if (unheard !== undefined) throw unheard.reason;
}

import { UsageError } from "../../errors.ts";
import { settleWithin } from "../../wait.ts";
import { GRACE_MS } from "../limits.ts";
import type { TaskRun } from "./run.ts";
import { refuseUnused } from "./unused.ts";

/**
 * Runs what a deployfile wrote, and waits for all that it started: a missing `await` loses neither a failure nor a
 * command's end. What does not stop when it is killed is left behind.
 * @throws what it throws, or what it started
 */
export async function runUserCode(task: TaskRun, work: () => unknown): Promise<void> {
  const { kill } = task.limits;
  const givenUp = task.run.stop.at(3);
  const settled = await settleWithin(toTheEnd(task, work), [
    { signal: kill, grace: GRACE_MS },
    { signal: givenUp, grace: 0 },
  ]);
  if (settled.kind === "error") throw settled.error;
  if (settled.kind === "left") throw kill.reason ?? givenUp.reason;
}

async function toTheEnd(task: TaskRun, work: () => unknown): Promise<void> {
  const { run, pending, name, host } = task;
  try {
    await work();
    await pending.endProcesses();
  } catch (error) {
    await pending.endProcesses();
    await pending.settle();
    run.refusedExit?.(error);
    throw (isSkip(error) ? run.refusedExit?.() : undefined) ?? error;
  }
  if (pending.forgotten) {
    const text = "Commands were still running when the task's function returned: an `await` is missing.";
    run.emit({ kind: "message", level: "warn", host: host.id, task: name, text });
  }
  const unheard = await pending.settle();
  if (unheard !== undefined) {
    run.refusedExit?.(unheard.reason);
    throw unheard.reason;
  }
  // What the function caught itself counts all the same.
  const refusal = run.refusedExit?.();
  if (refusal !== undefined) throw refusal;
  refuseUnused(task);
}

/** How a task ends itself when there is nothing to do. Not an error: it is never shown. */
class Skip extends Error {
  override readonly name = "Skip";
}

/** Ends the task, or its flow with it. @throws what the runner takes for the task's end */
export function skip({ pass, step, name }: TaskRun, what: "task" | "flow"): never {
  if (what === "flow" && (!step.local || !pass.record.endFlow(step))) {
    throw new UsageError("SKIP_FLOW", `The task "${name}" cannot end a flow.`, {
      hint: 'skip("flow") is for local tasks that hang on a stage of a flow: all hosts wait for these.',
    });
  }
  throw new Skip("The task has nothing to do.");
}

export function isSkip(thrown: unknown): boolean {
  return thrown instanceof Skip;
}

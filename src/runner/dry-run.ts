import type { Command } from "../command/command.ts";
import { displayCommand } from "../command/display.ts";
import { toError } from "../errors.ts";
import type { Plan } from "../graph/plan.ts";
import { collectFlight } from "./command-body.ts";
import type { TaskBody } from "./context.ts";
import { createPass } from "./create-pass.ts";
import type { Item } from "./item.ts";
import type { Pass } from "./pass.ts";
import type { Running } from "./running.ts";
import { toItems } from "./sections.ts";
import { limitsOfTasks } from "./stop.ts";
import { taskFailed, taskPlanned, taskStarted } from "./task-events.ts";

/**
 * Says what would run, host by host: the commands of bodies that are text exactly as they would be sent; functions by
 * name, never called. Connects nowhere. Never throws.
 */
export async function showPlan(running: Running, plan: Plan<TaskBody>): Promise<void> {
  const sessions = [...running.sessions.values()];
  const pass = createPass(running, { plan, sessions, limits: limitsOfTasks(running.stop), ledger: running.ledger });
  for (const section of plan.sections) {
    for (const item of toItems(running, pass, section)) {
      if (pass.limits.start.aborted) break;
      await showTask(running, pass, item);
    }
  }
  pass.stages.leave(!pass.progress.hasFailed());
}

async function showTask(running: Running, pass: Pass, item: Item): Promise<void> {
  const since = taskStarted(running, pass, item);
  const { task } = item.step;
  if (task.body?.kind === "function") {
    const text = `"${task.name}" is a function: it is not called, and what it would do is not known.`;
    running.emit({ kind: "message", level: "info", host: item.session.id, task: task.name, text });
    return taskPlanned(running, pass, item, since);
  }
  try {
    const collected = await collectFlight(running, pass, [item], 0, pass.limits.start);
    if (collected.kind === "stopped") return taskPlanned(running, pass, item, since);
    if (collected.kind === "error") return taskFailed(running, pass, item, since, collected.error);
    for (const { commands } of collected.tasks) for (const command of commands) showCommand(running, item, command);
    taskPlanned(running, pass, item, since);
  } catch (error) {
    taskFailed(running, pass, item, since, toError(error));
  }
}

function showCommand(running: Running, { session, step }: Item, command: Command): void {
  // The text itself, also where a title stands for it in a real run, and of what is not shown there.
  const shown = running.redact(displayCommand({ ...command, title: undefined }));
  const common = { id: running.nextId(), host: session.id, task: step.task.name, command: shown, quiet: false };
  running.emit({ kind: "commandStarted", ...common });
  running.emit({ kind: "commandFinished", ...common, status: "skipped", exitCode: undefined, signal: undefined, duration: 0 });
}

import type { Command } from "../../command/command.ts";
import { displayCommand } from "../../command/compose.ts";
import { toError } from "../../errors.ts";
import type { Plan } from "../../graph/plan.ts";
import type { Run, TaskRun } from "../context/run.ts";
import type { TaskBody } from "../context.ts";
import { writeFlight } from "../flight/write-flight.ts";
import { withDefaults } from "../machine/host-defaults.ts";
import { createPass, toTaskRuns } from "./pass.ts";
import { leaveStage, taskDone, taskFailed, taskStarted } from "./task-events.ts";

/**
 * Says what would run, host by host: the commands of bodies that are text exactly as they would be sent; functions by
 * name, never called. Connects nowhere. Never throws.
 */
export async function showPlan(run: Run, plan: Plan<TaskBody>): Promise<void> {
  const pass = createPass(run, { plan });
  run.record = pass.record;
  for (const section of plan.sections) {
    for (const task of toTaskRuns(pass, section)) {
      if (pass.limits.start.aborted) break;
      await showTask(task);
    }
  }
  leaveStage(pass, !pass.limits.start.aborted);
}

async function showTask(task: TaskRun): Promise<void> {
  const since = taskStarted(task);
  const { run, name, host } = task;
  if (task.step.task.body?.kind === "function") {
    const text = `"${name}" is a function: it is not called, and what it would do is not known.`;
    run.emit({ kind: "message", level: "info", host: host.id, task: name, text });
    return taskDone(task, since, "planned");
  }
  try {
    const flight = await writeFlight([task]);
    if (flight instanceof Error) return taskFailed(task, since, flight);
    for (const { commands } of flight?.tasks ?? []) for (const command of await withDefaults(host, commands)) show(task, command);
    taskDone(task, since, "planned");
  } catch (error) {
    taskFailed(task, since, toError(error));
  }
}

function show({ run, name, host }: TaskRun, command: Command): void {
  // The text itself, also where a title stands for it in a real run, and of what is not shown there.
  const shown = run.redact(displayCommand({ ...command, title: undefined }));
  const common = { id: run.nextId(), host: host.id, task: name, command: shown, quiet: false };
  run.emit({ kind: "commandStarted", ...common });
  run.emit({ kind: "commandFinished", ...common, status: "skipped", exitCode: undefined, signal: undefined, duration: 0 });
}

import type { Command } from "../../command/command.ts";
import { displayCommand } from "../../command/compose.ts";
import { toError } from "../../errors.ts";
import type { Plan } from "../../graph/plan.ts";
import { onAbort, within } from "../../wait.ts";
import { Pending } from "../context/pending.ts";
import { createRecording, createRecordingContext, type RecordListener } from "../context/recording.ts";
import type { Pass, Run, TaskRun } from "../context/run.ts";
import { refuseUnused } from "../context/unused.ts";
import type { FunctionBody, TaskBody } from "../context.ts";
import { writeFlight } from "../flight/write-flight.ts";
import { findNativeCode } from "../hold-back.ts";
import { RECORDING_MS } from "../limits.ts";
import { withDefaults } from "../machine/host-defaults.ts";
import type { HostRun } from "../machine/host-run.ts";
import { passOfExecuted } from "./execute.ts";
import { createPass, toTaskRuns } from "./pass.ts";
import { leaveStage, taskDone, taskFailed, taskStarted } from "./task-events.ts";

/**
 * Says what would run, step by step: the commands of bodies that are text exactly as they would be sent; what functions do until
 * they need an answer. Connects nowhere. Never throws.
 */
export async function showPlan(run: Run, plan: Plan<TaskBody>): Promise<void> {
  const pass = createPass(run, { plan });
  run.record = pass.record;
  await showPass(pass);
  leaveStage(pass, !pass.limits.start.aborted);
}

async function showPass(pass: Pass): Promise<void> {
  for (const section of pass.plan.sections) {
    for (const task of toTaskRuns(pass, section)) {
      if (pass.limits.start.aborted) return;
      await showTask(task);
    }
  }
}

async function showTask(task: TaskRun): Promise<void> {
  const since = taskStarted(task);
  const { host, step } = task;
  const { body } = step.task;
  try {
    if (body?.kind === "function") await showFunction(task, body.run);
    else {
      const flight = await writeFlight([task]);
      if (flight instanceof Error) return taskFailed(task, since, flight);
      for (const { commands } of flight?.tasks ?? [])
        for (const command of await withDefaults(host, commands)) showCommand(task, host, command);
    }
    taskDone(task, since, "planned");
  } catch (error) {
    taskFailed(task, since, toError(error));
  }
}

/** Runs the function with a context that sends nothing, and with all else held back that could reach out of this process. */
async function showFunction(task: TaskRun, body: FunctionBody<never>): Promise<void> {
  const { host, limits, step } = task;
  const native = findNativeCode();
  const say = (text: string): void => sayText(task, host, text);
  if (native !== undefined) return say(`… a function, which is not looked into: ${native} is loaded, and could not be held back`);
  const own: TaskRun = { ...task, pending: new Pending() };
  const recording = createRecording(own, listenerFor(task));
  const release = onAbort(limits.start, () => recording.stop("the dry run was interrupted"));
  let ended = false;
  const work = recording
    .run(async () => body(createRecordingContext(own, recording) as never))
    .then(
      () => {
        ended = true;
      },
      (error: unknown) => void recording.stop(`it stops here: ${toError(error).message}`),
    );
  const over = Promise.race([work, recording.over]).then(() => true);
  for (let before = 0; (await within(RECORDING_MS, over)) !== true; before = recording.notes)
    if (!recording.busy && recording.notes === before) recording.stop("the rest is not known: it waits for what is no answer");
  release();
  await recording.told();
  refuseUnused(own);
  if (ended && recording.notes === 0) {
    const { desc } = step.task.options;
    say(`… a function that sends nothing by itself${desc === undefined ? "" : `: ${desc}`}`);
  }
}

function listenerFor(task: TaskRun): RecordListener {
  return {
    async onCommand(target, command) {
      for (const each of await withDefaults(target, [command])) showCommand(task, target, each);
    },
    onText: (target, text) => sayText(task, target, text),
    async onExecute(from, ref, hosts) {
      const found = hosts?.map((host) => from.run.hostRuns.get(typeof host === "string" ? host : host.id));
      await showPass(
        await passOfExecuted(
          ref,
          from,
          found?.filter((host) => host !== undefined),
        ),
      );
    },
  };
}

function sayText({ run, name }: TaskRun, { id: host }: HostRun, text: string): void {
  run.emit({ kind: "message", level: "info", host, task: name, text: run.redact(text) });
}

function showCommand({ run, name }: TaskRun, { id: host }: HostRun, command: Command): void {
  // The text itself, also where a title stands for it in a real run, and of what is not shown there.
  const shown = run.redact(displayCommand({ ...command, title: undefined }));
  const title = command.title === undefined ? undefined : run.redact(displayCommand(command));
  const common = { id: run.nextId(), host, task: name, command: shown, quiet: false };
  run.emit({ kind: "commandStarted", ...common, ...(title === undefined ? {} : { title }) });
  run.emit({ kind: "commandFinished", ...common, status: "skipped", exitCode: undefined, signal: undefined, duration: 0 });
}

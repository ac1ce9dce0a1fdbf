import { type CommandBuilder, type CommandVerb, createVerb, toCommand } from "../../command/builder.ts";
import type { Command } from "../../command/command.ts";
import { refuseUnknown } from "../../suggest.ts";
import type { CommandResult } from "../../transport/transport.ts";
import { throwOnFailure } from "../machine/command-report.ts";
import { sendCommands } from "../machine/send.ts";
import type { Shell, TransferOptions } from "../shell.ts";
import { openForward } from "./forward.ts";
import { type MemberMakers, withMembers } from "./members.ts";
import { existsCommand, lookUpCommand, readContent, writeContent } from "./remote-file.ts";
import { noteWork, type TaskRun } from "./run.ts";
import { spawnProcess } from "./spawn.ts";
import { writeTemplate } from "./template.ts";
import { download, upload } from "./transfer.ts";
import { builderOf, watchMakers } from "./unused.ts";

const TRANSFER_OPTIONS = ["mode"] satisfies (keyof TransferOptions)[];

/** How what acts on a machine is made, for the task that acts. */
export const SHELL_MAKERS: MemberMakers<TaskRun, Omit<Shell, keyof CommandBuilder>> = {
  run: (task) => verb(task, runOne),
  capture: (task) =>
    verb(task, async (_, command) => {
      const { stdout } = await runOne(task, toCommand(command, { captureAll: true }));
      return stdout.replace(/[\r\n]+$/, "");
    }),
  test: (task) =>
    verb(task, async (_, command) => {
      const { exitCode } = await runOne(task, toCommand(command, { acceptError: true }));
      return exitCode === 0;
    }),
  batch: (task) => (inputs) => {
    const send = async (): Promise<readonly CommandResult[]> =>
      await runAll(
        task,
        inputs.map((input) => toCommand(input, {}, task.context)),
      );
    return task.pending.track(send());
  },
  spawn: (task) =>
    function spawn(command, options = {}) {
      return spawnProcess(task, command, options, spawn);
    },
  forward: (task) => (options) => task.pending.track(openForward(task, options)),
  upload: (task) => (localPath, path, options) => task.pending.track(upload(task, localPath, path, checked("upload", options))),
  download: (task) => (path, localPath) => task.pending.track(download(task, path, localPath)),
  writeFile: (task) => (path, content, options) => {
    const file = { path, content, ...checked("writeFile", options) };
    return task.pending.track(writeContent(task, file).then(() => undefined));
  },
  readFile: (task) => (path) => task.pending.track(readContent(task, path)),
  exists: (task) => (path) => task.pending.track(look(task, () => existsCommand(path, task.context))),
  hasCommand: (task) => (name) => task.pending.track(look(task, () => lookUpCommand(name, task.context))),
  template:
    (task) =>
    (localPath, path, values = {}, options) =>
      task.pending.track(writeTemplate(task, { localPath, path, values, ...checked("template", options) })),
};

/** Runs commands and moves files on one machine. All members can be destructured. */
export const createShell: (task: TaskRun) => Shell = withMembers<TaskRun, Shell>({
  ...builderOf((task) => createShell(task)),
  ...watchMakers(SHELL_MAKERS),
});

function checked(what: string, options: TransferOptions = {}): TransferOptions {
  refuseUnknown(what, options, TRANSFER_OPTIONS);
  return options;
}

function verb<R>(task: TaskRun, send: (task: TaskRun, command: Command) => Promise<R>): CommandVerb<Promise<R>> {
  return createVerb((command) => task.pending.track(send(task, command), () => command.where), task.context);
}

async function runAll(task: TaskRun, commands: readonly Command[]): Promise<readonly CommandResult[]> {
  const { target, name, limits } = task;
  noteWork(task);
  const results = await sendCommands(target, commands, { task: name, signal: limits.kill, waitsUntil: limits.start });
  throwOnFailure(results, target);
  return results;
}

async function runOne(task: TaskRun, command: Command): Promise<CommandResult> {
  const [result] = await runAll(task, [command]);
  return result as CommandResult;
}

async function look(task: TaskRun, ask: () => Command): Promise<boolean> {
  const command = ask();
  const [result] = await sendCommands(task.target, [command], { task: task.name, signal: task.limits.kill });
  throwOnFailure(result === undefined ? [] : [result], task.target);
  return result?.exitCode === 0;
}

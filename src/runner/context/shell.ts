import {
  builderMembers,
  type CommandBuilder,
  type CommandInput,
  type CommandVerb,
  createVerb,
  toCommand,
} from "../../command/builder.ts";
import type { Command } from "../../command/command.ts";
import { refuseUnknown } from "../../suggest.ts";
import type { CommandResult } from "../../transport/transport.ts";
import { throwOnFailure } from "../machine/command-report.ts";
import { sendCommands } from "../machine/send.ts";
import type { Shell, TransferOptions } from "../shell.ts";
import { openForward } from "./forward.ts";
import { existsCommand, lookUpCommand, readContent, writeContent } from "./remote-file.ts";
import { noteWork, type TaskRun } from "./run.ts";
import { spawnProcess } from "./spawn.ts";
import { writeTemplate } from "./template.ts";
import { download, upload } from "./transfer.ts";
import { derive, watchUse } from "./unused.ts";

/** Runs commands and moves files on one machine. All members can be destructured. */
export function createShell(task: TaskRun): Shell {
  return Object.freeze({
    ...watchUse(task, builderMembers(task.context, derive(task, createShell))),
    ...watchUse(task, shellMembers(task)),
  });
}

export function shellMembers(task: TaskRun): Omit<Shell, keyof CommandBuilder> {
  const { track } = task.pending;
  const verbs = commandVerbs(task);
  const { context } = task;
  const look = async (ask: () => Command): Promise<boolean> => {
    const command = ask();
    const [result] = await sendCommands(task.target, [command], { task: task.name, signal: task.limits.kill });
    throwOnFailure(result === undefined ? [] : [result], task.target);
    return result?.exitCode === 0;
  };
  const checked = (verb: string, options: TransferOptions = {}): TransferOptions => {
    refuseUnknown(verb, options, TRANSFER_OPTIONS);
    return options;
  };
  return {
    ...verbs,
    spawn: function spawn(command, options = {}) {
      return spawnProcess(task, command, options, spawn);
    },
    forward: (options) => track(openForward(task, options)),
    upload: (localPath, path, options) => track(upload(task, localPath, path, checked("upload", options))),
    download: (path, localPath) => track(download(task, path, localPath)),
    writeFile: (path, content, options) =>
      track(writeContent(task, { path, content, ...checked("writeFile", options) }).then(() => undefined)),
    readFile: (path) => track(readContent(task, path)),
    exists: (path) => track(look(() => existsCommand(path, context))),
    hasCommand: (name) => track(look(() => lookUpCommand(name, context))),
    template: (localPath, path, values = {}, options) =>
      track(writeTemplate(task, { localPath, path, values, ...checked("template", options) })),
  };
}

const TRANSFER_OPTIONS = ["mode"] satisfies (keyof TransferOptions)[];

/** The members of a shell that run commands. */
function commandVerbs(task: TaskRun): Pick<Shell, "run" | "capture" | "test" | "batch"> {
  const { target, name, limits, context } = task;
  const { track } = task.pending;
  const batch = async (commands: readonly Command[]): Promise<readonly CommandResult[]> => {
    noteWork(task);
    const results = await sendCommands(target, commands, { task: name, signal: limits.kill, waitsUntil: limits.start });
    throwOnFailure(results, target);
    return results;
  };
  const run = async (command: Command): Promise<CommandResult> => {
    const [result] = await batch([command]);
    return result as CommandResult;
  };
  const capture = async (command: Command): Promise<string> => {
    const { stdout } = await run(toCommand(command, { captureAll: true }));
    return stdout.replace(/[\r\n]+$/, "");
  };
  const test = async (command: Command): Promise<boolean> => {
    const { exitCode } = await run(toCommand(command, { acceptError: true }));
    return exitCode === 0;
  };
  const batchOf = async (inputs: readonly CommandInput[]): Promise<readonly CommandResult[]> =>
    batch(inputs.map((input) => toCommand(input, {}, context)));
  const verb = <R>(send: (command: Command) => Promise<R>): CommandVerb<Promise<R>> =>
    createVerb((command) => track(send(command), () => command.where), context);
  return { run: verb(run), capture: verb(capture), test: verb(test), batch: (inputs) => track(batchOf(inputs)) };
}

import { builderMembers, type CommandBuilder, toCommand } from "../../command/builder.ts";
import type { Shell } from "../context.ts";
import { quotePath, readContent, writeContent } from "./remote-file.ts";
import type { TaskRun } from "./run.ts";
import { writeTemplate } from "./template.ts";
import { downloadFile, uploadFile } from "./transfer.ts";
import { commandVerbs } from "./verbs.ts";

/** Runs commands and moves files on one machine. All members can be destructured. */
export function createShell(task: TaskRun): Shell {
  return Object.freeze({
    ...builderMembers(task.context, (context): Shell => createShell({ ...task, context })),
    ...shellMembers(task),
  });
}

export function shellMembers(task: TaskRun): Omit<Shell, keyof CommandBuilder> {
  const { track } = task.pending;
  const verbs = commandVerbs(task);
  const exists = async (path: string): Promise<boolean> => {
    const text = `[ -e ${quotePath(path)} ]`;
    return verbs.test(toCommand(text, { quiet: true, title: `exists ${path}` }, task.context));
  };
  return {
    ...verbs,
    upload: (localPath, path, options = {}) => track(uploadFile(task, localPath, path, options)),
    download: (path, localPath) => track(downloadFile(task, path, localPath)),
    writeFile: (path, content, options = {}) => track(writeContent(task, { path, content, ...options }).then(() => undefined)),
    readFile: (path) => track(readContent(task, path)),
    exists: (path) => track(exists(path)),
    template: (localPath, path, values = {}, options = {}) => track(writeTemplate(task, { localPath, path, values, ...options })),
  };
}

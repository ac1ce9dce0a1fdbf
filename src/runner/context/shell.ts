import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { builderMembers, toCommand } from "../../command/builder.ts";
import type { CommandContext } from "../../command/command.ts";
import type { HostEnv } from "../../env/definition.ts";
import { TaskError, toError } from "../../errors.ts";
import type { Shell, TransferOptions } from "../context.ts";
import { readContent } from "./read-file.ts";
import { quotePath } from "./remote-path.ts";
import type { TaskRun } from "./run.ts";
import { fillTemplate } from "./template-text.ts";
import { downloadFile, uploadFile } from "./transfer.ts";
import { commandVerbs } from "./verbs.ts";
import { sizeOf, writeContent } from "./write-file.ts";

export type ShellMembers = Omit<Shell, "cmd" | "within" | "vars" | "as" | "umask" | "prefix">;

/** Runs commands and moves files on one machine. All members can be destructured. */
export function createShell(task: TaskRun, env: HostEnv, context: CommandContext = {}): Shell {
  return Object.freeze({
    ...builderMembers(context, (next): Shell => createShell(task, env, next)),
    ...shellMembers(task, env, context),
  });
}

/** @param env settings that fill in templates */
export function shellMembers(task: TaskRun, env: HostEnv, context: CommandContext): ShellMembers {
  const verbs = commandVerbs(task, context);
  return {
    ...verbs,
    upload: (localPath, path, options = {}) => task.pending.track(() => uploadFile(task, context, { localPath, path, options })),
    download: (path, localPath) => task.pending.track(() => downloadFile(task, context, path, localPath)),
    writeFile: (path, content, options = {}) =>
      task.pending.track(async () => void (await writeContent(task, context, { path, content, size: sizeOf(content), options }))),
    readFile: (path) => task.pending.track(() => readContent(task, context, path)),
    exists: (path) =>
      task.pending.track(async () => {
        const text = `[ -e ${quotePath(path)} ]`;
        return verbs.test(toCommand(text, { quiet: true, title: `exists ${path}` }, context));
      }),
    template: (localPath, path, values = {}, options = {}) =>
      task.pending.track(() => writeTemplate(task, context, { localPath, path, values, options, env })),
  };
}

interface TemplateRequest {
  readonly localPath: string;
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly options: TransferOptions;
  readonly env: HostEnv;
}

async function writeTemplate(task: TaskRun, context: CommandContext, request: TemplateRequest): Promise<boolean> {
  const { localPath: file, path, values, options, env } = request;
  const text = await readFile(resolve(file), "utf8").catch((error: unknown) => {
    throw noTemplate(file, toError(error));
  });
  const filled = await fillTemplate({ file, text, values, env });
  for (const secret of filled.secrets) task.run.redactor.add(secret);
  const content = filled.text;
  return writeContent(task, context, {
    path,
    content,
    size: sizeOf(content),
    options,
    secret: filled.secrets.length > 0,
    compare: true,
  });
}

function noTemplate(file: string, cause: Error): TaskError {
  return new TaskError(`Cannot read the template ${file}: ${cause.message}`, {
    cause,
    hint: "Local paths are relative to the directory that fake was started in.",
  });
}

import { createReadStream, createWriteStream } from "node:fs";
import { chmod, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { toCommand } from "../../command/builder.ts";
import type { CommandContext } from "../../command/command.ts";
import { TaskError, toError } from "../../errors.ts";
import { throwOnFailure } from "../machine/command-report.ts";
import type { TransferOptions } from "../shell.ts";
import { quotePath, streamCommand, tempName, writeContent } from "./remote-file.ts";
import { noteWork, type TaskRun } from "./run.ts";

/** What is to be uploaded. @throws TaskError when it cannot be read, or is no file */
export async function findLocalFile(localPath: string): Promise<{ readonly file: string; readonly size: number }> {
  const file = resolve(localPath);
  const info = await stat(file).catch((error: unknown) => {
    throw unreadable(localPath, error);
  });
  if (!info.isFile()) {
    throw new TaskError(`Cannot upload ${localPath}: it is ${info.isDirectory() ? "a directory" : "no regular file"}.`, {
      hint: "Pack a directory into one file, upload that, and unpack it on the host.",
    });
  }
  return { file, size: info.size };
}

/** @throws TaskError when the local file cannot be read @throws CommandError */
export async function uploadFile(task: TaskRun, localPath: string, path: string, options: TransferOptions): Promise<void> {
  const { file, size } = await findLocalFile(localPath);
  const failed = new AbortController();
  const content = createReadStream(file);
  // A host that waits for the rest of a file would wait for ever.
  content.once("error", (error) => failed.abort(unreadable(localPath, error)));
  try {
    await writeContent(task, { path, content, size, ...options, signal: failed.signal });
  } catch (error) {
    throw failed.signal.aborted ? failed.signal.reason : error;
  } finally {
    content.destroy();
  }
}

/** @throws TaskError when the local file cannot be written, or less arrived than there is @throws CommandError */
export async function downloadFile(task: TaskRun, path: string, localPath: string): Promise<void> {
  const file = resolve(localPath);
  const mode = await modeFor(file, localPath);
  const temp = join(dirname(file), tempName(task));
  const failed = new AbortController();
  const sink = createWriteStream(temp, { flags: "wx", mode: 0o600 });
  sink.once("error", (error) => failed.abort(unwritable(localPath, error)));
  noteWork(task);
  try {
    const result = await streamCommand(task, fetchCommand(path, task.context), { stdout: sink, signal: failed.signal });
    throwOnFailure([result], task.target);
    if (!sink.writableEnded) sink.end();
    await finished(sink);
    const size = Number(/^\s*(\d+)\s*$/m.exec(result.stderr)?.[1] ?? 0);
    if (sink.bytesWritten < size) {
      throw new TaskError(`Only ${sink.bytesWritten} of ${size} bytes of ${path} arrived from ${task.target.id}.`);
    }
    await chmod(temp, mode);
    await rename(temp, file);
  } catch (error) {
    sink.destroy();
    await rm(temp, { force: true });
    throw failed.signal.aborted ? failed.signal.reason : error;
  }
}

/** Says the size on stderr, as stdout is the content. */
function fetchCommand(path: string, context: CommandContext) {
  const text = `p=${quotePath(path)}; wc -c < "$p" >&2 && cat "$p"`;
  return toCommand(text, { title: `download ${path}` }, context);
}

/** An existing file keeps its mode. */
async function modeFor(file: string, shown: string): Promise<number> {
  const info = await stat(file).catch(() => undefined);
  if (info?.isDirectory() === true) {
    throw new TaskError(`Cannot download to ${shown}: it is a directory.`, {
      hint: `Name the file in it: ${join(shown, basename(file))}`,
    });
  }
  return info === undefined ? 0o644 : info.mode & 0o777;
}

export function unreadable(path: string, error: unknown): TaskError {
  const cause = toError(error);
  return new TaskError(`Cannot read ${path}: ${cause.message}`, {
    cause,
    hint: "Local paths are relative to the directory that fake was started in.",
  });
}

function unwritable(path: string, cause: unknown): TaskError {
  return new TaskError(`Cannot write ${path}: ${toError(cause).message}`, { cause });
}

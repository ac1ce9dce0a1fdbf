import { createReadStream, createWriteStream } from "node:fs";
import { chmod, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { toCommand } from "../../command/builder.ts";
import type { CommandContext } from "../../command/command.ts";
import { TaskError } from "../../errors.ts";
import { makeDirectory, reasonOfSystem, removeMade } from "../../process/transfer/local-disk.ts";
import { throwOnFailure } from "../machine/command-report.ts";
import type { TransferOptions } from "../shell.ts";
import { findTogether, type LocalFile, unreadable } from "./local-sources.ts";
import { quotePath, streamCommand, tempName, writeContent } from "./remote-file.ts";
import { noteWork, type TaskRun } from "./run.ts";
import type { Flow } from "./transfer-progress.ts";
import { downloadTree, uploadTree } from "./transfer-tree.ts";

/** A file, or a directory with all in it. @throws TaskError, ProblemsError when it cannot be read @throws CommandError */
export async function upload(task: TaskRun, localPath: string, path: string, options: TransferOptions): Promise<void> {
  const found = await findTogether(task.pending, localPath, options);
  await ("entries" in found ? uploadTree(task, found, path) : uploadFile(task, { ...found, localPath }, path, options));
}

async function uploadFile(
  task: TaskRun,
  { file, size, localPath }: LocalFile & { readonly localPath: string },
  path: string,
  options: TransferOptions,
): Promise<void> {
  const failed = new AbortController();
  const content = createReadStream(file);
  // A host that waits for the rest of a file would wait for ever.
  content.once("error", (error) => failed.abort(unreadable(localPath, error)));
  try {
    const flow = (): Flow => ({ bytes: content.bytesRead, totalBytes: size });
    await writeContent(task, { path, content, size, ...options, signal: failed.signal, flow });
  } catch (error) {
    throw failed.signal.aborted ? failed.signal.reason : error;
  } finally {
    content.destroy();
  }
}

/**
 * A file, or a directory with all in it, into a directory that is made where there is none.
 * @throws TaskError when it cannot be written here, or less arrived than there is @throws CommandError
 */
export async function download(task: TaskRun, path: string, localPath: string): Promise<void> {
  const file = resolve(localPath);
  const home = dirname(file);
  await makeDirectory(home);
  try {
    await downloadTo(task, path, file, localPath);
  } catch (error) {
    await removeMade(home);
    throw error;
  }
}

async function downloadTo(task: TaskRun, path: string, file: string, localPath: string): Promise<void> {
  const info = await stat(file).catch(() => undefined);
  if (info !== undefined && !info.isFile() && !info.isDirectory())
    throw new TaskError(`Cannot download to ${localPath}: it is neither a file nor a directory, and is left as it is.`);
  if (info?.isDirectory() !== true) {
    // An existing file keeps its mode.
    const isFile = await downloadFile(task, path, { file, localPath, mode: info === undefined ? 0o644 : info.mode & 0o777 });
    if (isFile) return;
    if (info !== undefined)
      throw new TaskError(`Cannot download ${path} to ${localPath}: it is a directory there, and a file here.`);
  }
  if (await downloadTree(task, path, file)) return;
  throw new TaskError(`Cannot download to ${localPath}: it is a directory.`, {
    hint: `Name the file in it: ${join(localPath, basename(path))}`,
  });
}

interface LocalTarget {
  readonly file: string;
  readonly localPath: string;
  readonly mode: number;
}

/** @returns false for a directory: nothing is written */
async function downloadFile(task: TaskRun, path: string, { file, localPath, mode }: LocalTarget): Promise<boolean> {
  const temp = join(dirname(file), tempName(task));
  const failed = new AbortController();
  const sink = createWriteStream(temp, { flags: "wx", mode: 0o600 });
  sink.once("error", (error) => failed.abort(unwritable(localPath, error)));
  noteWork(task);
  try {
    let said = "";
    const onStderr = (text: string): void => {
      said += text;
    };
    const flow = (): Flow => ({ bytes: sink.bytesWritten, totalBytes: sizeIn(said) });
    const parts = { stdout: sink, signal: failed.signal, onStderr, flow };
    const result = await streamCommand(task, fetchCommand(path, task.context), parts);
    throwOnFailure([result], task.target);
    if (!sink.writableEnded) sink.end();
    await finished(sink);
    if (result.stderr.trimEnd() === IS_DIRECTORY) {
      await rm(temp, { force: true });
      return false;
    }
    const size = sizeIn(result.stderr) ?? 0;
    if (sink.bytesWritten < size) {
      throw new TaskError(`Only ${sink.bytesWritten} of ${size} bytes of ${path} arrived from ${task.target.id}.`);
    }
    await chmod(temp, mode);
    await rename(temp, file);
    return true;
  } catch (error) {
    sink.destroy();
    await rm(temp, { force: true });
    throw failed.signal.aborted ? failed.signal.reason : error;
  }
}

const IS_DIRECTORY = "fake: a directory";

function sizeIn(stderr: string): number | undefined {
  const [, size] = /^\s*(\d+)\s*$/m.exec(stderr) ?? [];
  return size === undefined ? undefined : Number(size);
}

/** Says the size on stderr, as stdout is the content. */
function fetchCommand(path: string, context: CommandContext) {
  const text = `p=${quotePath(path)}; if [ -d "$p" ]; then echo '${IS_DIRECTORY}' >&2; else wc -c < "$p" >&2 && cat "$p"; fi`;
  return toCommand(text, { title: `download ${path}` }, context);
}

function unwritable(path: string, cause: unknown): TaskError {
  return new TaskError(`Cannot write ${path}: ${reasonOfSystem(cause)}`, { cause });
}

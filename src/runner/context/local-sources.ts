/** What is to be uploaded, found before any of it is sent. */
import { stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { ProblemsError, TaskError, UsageError } from "../../errors.ts";
import { reasonOfSystem } from "../../process/transfer/local-disk.ts";
import type { Source } from "../../process/transfer/tree.ts";
import type { TransferOptions } from "../shell.ts";
import type { Pending } from "./pending.ts";
import { readTree } from "./transfer-tree.ts";

/** A file that is to be uploaded. */
export interface LocalFile {
  readonly file: string;
  readonly size: number;
}

/** @throws TaskError, ProblemsError when it is not there, cannot be read, or is neither a file nor a directory */
export async function findLocal(localPath: string, { mode }: TransferOptions = {}): Promise<LocalFile | Source> {
  const file = resolve(localPath);
  const info = await stat(file).catch((error: unknown) => {
    throw isMissing(error) ? new FilesMissing([localPath]) : unreadable(localPath, error);
  });
  if (info.isDirectory()) {
    if (mode === undefined) return await readTree(file);
    throw new UsageError("MODE_OF_DIRECTORY", `${localPath} is a directory: its files have modes of their own.`, {
      hint: "Leave out the mode, or set it here before.",
    });
  }
  if (!info.isFile()) throw new TaskError(`Cannot upload ${localPath}: it is no regular file.`);
  return { file, size: info.size };
}

/** What is asked for in one turn of the event loop. */
interface UploadTurn {
  readonly found: Promise<unknown>[];
  readonly over: Promise<unknown>;
}

const turns = new WeakMap<Pending, UploadTurn>();

/** The same, of what a task asks for at once (`Promise.all`): none is sent where one is missing, and all that are missing are said. */
export async function findTogether(pending: Pending, localPath: string, options: TransferOptions): Promise<LocalFile | Source> {
  const turn = turns.get(pending) ?? openTurn(pending);
  const found = findLocal(localPath, options);
  turn.found.push(found);
  found.catch(() => undefined);
  await turn.over;
  const reasons = (await Promise.allSettled(turn.found)).flatMap((one) =>
    one.status === "rejected" ? [one.reason as unknown] : [],
  );
  const absent = reasons.flatMap((reason) => (reason instanceof FilesMissing ? reason.paths : []));
  if (absent.length > 0) throw new FilesMissing([...new Set(absent)]);
  if (reasons.length > 0) throw reasons[0];
  return await found;
}

function openTurn(pending: Pending): UploadTurn {
  const over = setImmediate().then(() => turns.delete(pending));
  const turn = { found: [], over };
  turns.set(pending, turn);
  return turn;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

class FilesMissing extends ProblemsError {
  readonly paths: readonly string[];

  constructor(paths: readonly string[]) {
    const problems = paths.map((path) => ({ message: `${JSON.stringify(path)} does not exist.`, subject: path }));
    super("BAD_SOURCES", problems, { hint: hintFor(paths) });
    this.paths = paths;
  }
}

function hintFor(paths: readonly string[]): string | undefined {
  return paths.every((path) => isAbsolute(path)) ? undefined : `Looked in ${resolve()}, where fake was started.`;
}

export function unreadable(path: string, error: unknown): TaskError {
  return new TaskError(`Cannot read ${path}: ${reasonOfSystem(error)}`, { cause: error, hint: hintFor([path]) });
}

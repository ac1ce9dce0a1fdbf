/** Directories of tasks, through what `put` and `get` of processes do. */
import { rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { formatBytes } from "../../amounts.ts";
import { toCommand } from "../../command/builder.ts";
import { type Problem, ProblemsError, TaskError } from "../../errors.ts";
import { extractTar } from "../../process/transfer/extract.ts";
import { sendDirectoryScript, sumIn } from "../../process/transfer/fetch-script.ts";
import { reasonOfSystem } from "../../process/transfer/local-disk.ts";
import { makeStage, mergeInto, syncTree } from "../../process/transfer/merge.ts";
import { archiveParcel, countSent } from "../../process/transfer/parcel.ts";
import { Meter } from "../../process/transfer/progress.ts";
import { createSum, type SumTool } from "../../process/transfer/sum.ts";
import { readDirectory, type Source } from "../../process/transfer/tree.ts";
import { treePlaceScript } from "../../process/transfer/tree-script.ts";
import { throwOnFailure } from "../machine/command-report.ts";
import { quotePath, streamCommand } from "./remote-file.ts";
import { noteWork, type TaskRun } from "./run.ts";
import type { Flow } from "./transfer-progress.ts";

/** All that is in a directory. @throws ProblemsError with all that cannot be read */
export async function readTree(directory: string): Promise<Source> {
  const problems: Problem[] = [];
  const source = await readDirectory(directory, "/", () => false, problems);
  if (source === undefined || problems.length > 0) throw new ProblemsError("BAD_SOURCES", problems);
  return source;
}

/** Fills a directory of the host, which is made where there is none. @throws TaskError for what changes here meanwhile @throws CommandError */
export async function uploadTree(task: TaskRun, source: Source, path: string): Promise<void> {
  noteWork(task);
  const look = { title: `look for ${path}`, quiet: true };
  const seen = await streamCommand(task, toCommand(`(${treePlaceScript(quotePath(path))})`, look, task.context));
  throwOnFailure([seen], task.target);
  // A test's host says nothing.
  const [, tool = "sha256sum", root = path] = /^(\S+)\n(.+?)\n$/s.exec(seen.stdout) ?? [];
  const named = [{ source: { file: source.file, entries: source.entries.slice(1) }, name: "." }];
  const parcel = archiveParcel({ path: root, into: true }, { named, tool: tool as SumTool, fsync: true });
  const failed = new AbortController();
  const meter = new Meter();
  const content = Readable.from(
    copies(
      parcel.input(() => undefined),
      countSent(parcel, meter),
    ),
  );
  // A host that waits for the rest of an archive would wait for ever.
  content.once("error", (error) => failed.abort(error));
  const title = `upload ${source.file} to ${path} (${parcel.files} files, ${formatBytes(parcel.bytes)})`;
  const command = toCommand(`(${parcel.script})`, { stdin: content, title }, task.context);
  try {
    const flow = (): Flow => ({ bytes: meter.bytes, totalBytes: parcel.bytes });
    throwOnFailure([await streamCommand(task, command, { signal: failed.signal, flow })], task.target);
  } catch (error) {
    throw failed.signal.aborted ? failed.signal.reason : error;
  } finally {
    content.destroy();
  }
}

/** A stream holds on to what the archive writes over. */
async function* copies(input: AsyncIterable<Buffer>, onTaken: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of input) {
    yield Buffer.from(chunk);
    onTaken(chunk.length);
  }
}

/**
 * Fills a directory of this machine, which is made where there is none.
 * @returns false when it is no directory there: nothing is written
 * @throws TaskError when it cannot be written, or is not what was sent @throws CommandError
 */
export async function downloadTree(task: TaskRun, path: string, directory: string): Promise<boolean> {
  noteWork(task);
  const isThere = (await stat(directory).catch(() => undefined)) !== undefined;
  const home = isThere ? directory : dirname(directory);
  const stage = await makeStage(home).catch((error: unknown) => {
    throw new TaskError(`Cannot write ${directory}: ${reasonOfSystem(error)}`, { cause: error });
  });
  const failed = new AbortController();
  try {
    const root = join(stage, "t");
    const sink = new PassThrough();
    const meter = new Meter();
    const received = receive(sink, isThere ? root : join(root, basename(directory)), meter).catch((error: unknown) => {
      failed.abort(error);
      sink.destroy();
      throw error;
    });
    received.catch(() => undefined);
    const command = toCommand(`(${sendDirectoryScript(quotePath(path))})`, { title: `download ${path}` }, task.context);
    const flow = (): Flow => ({ bytes: meter.bytes, totalBytes: meter.totalBytes });
    const result = await streamCommand(task, command, { stdout: sink, signal: failed.signal, flow });
    if (!sink.writableEnded) sink.end();
    if (!failed.signal.aborted) throwOnFailure([result], task.target);
    const sum = await received;
    if (sum === undefined) return false;
    if (sumIn(result.stderr) !== sum)
      throw new TaskError(`What has arrived of ${path} from ${task.target.id} is not what was sent.`);
    await syncTree(stage);
    await mergeInto(root, home);
    return true;
  } catch (error) {
    throw failed.signal.aborted ? failed.signal.reason : error;
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** Unpacks what comes. @returns its sum; undefined where nothing came */
async function receive(source: AsyncIterable<Buffer>, root: string, meter: Meter): Promise<string | undefined> {
  const chunks = source[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (!head.includes(10)) {
    const { value, done } = await chunks.next();
    if (done === true) {
      if (head.length === 0) return undefined;
      break;
    }
    head = Buffer.concat([head, value]);
  }
  const end = head.indexOf(10);
  const [tool, size] = head.toString("latin1", 0, end).split(" ");
  const sum = createSum(tool as SumTool);
  meter.totalBytes = size === undefined || size === "" ? undefined : Number(size);
  const rest = async function* (): AsyncGenerator<Buffer> {
    let chunk: Buffer = head.subarray(end + 1);
    for (;;) {
      sum.update(chunk);
      yield chunk;
      const { value, done } = await chunks.next();
      if (done === true) return;
      chunk = value;
    }
  };
  await extractTar(rest(), root, meter);
  return sum.digest();
}

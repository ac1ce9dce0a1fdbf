/** Files of one host to this machine. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join, posix } from "node:path";
import { TaskError } from "../../errors.ts";
import { extractTar } from "./extract.ts";
import {
  type FoundFile,
  isOnlyChange,
  prefixScript,
  readSurvey,
  sendFileScript,
  sendTreeScript,
  sumIn,
  surveyScript,
} from "./fetch-script.ts";
import { reasonOf, runOrThrow, runScript, type Wire } from "./host-run.ts";
import { isAlive, makeStage, mergeInto, notReplaced, syncTree } from "./merge.ts";
import type { TransferOutcome } from "./outcome.ts";
import type { Meter } from "./progress.ts";
import { RESUME_FROM } from "./script.ts";
import { createSum, type SumTool } from "./sum.ts";

/** Files from this size on come by themselves, so that they can be continued. */
const LARGE = 8 * 1024 * 1024;

export interface GetRequest {
  readonly paths: readonly string[];
  /** Of this machine, absolute. */
  readonly path: string;
  /** A directory to put them in, or the name itself. */
  readonly into: boolean;
  readonly fsync: boolean;
  readonly signal: AbortSignal;
  readonly meter: Meter;
}

/** @throws TaskError for what the host refuses, and what cannot be written here */
export async function getFromHost(wire: Wire, request: GetRequest): Promise<TransferOutcome> {
  const { paths, path, into, signal, meter } = request;
  const { tool, found } = readSurvey((await runOrThrow(wire, surveyScript(paths), { signal })).stdout);
  checkNames(found, request);
  const directories = found.filter(({ kind }) => kind === "directory");
  const files = found.filter(({ kind }) => kind === "file");
  if (found.every(({ count }) => count !== undefined)) {
    meter.totalBytes = found.reduce((total, { size }) => total + size, 0);
    meter.totalFiles = found.reduce((total, { count = 0 }) => total + count, 0);
  }
  meter.begin();
  const home = into ? path : dirname(path);
  await mkdir(home, { recursive: true });
  const alone = files.filter(({ size }) => files.length === 1 || size >= LARGE);
  const together = files.filter((file) => !alone.includes(file));
  const nameOf = (one: FoundFile): string => (into ? posix.basename(one.path) : basename(path));
  if (directories.length + together.length > 0) await getTrees(wire, request, { tool, home, directories, together, nameOf });
  let resumed = 0;
  for (const file of alone) resumed += await getFile(wire, request, { tool, file, target: join(home, nameOf(file)) });
  return { tool, resumed };
}

function checkNames(found: readonly FoundFile[], { path, into }: GetRequest): void {
  if (!into && found.length > 1)
    throw new TaskError(`${found.length} files cannot all be ${path}: a slash behind it makes it a directory to put them in.`);
  const names = found.map((one) => posix.basename(one.path));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new TaskError(`Two of the files are called ${twice}: they cannot be in one directory.`);
  const nameless = found.find((one) => /^(?:\/|\.|\.\.)$/.test(posix.basename(one.path) || "/"));
  if (into && nameless !== undefined) throw new TaskError(`${nameless.path} has no name to be put in ${path} under.`);
}

interface Trees {
  readonly tool: SumTool;
  readonly home: string;
  readonly directories: readonly FoundFile[];
  readonly together: readonly FoundFile[];
  readonly nameOf: (one: FoundFile) => string;
}

async function getTrees(wire: Wire, request: GetRequest, { tool, home, directories, together, nameOf }: Trees): Promise<void> {
  const stage = await makeStage(home);
  try {
    const root = join(stage, "t");
    await mkdir(root);
    for (const one of directories)
      await getTree(wire, request, sendTreeScript(one.path, undefined, tool), tool, join(root, nameOf(one)));
    for (const folder of new Set(together.map((one) => posix.dirname(one.path)))) {
      const names = together.flatMap((one) => (posix.dirname(one.path) === folder ? [posix.basename(one.path)] : []));
      await getTree(wire, request, sendTreeScript(folder, names, tool), tool, root);
    }
    if (request.fsync) await syncTree(stage);
    request.signal.throwIfAborted();
    await mergeInto(root, home);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

async function getTree(wire: Wire, { signal, meter }: GetRequest, script: string, tool: SumTool, root: string): Promise<void> {
  const sum = createSum(tool);
  const read = (output: AsyncIterable<Buffer>): Promise<void> =>
    extractTar(
      tap(output, (chunk) => void sum.update(chunk)),
      root,
      meter,
    );
  const ran = await runScript(wire, script, { signal, read });
  if (ran.exitCode !== 0 && !(ran.exitCode === 1 && isOnlyChange(ran.stderr))) throw new TaskError(reasonOf(ran));
  if (sumIn(ran.stderr) !== sum.digest())
    throw new TaskError(`What has arrived is not what was sent: the sums by ${tool} differ.`);
}

interface FileFetch {
  readonly tool: SumTool;
  readonly file: FoundFile;
  readonly target: string;
}

interface PartFetch extends FileFetch {
  readonly part: string;
  readonly key: string;
  readonly version: string;
}

/** What this program writes to just now. */
const active = new Set<string>();

/** @returns how many bytes were there from an earlier time */
async function getFile(wire: Wire, request: GetRequest, { tool, file, target }: FileFetch): Promise<number> {
  const self = await stat(target).catch(() => undefined);
  if (self?.isDirectory() === true) throw new TaskError(`${target} is a directory, where a file is to be.`);
  if (self?.isFile() === false) throw notReplaced(target);
  const key = createHash("sha256").update(`${wire.host.id}\0${file.path}`).digest("hex").slice(0, 12);
  const version = createHash("sha256").update(`${file.size} ${file.mtime}`).digest("hex").slice(0, 12);
  const part = join(dirname(target), `.fake-${key}-${version}.${hostname()}.${process.pid}.part`);
  if (active.has(part)) throw new TaskError(`${target} is being fetched already.`);
  active.add(part);
  try {
    return await getPart(wire, request, { tool, file, target, part, key, version });
  } finally {
    active.delete(part);
  }
}

async function getPart(
  wire: Wire,
  { signal, meter, fsync }: GetRequest,
  { tool, file, target, part, key, version }: PartFetch,
): Promise<number> {
  const offset = await claimPart(wire, { tool, file, target: part }, key, version, signal);
  meter.skipped += offset;
  if (offset > 0) meter.addBytes(offset);
  const handle = await open(part, offset > 0 ? "a" : "wx", 0o600);
  const sum = createSum(tool);
  let size = offset;
  try {
    const read = async (output: AsyncIterable<Buffer>): Promise<void> => {
      for await (const chunk of output) {
        sum.update(chunk);
        await handle.writeFile(chunk);
        size += chunk.length;
        meter.addBytes(chunk.length);
      }
    };
    const ran = await runOrThrow(wire, sendFileScript(file.path, offset, file.size, tool), { signal, read });
    if (sumIn(ran.stderr) !== sum.digest() || size !== file.size) {
      size = 0;
      throw new TaskError(`${file.path} has changed while it was read, or was damaged: ${target} is as it was.`);
    }
    if (fsync) await handle.sync();
  } catch (error) {
    await handle.close();
    const isFull = error instanceof Error && "code" in error && error.code === "ENOSPC";
    if (size < RESUME_FROM || isFull) await rm(part, { force: true });
    throw error;
  }
  await handle.close();
  await chmod(part, file.mode);
  await utimes(part, file.mtime, file.mtime);
  await rename(part, target);
  meter.addFile();
  return offset;
}

/** Takes over what an earlier program has left, where the host's file begins with it. */
async function claimPart(
  wire: Wire,
  { tool, file, target }: FileFetch,
  key: string,
  version: string,
  signal: AbortSignal,
): Promise<number> {
  const folder = dirname(target);
  for (const name of await readdir(folder)) {
    const [, of, node, pid] = /^\.fake-([0-9a-f]{12})-[0-9a-f]{12}\.(.*)\.(\d+)\.part$/.exec(name) ?? [];
    if (
      of !== key ||
      (active.has(join(folder, name)) && join(folder, name) !== target) ||
      node !== hostname() ||
      (Number(pid) !== process.pid && isAlive(Number(pid)))
    )
      continue;
    const path = join(folder, name);
    const { size } = await stat(path);
    if (name.includes(`-${version}.`) && size > 0 && size <= file.size) {
      const sum = createSum(tool);
      for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) sum.update(chunk);
      const there = await runOrThrow(wire, prefixScript(file.path, size, tool), { signal });
      if (there.stdout.trim() === sum.digest()) {
        await rename(path, target);
        return size;
      }
    }
    await rm(path, { force: true });
  }
  return 0;
}

async function* tap(source: AsyncIterable<Buffer>, hear: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    hear(chunk);
    yield chunk;
  }
}

import { mkdir, rm, symlink } from "node:fs/promises";
import { basename, dirname, join, posix } from "node:path";
import { TaskError } from "../../errors.ts";
import { extractTar, staysInside } from "./extract.ts";
import { type FoundFile, isOnlyChange, readSurvey, sendTreeScript, sumIn, surveyScript } from "./fetch-script.ts";
import { getFile } from "./get-file.ts";
import { reasonOf, runOrThrow, runScript, type Wire } from "./host-run.ts";
import { cannotWrite, makeDirectory, removeMade } from "./local-disk.ts";
import { makeStage, mergeInto, syncTree } from "./merge.ts";
import type { TransferOutcome } from "./outcome.ts";
import { eachOf } from "./pieces.ts";
import type { Meter } from "./progress.ts";
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
  const links = found.filter(({ kind }) => kind === "link");
  if (found.every(({ count }) => count !== undefined)) {
    meter.totalBytes = found.reduce((total, { size }) => total + size, 0);
    meter.totalFiles = found.reduce((total, { count = 0 }) => total + count, 0);
  }
  meter.begin();
  const home = into ? path : dirname(path);
  await makeDirectory(home);
  try {
    return await getFound(wire, request, { tool, home, directories, files, links });
  } catch (error) {
    await removeMade(home);
    throw cannotWrite(path, error);
  }
}

interface FoundFiles {
  readonly tool: SumTool;
  readonly home: string;
  readonly directories: readonly FoundFile[];
  readonly files: readonly FoundFile[];
  /** Those that lead nowhere. */
  readonly links: readonly FoundFile[];
}

async function getFound(wire: Wire, request: GetRequest, found: FoundFiles): Promise<TransferOutcome> {
  const { path, into } = request;
  const { tool, home, directories, files } = found;
  const alone = files.filter(({ size }) => files.length === 1 || size >= LARGE);
  const together = files.filter((file) => !alone.includes(file));
  const nameOf = (one: FoundFile): string => (into ? posix.basename(one.path) : basename(path));
  const links = found.links.filter(staysInside);
  if (directories.length + together.length + links.length > 0)
    await getTrees(wire, request, { tool, home, directories, together, links, nameOf });
  let resumed = 0;
  for (const file of alone) resumed += await getFile(wire, request, { tool, file, target: join(home, nameOf(file)) });
  return { tool, resumed, leftOut: found.links.flatMap((one) => (links.includes(one) ? [] : [one.path])) };
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

interface Trees extends Omit<FoundFiles, "files"> {
  readonly together: readonly FoundFile[];
  readonly nameOf: (one: FoundFile) => string;
}

async function getTrees(
  wire: Wire,
  request: GetRequest,
  { tool, home, directories, together, links, nameOf }: Trees,
): Promise<void> {
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
    for (const one of links) await symlink(one.target ?? "", join(root, nameOf(one)));
    if (request.fsync) await syncTree(stage);
    request.signal.throwIfAborted();
    await mergeInto(root, home);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

async function getTree(wire: Wire, { signal, meter }: GetRequest, script: string, tool: SumTool, root: string): Promise<void> {
  const sum = createSum(tool);
  const read = (output: AsyncIterable<readonly Buffer[]>): Promise<void> =>
    extractTar(
      tap(eachOf(output), (chunk) => void sum.update(chunk)),
      root,
      meter,
    );
  const ran = await runScript(wire, script, { signal, read });
  if (ran.exitCode !== 0 && !(ran.exitCode === 1 && isOnlyChange(ran.stderr))) throw new TaskError(reasonOf(ran));
  if (sumIn(ran.stderr) !== sum.digest())
    throw new TaskError(`What has arrived is not what was sent: the sums by ${tool} differ.`);
}

async function* tap(source: AsyncIterable<Buffer>, hear: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    hear(chunk);
    yield chunk;
  }
}

/** One file of a host to this machine, which can be continued. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, type FileHandle, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { TaskError } from "../../errors.ts";
import { type FoundFile, prefixScript, sendFileScript, sumIn } from "./fetch-script.ts";
import { runOrThrow, type Wire } from "./host-run.ts";
import { cannotWrite } from "./local-disk.ts";
import { isAlive, notReplaced } from "./merge.ts";
import type { Meter } from "./progress.ts";
import { RESUME_FROM } from "./script.ts";
import { createSum, type SumTool } from "./sum.ts";

interface FetchParts {
  readonly fsync: boolean;
  readonly signal: AbortSignal;
  readonly meter: Meter;
}

/** A file, and where it goes on this machine. */
export interface FileFetch {
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

/** A large file, or one by itself, from where an earlier transfer ended. @returns how many bytes were there */
export async function getFile(wire: Wire, request: FetchParts, { tool, file, target }: FileFetch): Promise<number> {
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
  } catch (error) {
    throw cannotWrite(target, error);
  } finally {
    active.delete(part);
  }
}

async function getPart(
  wire: Wire,
  { signal, meter, fsync }: FetchParts,
  { tool, file, target, part, key, version }: PartFetch,
): Promise<number> {
  const offset = await claimPart(wire, { tool, file, target: part }, key, version, signal);
  meter.skipped += offset;
  if (offset > 0) meter.addBytes(offset);
  const handle = await open(part, offset > 0 ? "a" : "wx", 0o600);
  const sum = createSum(tool);
  let size = offset;
  try {
    const read = async (output: AsyncIterable<readonly Buffer[]>): Promise<void> => {
      for await (const batch of output) {
        for (const piece of batch) sum.update(piece);
        const bytes = await writeAll(handle, batch);
        size += bytes;
        meter.addBytes(bytes);
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

/** @returns how many bytes that was */
async function writeAll(handle: FileHandle, batch: readonly Buffer[]): Promise<number> {
  const length = batch.reduce((sum, piece) => sum + piece.length, 0);
  const { bytesWritten } = await handle.writev(batch);
  // A disk that fills up takes a part, and says so the next time.
  if (bytesWritten < length) await handle.writeFile(Buffer.concat(batch).subarray(bytesWritten));
  return length;
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

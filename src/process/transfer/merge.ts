/** Moves what has arrived into place: each file in one rename. */
import { execFile } from "node:child_process";
import { lstat, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { TaskError } from "../../errors.ts";

let count = 0;

/** A new directory beside the destination; those of programs that are gone are removed. */
export async function makeStage(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const node = hostname();
  for (const name of await readdir(directory)) {
    const [, of, pid] = /^\.fake-get\.(.*)\.(\d+)\.\d+\.stage$/.exec(name) ?? [];
    if (of === node && pid !== undefined && !isAlive(Number(pid)))
      await rm(join(directory, name), { recursive: true, force: true });
  }
  const stage = join(directory, `.fake-get.${node}.${process.pid}.${count++}.stage`);
  await mkdir(stage, { mode: 0o700 });
  return stage;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** All that is in one directory into another; directories that are there are filled. Nothing is moved where something is in the way. */
export async function mergeInto(from: string, to: string): Promise<void> {
  const moves: (readonly [from: string, to: string])[] = [];
  await plan(from, to, moves);
  for (const [source, target] of moves) await rename(source, target);
}

async function plan(from: string, to: string, moves: (readonly [string, string])[]): Promise<void> {
  for (const name of await readdir(from)) {
    const source = join(from, name);
    const target = join(to, name);
    const isDirectory = (await lstat(source)).isDirectory();
    const there = await stat(target).catch(() => undefined);
    const self = there === undefined ? undefined : await lstat(target);
    if (isDirectory && there?.isDirectory() === true) await plan(source, target, moves);
    else if (isDirectory && self !== undefined) throw new TaskError(`${target} is a file, where a directory is to be.`);
    else if (self?.isDirectory() === true) throw new TaskError(`${target} is a directory, where a file is to be.`);
    else if (self?.isFile() === false && !self.isSymbolicLink()) throw notReplaced(target);
    else moves.push([source, target]);
  }
}

/** A device or a pipe that is replaced is gone for all that use it. */
export function notReplaced(target: string): TaskError {
  return new TaskError(`${target} is neither a file nor a directory: it is left as it is.`);
}

/** Writes all of a directory's file system through to the disk, where the machine can; else the directory alone. */
export async function syncTree(directory: string): Promise<void> {
  const isDone = await new Promise<boolean>((resolve) => {
    execFile("sync", ["-f", directory], (error) => resolve(error === null));
  });
  if (isDone) return;
  const handle = await open(directory, "r");
  await handle.sync().catch(() => undefined);
  await handle.close();
}

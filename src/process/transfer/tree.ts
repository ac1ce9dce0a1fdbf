/** Local files, as they are before anything is sent. */
import { accessSync, constants, existsSync, lstatSync, readdirSync, readlinkSync, type Stats, statSync } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Problem, toError } from "../../errors.ts";
import { matchesGlob } from "../../glob.ts";
import type { IsExcluded } from "./exclude.ts";
import { globPieces, isPattern } from "./paths.ts";

/** A file, a directory or a link in a source. */
export interface TreeEntry {
  /** From the source on, with slashes; empty for the source itself. */
  readonly path: string;
  readonly file: string;
  readonly type: "file" | "directory" | "link";
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly size: number;
  readonly target?: string | undefined;
}

/** What one path stands for. */
export interface Source {
  readonly name: string;
  readonly file: string;
  readonly entries: readonly [TreeEntry, ...TreeEntry[]];
  readonly isDirectory: boolean;
}

/**
 * The files and directories that are meant, with all that is in them. A link is followed where it is named; in a directory it stays one.
 * @param problems takes each path that is missing or cannot be read
 */
export async function readSources(paths: readonly string[], cwd: string, problems: Problem[]): Promise<readonly Source[]> {
  const sources: Source[] = [];
  for (const path of paths) {
    for (const file of await expandPath(path, cwd, problems)) {
      // What a pattern matches need not lead anywhere: it goes as the link that it is.
      const source = linkAlone(path, file) ?? (await readSource(file, problems));
      if (source !== undefined) sources.push(source);
    }
  }
  return sources;
}

function linkAlone(path: string, file: string): Source | undefined {
  if (!isPattern(path) || existsSync(file)) return undefined;
  const link = readLink(file);
  return link && { name: basename(file), file, entries: [link], isDirectory: false };
}

function readLink(file: string): TreeEntry | undefined {
  try {
    const { mtimeMs } = lstatSync(file);
    const rest = { path: "", file, mode: 0o777, mtime: Math.floor(mtimeMs / 1000) };
    return { ...rest, type: "link", size: 0, target: readlinkSync(file) };
  } catch {
    // None, or gone: it is read as any other.
    return undefined;
  }
}

/** A path that is there as it is written stands for itself, whatever is in it. */
async function expandPath(path: string, cwd: string, problems: Problem[]): Promise<readonly string[]> {
  const whole = resolve(cwd, path);
  if (path !== "" && (await exists(whole))) return [whole];
  if (!isPattern(path)) {
    problems.push({ message: `${JSON.stringify(path)} does not exist.`, subject: path, hint: `Looked for ${whole}.` });
    return [];
  }
  let found: readonly string[] = [resolve(cwd, path.startsWith(sep) ? sep : ".")];
  for (const part of path.split(sep).filter((one) => one !== "" && one !== ".")) {
    found = (await Promise.all(found.map((directory) => matchesIn(directory, part)))).flat();
  }
  if (found.length === 0)
    problems.push({ message: `Nothing matches ${JSON.stringify(path)}.`, subject: path, hint: `Looked in ${cwd}.` });
  return found;
}

async function matchesIn(directory: string, part: string): Promise<readonly string[]> {
  if (!isPattern(part)) return (await exists(join(directory, part))) ? [join(directory, part)] : [];
  const names = await readdir(directory).catch(() => []);
  const matches = names.filter(
    (name) => (part.startsWith(".") || !name.startsWith(".")) && matchesGlob(globPieces(part), [...name]),
  );
  return matches.sort().map((name) => join(directory, name));
}

/** A directory but for what is excluded. @param problems takes what is missing, is none, or cannot be read in it */
export async function readDirectory(
  path: string,
  cwd: string,
  isExcluded: IsExcluded,
  problems: Problem[],
): Promise<Source | undefined> {
  const file = resolve(cwd, path);
  const kind = await lookAt(file);
  if (kind === "directory") return await readSource(file, problems, isExcluded);
  const message = kind === "other" ? "is a file, and no directory" : "does not exist";
  problems.push({ message: `${JSON.stringify(path)} ${message}.`, subject: path, hint: `Looked for ${file}.` });
  return undefined;
}

async function readSource(file: string, problems: Problem[], isExcluded?: IsExcluded): Promise<Source | undefined> {
  const entries: TreeEntry[] = [];
  await walk(file, "", entries, problems, isExcluded);
  const [first, ...more] = entries;
  if (first === undefined) return undefined;
  return { name: basename(file), file, entries: [first, ...more], isDirectory: first.type === "directory" };
}

/** Each directory with all that is in it, before the next: a tar that is behind it sets its time then. */
async function walk(
  file: string,
  path: string,
  entries: TreeEntry[],
  problems: Problem[],
  isExcluded?: IsExcluded,
): Promise<void> {
  const entry = look(file, path, problems);
  if (entry === undefined) return;
  entries.push(entry);
  if (entry.type !== "directory") return;
  const names = namesIn(file, problems);
  for (const name of names) {
    const inside = join(file, name);
    const below = path === "" ? name : `${path}/${name}`;
    const found = look(inside, below, problems, isExcluded);
    if (found?.type === "directory") await walk(inside, below, entries, problems, isExcluded);
    else if (found !== undefined) entries.push(found);
  }
  // Between directories others have their turn.
  await setImmediate();
}

/** One call after another: a tenth of what as many promises cost. */
function look(file: string, path: string, problems: Problem[], isExcluded?: IsExcluded): TreeEntry | undefined {
  try {
    const info = path === "" ? statSync(file) : lstatSync(file);
    if (path !== "" && isExcluded?.(path, info.isDirectory()) === true) return undefined;
    const rest = { path, file, mode: info.mode & 0o777, mtime: Math.floor(info.mtimeMs / 1000) };
    if (info.isSymbolicLink()) return { ...rest, type: "link", size: 0, target: readlinkSync(file) };
    if (info.isDirectory()) return { ...rest, type: "directory", size: 0 };
    if (info.isFile()) {
      accessSync(file, constants.R_OK);
      return { ...rest, type: "file", size: info.size };
    }
    problems.push({ message: `${JSON.stringify(file)} is ${kindOf(info)}: it has no content to send.`, subject: file });
  } catch (error) {
    problems.push(unreadable(file, error));
  }
  return undefined;
}

function namesIn(directory: string, problems: Problem[]): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    problems.push(unreadable(directory, error));
    return [];
  }
}

function unreadable(file: string, error: unknown): Problem {
  if (readLink(file) !== undefined && !existsSync(file))
    return { message: `${JSON.stringify(file)} is a link that leads nowhere.`, subject: file };
  return { message: `${JSON.stringify(file)} cannot be read: ${toError(error).message}`, subject: file };
}

function kindOf(info: Stats): string {
  if (info.isSocket()) return "a socket";
  return info.isFIFO() ? "a named pipe" : "a device";
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

/** Whether a local path is a directory, is something else, or is not there; and whether its directory is. */
export async function lookAt(path: string): Promise<"directory" | "other" | "none" | "no parent"> {
  const info = await stat(path).catch(() => undefined);
  if (info !== undefined) return info.isDirectory() ? "directory" : "other";
  const parent = await stat(dirname(path)).catch(() => undefined);
  return parent?.isDirectory() === true ? "none" : "no parent";
}

/** The file, or what else it is, that keeps the directory of a path from being made. */
export async function findInTheWay(path: string): Promise<string | undefined> {
  for (let one = dirname(path); ; one = dirname(one)) {
    const kind = await lookAt(one);
    if (kind === "other") return one;
    if (kind === "directory" || one === dirname(one)) return undefined;
  }
}

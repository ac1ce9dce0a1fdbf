import { dirname, isAbsolute, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { FakeError, formatLocation, type SourceLocation, TaskError, toError } from "./errors.ts";

/** Deep enough to get out of a recipe of ours into the deployfile that used it. */
const DEEP = 50;

/** Enough for a verb: who calls one is seldom far away, and each frame costs. */
const SHALLOW = 6;

/**
 * The line that is running now outside this package: of the deployfile, also when a recipe that ships with us was in between.
 * `(unknown)` when every frame is ours.
 * @param ignoreDirs directories whose frames are passed over. @default this package's code
 */
export function lazyCallerLocation(ignoreDirs: readonly string[] = [OWN_CODE]): SourceLocation {
  return lazyLocation(lazyCallerLocation, (stack) => findInStack(stack, ignoreDirs));
}

/**
 * A location read from the stack above a function that is at work, when somebody looks: most are never shown, and reading a mapped stack
 * is what costs.
 */
export function lazyLocation(
  above: (...args: never[]) => unknown,
  findIn: (stack: string) => SourceLocation | undefined,
): SourceLocation {
  const captured = captureStack(above, DEEP);
  let found: SourceLocation | undefined;
  const find = (): SourceLocation => {
    found ??= findIn(captured.stack) ?? { file: "(unknown)", line: 0 };
    return found;
  };
  return Object.freeze({
    get file() {
      return find().file;
    },
    get line() {
      return find().line;
    },
    get column() {
      return find().column ?? 0;
    },
  });
}

/** How to find out which line called `verb`, which is at work. Undefined: only code of this package did. */
export function callerOf(verb: (...args: never[]) => unknown): () => SourceLocation | undefined {
  const captured = captureStack(verb, SHALLOW);
  return () => ownLine(captured.stack);
}

/**
 * The line of the user's that an error is about: what the error says of it, else the innermost one in its stack or that of its cause.
 * @returns undefined where only code of this package was at work
 */
export function whereOf(error: Error): SourceLocation | undefined {
  const where = (error as Located).where ?? ownLine(framesOf(error).join("\n"));
  return where ?? (error.cause instanceof Error ? whereOf(error.cause) : undefined);
}

/**
 * What a function of the user's has thrown, as an error of theirs that says where.
 * @param what the function, where the error does not say it
 * @param where it was written, where the error's own stack does not say it
 */
export function toOwnError(thrown: unknown, what: string, where?: SourceLocation): FakeError {
  const error = toError(thrown);
  const place = whereOf(error) ?? where;
  if (!(error instanceof FakeError)) return new TaskError(`${what} failed: ${error.message}`, { cause: error, where: place });
  noteWhere(error, place);
  return error;
}

/** Notes which line an error is about, unless the error knows or comes from the user's own code. @returns the error */
export function locate(error: unknown, find: () => SourceLocation | undefined): unknown {
  if (!(error instanceof Error) || (error as Located).where !== undefined) return error;
  const [innermost = ""] = framesOf(error);
  if (ownLine(innermost) === undefined) noteWhere(error, find());
  return error;
}

/** Notes which line an error is about, where one is known. A frozen error stays as it is. */
export function noteWhere(error: Error, where: SourceLocation | undefined): void {
  if (where !== undefined && !Object.isFrozen(error)) Object.defineProperty(error, "where", { value: where });
}

/** `file:line`, as a person in the working directory would type it. */
export function showLocation({ file, line }: SourceLocation): string {
  return formatLocation({ file: displayPath(file, process.cwd()), line });
}

/** `path` as a person in `cwd` would type it: relative when it lies inside. */
export function displayPath(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  return inside === "" || inside.startsWith("..") || isAbsolute(inside) ? path : inside;
}

interface Located extends Error {
  readonly where?: SourceLocation | undefined;
}

/** A line of the user's own files rather than of a package that they use. */
function ownLine(stack: string): SourceLocation | undefined {
  return findInStack(stack, [OWN_CODE], /[\\/]node_modules[\\/]/) ?? findInStack(stack, [OWN_CODE]);
}

/** Without the message, which may say anything. */
function framesOf({ stack = "", message }: Error): readonly string[] {
  const start = Math.max(0, stack.indexOf(message));
  return stack
    .slice(start + message.length)
    .split("\n")
    .filter((line) => FRAME.test(line));
}

/** The first frame of a stack trace, as V8 prints it, that is a file outside `ignoreDirs`. */
export function findInStack(stack: string, ignoreDirs: readonly string[], ignored?: RegExp): SourceLocation | undefined {
  for (const { source, line, column } of framesIn(stack)) {
    const file = toPath(source);
    if (ignored?.test(file) === true || ignoreDirs.some((directory) => isInside(file, directory))) continue;
    return { file, line, column };
  }
  return undefined;
}

/** A frame of a stack trace. */
export interface StackFrame {
  /** A path, or the URL of what was imported. */
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

/** The frames of a stack trace, as V8 prints it, that are in files. */
export function framesIn(stack: string): readonly StackFrame[] {
  return stack.split("\n").flatMap((row) => {
    const frame = FRAME.exec(row)?.[1];
    if (frame === undefined) return [];
    const place = frame.endsWith(")") ? frame.slice(frame.indexOf(" (") + 2, -1) : frame.replace(/^async /, "");
    const [, source, line, column] = /^(.+):(\d+):(\d+)$/.exec(place) ?? [];
    if (source === undefined || source.startsWith("node:") || source.includes("<anonymous>")) return [];
    return [{ source, line: Number(line), column: Number(column) }];
  });
}

function captureStack(above: (...args: never[]) => unknown, frames: number): { readonly stack: string } {
  const holder = { stack: "" };
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = frames;
  Error.captureStackTrace(holder, above);
  Error.stackTraceLimit = limit;
  return holder;
}

/** The path of a file that may be named by its URL. */
export function toPath(file: string): string {
  if (!file.startsWith("file:")) return file;
  try {
    // Queries make loaders import a file anew; they are no part of its name.
    return fileURLToPath(file.replace(/[?#].*$/, ""));
  } catch {
    return file;
  }
}

function isInside(file: string, directory: string): boolean {
  return file.startsWith(directory) && /^[\\/]/.test(file.slice(directory.length));
}

/** The folder of this package's code: `src` in a checkout, `dist` when built, wherever in it this module ended up. */
function findOwnCode(modulePath: string): string {
  const folder = dirname(modulePath);
  return /^.*[\\/](?:src|dist)(?=[\\/]|$)/.exec(folder)?.[0] ?? folder;
}

/** As V8 prints one. */
const FRAME = /^\s+at (.*)$/;

const OWN_CODE = findOwnCode(fileURLToPath(import.meta.url));

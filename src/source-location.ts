import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { SourceLocation } from "./errors.ts";

/** Deep enough to get out of a recipe of ours into the deployfile that used it. */
const FRAMES = 50;

/**
 * Where our caller's caller outside this package is: the line of the deployfile, also when a recipe that ships with us was in
 * between. Undefined when every frame is ours.
 * @param ignoreDirs directories whose frames are passed over. @default this package's code
 */
export function callerLocation(ignoreDirs: readonly string[] = [OWN_CODE]): SourceLocation | undefined {
  return findInStack(captureStack(callerLocation).stack, ignoreDirs);
}

/**
 * The same, read from the stack only when somebody looks: most locations are never shown, and reading a mapped stack is what
 * costs. `(unknown)` when every frame is ours.
 */
export function lazyCallerLocation(ignoreDirs: readonly string[] = [OWN_CODE]): SourceLocation {
  const captured = captureStack(lazyCallerLocation);
  let found: SourceLocation | undefined;
  const find = (): SourceLocation => {
    found ??= findInStack(captured.stack, ignoreDirs) ?? { file: "(unknown)", line: 0 };
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

/** The first frame of a stack trace, as V8 prints it, that is a file outside `ignoreDirs`. */
export function findInStack(stack: string, ignoreDirs: readonly string[]): SourceLocation | undefined {
  for (const line of stack.split("\n")) {
    const place = parseFrame(line);
    if (place !== undefined && !ignoreDirs.some((directory) => isInside(place.file, directory))) return place;
  }
  return undefined;
}

function parseFrame(line: string): SourceLocation | undefined {
  const frame = /^\s+at (.*)$/.exec(line)?.[1];
  if (frame === undefined) return undefined;
  const named = frame.endsWith(")");
  const place = named ? frame.slice(frame.indexOf(" (") + 2, -1) : frame.replace(/^async /, "");
  const parts = /^(.+):(\d+):(\d+)$/.exec(place);
  if (parts?.[1] === undefined || parts[1].startsWith("node:") || parts[1].includes("<anonymous>")) return undefined;
  return { file: toPath(parts[1]), line: Number(parts[2]), column: Number(parts[3]) };
}

function captureStack(above: (...args: never[]) => unknown): { readonly stack: string } {
  const holder = { stack: "" };
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  Error.captureStackTrace(holder, above);
  Error.stackTraceLimit = limit;
  return holder;
}

function toPath(file: string): string {
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

const OWN_CODE = findOwnCode(fileURLToPath(import.meta.url));

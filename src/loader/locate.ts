import { fileURLToPath } from "node:url";
import type { SourceLocation } from "../errors.ts";
import { displayPath } from "../source-location.ts";
import type { Mapping, Place } from "./source-map.ts";

/** Frames looked through for the deployfile's own: recipes that use recipes make deep stacks. */
const FRAMES = 50;

export interface Locator {
  /** The line of the deployfile that is being run right now. Cheap: the place is worked out when it is read. */
  locate(): SourceLocation | undefined;
  /** The innermost line of the user's own files in an error's stack. */
  placeOf(error: Error): Place | undefined;
}

export interface LocatorOptions {
  /** file: URL of the compiled deployfile. */
  readonly url: string;
  readonly mapping: Mapping;
  /** The user's own files that were compiled. */
  readonly sources: readonly string[];
  readonly cwd: string;
}

export function createLocator(options: LocatorOptions): Locator {
  const sources = new Set(options.sources);
  return {
    locate() {
      const site = callSites().find((each) => each.getFileName()?.startsWith(options.url) === true);
      if (site === undefined) return undefined;
      return lazyLocation(() => options.mapping.find(site.getLineNumber() ?? 1, site.getColumnNumber() ?? 1), options.cwd);
    },
    placeOf(error) {
      for (const frame of parseFrames(error.stack ?? "")) {
        if (frame.url.startsWith(options.url)) {
          const place = options.mapping.find(frame.line, frame.column);
          if (place !== undefined) return place;
        }
        // With source maps on, node has already done the mapping.
        const path = frame.url.startsWith("file:") ? fileURLToPath(frame.url) : frame.url;
        if (sources.has(path)) return { path, line: frame.line, column: frame.column };
      }
      return undefined;
    },
  };
}

function callSites(): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  Error.prepareStackTrace = (_error, sites) => sites;
  Error.stackTraceLimit = FRAMES;
  try {
    Error.captureStackTrace(holder, callSites);
    return (holder.stack ?? []) as readonly NodeJS.CallSite[];
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Thousands of tasks and hooks are located, few locations are ever shown. */
function lazyLocation(find: () => Place | undefined, cwd: string): SourceLocation {
  let place: Place | undefined;
  const found = (): Place => {
    place ??= find() ?? { path: "deployfile", line: 1, column: 1 };
    return place;
  };
  return {
    get file() {
      return displayPath(found().path, cwd);
    },
    get line() {
      return found().line;
    },
    get column() {
      return found().column;
    },
  };
}

function parseFrames(stack: string): { url: string; line: number; column: number }[] {
  const frames: { url: string; line: number; column: number }[] = [];
  for (const row of stack.split("\n")) {
    const match = /^\s+at .*?((?:file:\/\/|\/)[^()]*?):(\d+):(\d+)\)?$/.exec(row);
    if (match?.[1] !== undefined) frames.push({ url: match[1], line: Number(match[2]), column: Number(match[3]) });
  }
  return frames;
}

import { SourceMap } from "node:module";
import { fileURLToPath } from "node:url";

/** A place in a file that the user wrote. Line and column count from 1. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** Maps places in a compiled deployfile back to the files it was made of. */
export interface Mapping {
  /** `line` and `column` count from 1. Undefined for text that nobody wrote. */
  find(line: number, column: number): Place | undefined;
}

const MARK = "//# sourceMappingURL=data:application/json;base64,";

/** Reads the map at the end of `code` when it is first needed: most runs never ask. */
export function createMapping(code: string): Mapping {
  let map: SourceMap | undefined;
  return {
    find(line, column) {
      map ??= readMap(code);
      const entry = map?.findEntry(line - 1, column - 1);
      if (entry === undefined || !("originalSource" in entry)) return undefined;
      const path = toPath(entry.originalSource);
      if (path === undefined) return undefined;
      return { path, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
    },
  };
}

function readMap(code: string): SourceMap | undefined {
  const start = code.lastIndexOf(MARK);
  if (start === -1) return undefined;
  const payload = JSON.parse(Buffer.from(code.slice(start + MARK.length).trim(), "base64").toString("utf8"));
  const root: string = payload.sourceRoot ?? "";
  return new SourceMap({ ...payload, sources: payload.sources.map((source: string) => root + source) });
}

function toPath(source: string): string | undefined {
  try {
    return fileURLToPath(new URL(source));
  } catch {
    return undefined;
  }
}

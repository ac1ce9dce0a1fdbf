import { findSourceMap } from "node:module";
import type { SourceLocation } from "../errors.ts";
import { displayPath, framesIn, lazyLocation, type StackFrame, toPath } from "../source-location.ts";

/** Knows the lines of a deployfile, as its user wrote them. @param sources the user's own files that were compiled */
export function createLocator(sources: readonly string[], cwd: string) {
  const own = new Set(sources);
  const placeIn = (stack: string): SourceLocation | undefined => {
    return framesIn(stack)
      .map(originalOf)
      .find(({ file }) => own.has(file));
  };
  /** The line that is being run right now. Cheap: the place is worked out when it is read. */
  function locate(): SourceLocation {
    return lazyLocation(locate, (stack) => {
      const place = placeIn(stack);
      return place === undefined ? undefined : { ...place, file: displayPath(place.file, cwd) };
    });
  }
  /** The innermost line of the user's own files in an error's stack. */
  const placeOf = ({ stack = "" }: Error): SourceLocation | undefined => placeIn(stack);
  return { locate, placeOf };
}

/** A frame of a compiled file is one of the file that it was made of, unless node has said so already. */
function originalOf({ source, line, column }: StackFrame): SourceLocation {
  const entry = findSourceMap(source)?.findEntry(line - 1, column - 1);
  if (entry === undefined || !("originalSource" in entry)) return { file: toPath(source), line, column };
  return { file: toPath(entry.originalSource), line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

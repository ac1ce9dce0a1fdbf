import { cosmiconfig } from "cosmiconfig";
import { DeployfileError, toError } from "../errors.ts";
import { displayPath } from "../source-location.ts";
import { readText } from "./cache.ts";
import { codeFrame } from "./code-frame.ts";

/** What a file of settings says; undefined for a package.json without the key "fake". @throws DeployfileError with the place */
export async function readData(path: string, cwd: string): Promise<{ readonly content: unknown } | undefined> {
  try {
    const result = await cosmiconfig("fake", { searchPlaces: [], cache: false }).load(path);
    return result === null ? undefined : { content: result.config };
  } catch (error) {
    // It may be about a file that this one imports.
    const file = (error as ParserError).filepath ?? path;
    throw dataFault(error, displayPath(file, cwd), readText(file) ?? "");
  }
}

/** What a YAML or JSON parser knows of the place of an error. */
interface ParserError {
  /** cosmiconfig's note. */
  readonly filepath?: string;
  /** js-yaml: lines and columns from 0. */
  readonly mark?: { readonly line: number; readonly column: number };
  readonly reason?: string;
}

/** An error of the YAML or JSON parser as a DeployfileError with file, line and the lines around it. */
function dataFault(thrown: unknown, path: string, content: string): DeployfileError {
  const error = toError(thrown);
  const { mark, reason } = error as ParserError;
  const place = mark === undefined ? jsonPlace(error.message, content) : { line: mark.line + 1, column: mark.column + 1 };
  const what = reason ?? jsonReason(error.message);
  const frame = codeFrame(content, place.line, place.column);
  return new DeployfileError("DEPLOYFILE_SYNTAX", `${path}:${place.line}:${place.column}: ${what}\n\n${frame}`, {
    shortMessage: `${path}:${place.line}: ${what}`,
    cause: thrown,
  });
}

function jsonPlace(message: string, content: string): { line: number; column: number } {
  const named = /line (\d+) column (\d+)/.exec(message) ?? /\((\d+):(\d+)\)/.exec(message);
  if (named !== null) return { line: Number(named[1]), column: Number(named[2]) };
  const position = /position (\d+)/.exec(message);
  const before = content.slice(0, position === null ? content.length : Number(position[1])).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function jsonReason(message: string): string {
  const text = message.replace(/^(JSON|YAML) Error in [^\n]*:\n/, "").split("\n")[0] ?? message;
  return text.replace(/ in JSON at position.*| while parsing.*| in \/.*$| \(line \d+ column \d+\)/, "");
}

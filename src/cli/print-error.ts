import { inspect, stripVTControlCharacters } from "node:util";
import { neutralise } from "../command/neutralise.ts";
import { type ExitCode, FakeError, formatLocation, type Problem, ProblemsError, toError } from "../errors.ts";
import type { Screen } from "../report/reporter.ts";

export interface PrintOptions {
  /** Show stack traces. */
  readonly debug: boolean;
}

/** Tells what went wrong and what to do now. @returns what the process exits with */
export function printError(thrown: unknown, screen: Screen, options: PrintOptions): ExitCode {
  const error = toError(thrown);
  const paint = (style: number, text: string): string => (screen.color ? `\x1b[${style}m${text}\x1b[39m` : text);
  const label = paint(31, "error:");
  if (!(error instanceof FakeError)) {
    const what = `This is a bug in fake: ${error.name}: ${error.message}`;
    screen.write(`${label} ${neutralise(what)}\n`);
    screen.write(options.debug ? stackOf(error) : "  Run it again with --debug to see where, and report that.\n");
    return 1;
  }
  const problems = error instanceof ProblemsError && error.problems.length > 0 ? error.problems : undefined;
  const body = problems === undefined ? neutralise(error.message) : tellProblems(problems);
  screen.write(`${label} ${body}\n`);
  if (error.hint !== undefined) screen.write(`${indent(neutralise(error.hint))}\n`);
  if (options.debug) screen.write(stackOf(error));
  return error.exitCode;
}

function tellProblems(problems: readonly Problem[]): string {
  const told = problems.map(({ message, where, hint }) => {
    const place = where === undefined ? "" : ` (${formatLocation(where)})`;
    return { what: neutralise(`${message}${place}`), hint: hint === undefined ? undefined : neutralise(hint) };
  });
  const [only] = told;
  if (told.length === 1 && only !== undefined) return only.hint === undefined ? only.what : `${only.what}\n${indent(only.hint)}`;
  const rows = told.map(
    ({ what, hint }) => `  - ${what.replaceAll("\n", "\n    ")}${hint === undefined ? "" : `\n${indent(indent(hint))}`}`,
  );
  return [`${problems.length} problems:`, ...rows].join("\n");
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}

/** With its causes. Properties are left out: they may hold what was redacted in the message. */
function stackOf(error: Error): string {
  const parts: string[] = [];
  for (let each: unknown = error; each !== undefined && parts.length < 5; each = (each as Error).cause) {
    parts.push(each instanceof Error ? (each.stack ?? each.message) : inspect(each));
    if (!(each instanceof Error)) break;
  }
  return `\n${neutralise(stripVTControlCharacters(parts.join("\ncaused by: ")))}\n`;
}

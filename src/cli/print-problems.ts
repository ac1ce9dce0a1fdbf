import { inspect, stripVTControlCharacters } from "node:util";
import { neutralise } from "../command/neutralise.ts";
import type { Redactor } from "../command/redact.ts";
import { type ExitCode, FakeError, formatLocation, type Problem, ProblemsError, toError } from "../errors.ts";
import { createPaint } from "../report/paint.ts";
import type { Screen } from "../report/reporter.ts";
import { showLocation } from "../source-location.ts";

export interface PrintOptions {
  /** Show stack traces. */
  readonly debug: boolean;
  /** Knows what must not be shown. */
  readonly redactor: Redactor;
}

/** Tells what went wrong and what to do now. @returns what the process exits with */
export function printError(thrown: unknown, screen: Pick<Screen, "write" | "color">, options: PrintOptions): ExitCode {
  const error = toError(thrown);
  const label = createPaint(screen.color).red("error:");
  const write = (text: string): void => screen.write(options.redactor.redact(text));
  if (!(error instanceof FakeError)) {
    const what = `This is a bug in fake: ${error.name}: ${error.message}`;
    write(`${label} ${neutralise(what)}\n`);
    write(options.debug ? stackOf(error) : "  Run it again with --debug to see where, and report that.\n");
    return 1;
  }
  const problems = error instanceof ProblemsError && error.problems.length > 0 ? error.problems : undefined;
  const where = error.where === undefined ? "" : ` (${showLocation(error.where)})`;
  const body = problems === undefined ? neutralise(error.message.replace(/\n|$/, (end) => where + end)) : tellProblems(problems);
  write(`${label} ${body}\n`);
  if (error.hint !== undefined) write(`${indent(neutralise(error.hint))}\n`);
  if (options.debug) write(stackOf(error));
  return error.exitCode;
}

/** What is odd but harmless, a line each. */
export function printWarnings(warnings: readonly Problem[], screen: Screen): void {
  const label = createPaint(screen.color).yellow("warning:");
  for (const warning of warnings) {
    const hint = warning.hint === undefined ? "" : ` ${neutralise(warning.hint)}`;
    screen.write(`${label} ${describeProblem(warning)}${hint}\n`);
  }
}

/** What is wrong and where, unless the message says where itself. Safe to show. */
export function describeProblem({ message, where }: Problem): string {
  const place = where === undefined ? undefined : formatLocation(where);
  return neutralise(place === undefined || message.includes(place) ? message : `${message} (${place})`);
}

function tellProblems(problems: readonly Problem[]): string {
  const isOne = problems.length === 1;
  const rows = problems.map((problem) => {
    const hint = problem.hint === undefined ? "" : `\n${neutralise(problem.hint)}`;
    if (isOne) return describeProblem(problem) + indent(hint);
    return `  - ${(describeProblem(problem) + hint).replaceAll("\n", "\n    ")}`;
  });
  return [...(isOne ? [] : [`${problems.length} problems:`]), ...rows].join("\n");
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}

/** Where it was thrown, and its causes. Properties are left out: they may hold what was redacted in the message. */
function stackOf(error: Error): string {
  // The message has been told.
  const parts = [
    (error.stack ?? "")
      .split("\n")
      .filter((line) => /^\s+at /.test(line))
      .join("\n"),
  ];
  for (let cause = error.cause; cause !== undefined && parts.length < 5; cause = (cause as Error).cause) {
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause);
    parts.push(`caused by: ${text}`);
    if (!(cause instanceof Error)) break;
  }
  return `\n${neutralise(stripVTControlCharacters(parts.join("\n")))}\n`;
}

/** What is said of a process is checked before anything starts: all that is wrong with it, at once. */
import { constants } from "node:os";
import { inspect } from "node:util";
import type { Command } from "../command/command.ts";
import { parseDuration } from "../command/duration.ts";
import { type Problem, ProblemsError, UsageError } from "../errors.ts";
import { didYouMean, unknownKeys } from "../suggest.ts";
import { type Accept, PROBLEM_KINDS } from "./problem.ts";
import type { ProcessOptions } from "./process.ts";

const HANDLERS = ["onStart", "onEnd", "onReset", "onOutput", "onLine", "onProblem"] as const;

const KEEPS = ["all", "tail", "none"];

const ACCEPTS = ["exitCodes", "timeout", "error", "expect", "write"];

/** What is wrong with a value; undefined: nothing. */
type OptionCheck = (value: unknown) => string | undefined;

const CHECKS: Readonly<Record<keyof ProcessOptions, OptionCheck>> = {
  name: (value) => (typeof value === "string" ? undefined : "must be text"),
  timeout: (value) => durationProblem(value),
  accept: (value) => acceptProblem(value),
  log: (value) => (typeof value === "boolean" ? undefined : flagsProblem(value, PROBLEM_KINDS)),
  pty: (value) => (typeof value === "boolean" || isSize(value) ? undefined : "must be true, false or { columns, rows }"),
  keep: (value) => (KEEPS.includes(value as string) ? undefined : `must be one of ${KEEPS.map((one) => `"${one}"`).join(", ")}`),
  expectTimeout: (value) => (value === "none" || value === 0 ? undefined : durationProblem(value)),
  killGrace: (value) => (value === false ? undefined : durationProblem(value)),
  outlive: (value) => (typeof value === "boolean" ? undefined : "must be true or false"),
  stdin: (value) => (typeof value === "string" || value instanceof Uint8Array ? undefined : "must be text or bytes"),
  ...(Object.fromEntries(HANDLERS.map((key) => [key, functionProblem])) as Record<(typeof HANDLERS)[number], OptionCheck>),
};

/** Names of all options of a process. */
export const PROCESS_OPTIONS: readonly string[] = Object.keys(CHECKS);

/** @param beside others that may have been meant @throws ProblemsError with all that is wrong with them */
export function checkOptions(options: ProcessOptions, beside: readonly string[] = []): void {
  const problems: Problem[] = unknownKeys(options, PROCESS_OPTIONS).map(({ key, hint }) => ({
    message: `A process has no option ${JSON.stringify(key)}.`,
    subject: key,
    hint: didYouMean(key, [...PROCESS_OPTIONS, ...beside]) ?? hint,
  }));
  for (const [key, check] of Object.entries(CHECKS)) {
    const value: unknown = options[key as keyof ProcessOptions];
    const problem = value === undefined ? undefined : check(value);
    if (problem !== undefined)
      problems.push({ message: `The option ${key} of a process ${problem}: it is ${show(value)}.`, subject: key });
  }
  if (options.outlive === true && options.pty !== undefined && options.pty !== false)
    problems.push({
      message: "A process on a terminal cannot outlive us: the terminal goes with us.",
      subject: "outlive",
      hint: "Leave out `pty`, or start it in a terminal that stays (tmux, screen).",
    });
  if (problems.length > 0) throw new ProblemsError("BAD_PROCESS_OPTIONS", problems);
}

/**
 * Options together with those that stand in the command itself: `t.cmd({ timeout: "5m" })`. What the options say wins.
 * @throws UsageError for what only a command of a task can have
 */
export function withOptionsOf(command: Command, options: ProcessOptions): ProcessOptions {
  const { timeout, acceptError, pty, stdin, title } = command;
  const [foreign] = NOT_OF_A_PROCESS.filter((key) => command[key] !== undefined && command[key] !== false);
  if (foreign !== undefined || (stdin !== undefined && typeof stdin !== "string" && !(stdin instanceof Uint8Array))) {
    throw new UsageError(
      "COMMAND_OPTION",
      `A process cannot have what its command has: ${foreign ?? "stdin that is no text and no bytes"}.`,
      {
        hint: "It is for commands that are sent with others, and waited for. Write to a process with `write`.",
        where: command.where,
      },
    );
  }
  const own = {
    timeout: timeout === 0 ? undefined : timeout,
    accept: acceptError === true ? ANY_CODE : undefined,
    pty,
    stdin,
    name: title,
  };
  const said = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...(Object.fromEntries(said) as ProcessOptions), ...options };
}

const ANY_CODE: Accept = { exitCodes: "any" };

const NOT_OF_A_PROCESS = ["ifLost", "hold", "ifGone", "idle", "keepText"] as const satisfies readonly (keyof Command)[];

/** @throws UsageError for what is no signal of this machine */
export function checkSignal(signal: string): void {
  if (Object.hasOwn(constants.signals, signal)) return;
  throw new UsageError("BAD_SIGNAL", `${show(signal)} is no signal.`, {
    hint: 'Signals go by their names: "SIGTERM", "SIGHUP".',
  });
}

function durationProblem(value: unknown): string | undefined {
  try {
    parseDuration(value as string);
    return undefined;
  } catch {
    return 'must be a duration like "90s" or a number of milliseconds above 0';
  }
}

function acceptProblem(value: unknown): string | undefined {
  const problem = flagsProblem(value, ACCEPTS, "exitCodes");
  if (problem !== undefined) return problem;
  const { exitCodes = [] } = value as { readonly exitCodes?: unknown };
  const isList = Array.isArray(exitCodes) && exitCodes.every((code) => Number.isInteger(code) && code >= 0 && code <= 255);
  return isList || exitCodes === "any" ? undefined : 'must have exitCodes from 0 to 255, or "any"';
}

/** @param other the key whose value is no flag */
function flagsProblem(value: unknown, known: readonly string[], other?: string): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return `must be an object with ${known.join(", ")}`;
  const [unknown] = unknownKeys(value, known);
  if (unknown !== undefined) return `has no ${JSON.stringify(unknown.key)} (${unknown.hint.replace(/[.?]$/, "")})`;
  const wrong = Object.entries(value).find(([key, flag]) => key !== other && flag !== undefined && typeof flag !== "boolean");
  return wrong === undefined ? undefined : `must have true or false for ${wrong[0]}`;
}

function functionProblem(value: unknown): string | undefined {
  return typeof value === "function" ? undefined : "must be a function";
}

function isSize(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { columns, rows } = value as { readonly columns?: unknown; readonly rows?: unknown };
  return [columns, rows].every((count) => Number.isInteger(count) && (count as number) > 0 && (count as number) < 0x10000);
}

function show(value: unknown): string {
  return inspect(value, { depth: 1, maxStringLength: 60, breakLength: Number.POSITIVE_INFINITY });
}

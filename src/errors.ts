/**
 * Every error a user can meet. Each answers what happened, where, and what to do now.
 * `shortMessage` fits one row of a screen; `message` is the full story.
 */

import { inspect } from "node:util";

/**
 * Where something was written: a file and a line, as the user would open it. Lines and columns count from 1.
 * @example
 * const where: SourceLocation = { file: "deployfile.ts", line: 12 };
 */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column?: number | undefined;
}

/**
 * What else an error can say.
 * @example
 * const options: FakeErrorOptions = { hint: "Start the queue first: systemctl start queue", cause: new Error("ECONNREFUSED") };
 * throw new TaskError("The queue does not answer.", options);
 */
export interface FakeErrorOptions {
  /** What to do now. One or more sentences, printed under the message. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** @default the first line of the message */
  readonly shortMessage?: string | undefined;
  /** What it is about. @default the line of the deployfile in its stack, if there is one */
  readonly where?: SourceLocation | undefined;
}

/**
 * Exit codes of the command line, by meaning.
 * 0: every host is where it should be. 1: a task failed. 2: usage, deployfile or setting error; nothing was done. 3: locked by
 * someone else; nothing was done. 129, 130, 143: interrupted by SIGHUP, SIGINT, SIGTERM. An error that means 2 or 3 ends a run with 1
 * when a task that does more than look (`readOnly`) has begun.
 * @example
 * class QuotaError extends FakeError {
 *   override readonly exitCode: ExitCode = 3;
 * }
 */
export type ExitCode = 0 | 1 | 2 | 3 | 129 | 130 | 143;

/**
 * Base of all errors that `fake` throws on purpose. Anything else that reaches the top is a bug.
 * @example
 * try {
 *   await t.run`./bin/migrate`;
 * } catch (error) {
 *   if (error instanceof FakeError) t.log.warn(`${error.code}: ${error.shortMessage}`);
 *   throw error;
 * }
 */
export class FakeError extends Error {
  /** Stable name for programs, e.g. `UNKNOWN_ROLE`. */
  readonly code: string;
  readonly hint: string | undefined;
  readonly shortMessage: string;
  readonly where: SourceLocation | undefined;
  /** What the process exits with when this error ends a run. */
  readonly exitCode: ExitCode = 1;

  constructor(code: string, message: string, options: FakeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.shortMessage = options.shortMessage ?? message.replace(/\n.*$/s, "");
    this.where = options.where;
  }
}

/**
 * Something was asked for that does not exist or makes no sense. Nothing was changed. Exit code 2.
 * @example
 * throw new UsageError("NO_SUCH_QUEUE", 'There is no queue "mial".', { hint: 'Did you mean "mail"?' });
 */
export class UsageError extends FakeError {
  override readonly exitCode: ExitCode = 2;
}

/**
 * One thing that is wrong with a deployfile, a setting, a role or a host.
 * @example
 * const problem: Problem = { message: "`keep` is not right: must be 1 or more.", subject: "keep", hint: "keep: 5" };
 */
export interface Problem {
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** The setting, role, host or task it is about. */
  readonly subject?: string | undefined;
  readonly where?: SourceLocation | undefined;
  /** What would be right. */
  readonly hint?: string | undefined;
}

/**
 * The deployfile cannot be found, read or compiled, or did what a deployfile must not do. Exit code 2.
 * @example
 * const isSealed = (error: unknown): boolean => error instanceof DeployfileError && error.code === "APP_SEALED";
 */
export class DeployfileError extends FakeError {
  override readonly exitCode: ExitCode = 2;
}

/**
 * All problems found in settings, roles, hosts and hooks, together. Nothing was changed. Exit code 2.
 * @example
 * const missing = ["repoUrl", "deployPath"].filter((key) => !t.env.has(key));
 * if (missing.length > 0) throw new ProblemsError("MISSING", missing.map((key) => ({ message: `${key} is not set.`, subject: key })));
 */
export class ProblemsError extends FakeError {
  override readonly exitCode: ExitCode = 2;
  readonly problems: readonly Problem[];

  constructor(code: string, problems: readonly Problem[], options: FakeErrorOptions = {}) {
    super(code, problems.map(formatProblem).join("\n"), {
      shortMessage: problems.length === 1 ? problems[0]?.message : `${problems.length} problems`,
      ...options,
    });
    this.problems = problems;
  }
}

/**
 * A setting's value could not be had: nobody set one, its callable threw or gave nothing, or the setting needs itself. Exit code 2.
 * @example
 * const branch = await t.env.get("branch").catch((error: unknown) => {
 *   if (error instanceof EnvError) t.log.warn(`needed by ${error.chain.join(", ")}`);
 *   throw error;
 * });
 */
export class EnvError extends FakeError {
  override readonly exitCode: ExitCode = 2;
  /** The keys that were being resolved, outermost first. */
  readonly chain: readonly string[];

  constructor(code: string, message: string, chain: readonly string[], options: FakeErrorOptions = {}) {
    super(code, message, options);
    this.chain = chain;
  }
}

/**
 * A host could not be reached, verified or logged in to, or the link to it was lost. Exit code 1.
 * @example
 * const hostOf = (error: unknown): string | undefined => (error instanceof ConnectError ? error.host : undefined);
 */
export class ConnectError extends FakeError {
  readonly host: string;

  constructor(code: string, host: string, message: string, options: FakeErrorOptions = {}) {
    super(code, message, options);
    this.host = host;
  }
}

/**
 * Someone else holds the lock. Nothing was changed. Exit code 3.
 * @example
 * if (await t.exists("/srv/shop/maintenance")) throw new LockedError("MAINTENANCE", "Maintenance is going on.");
 */
export class LockedError extends FakeError {
  override readonly exitCode: ExitCode = 3;
}

/** As a shell would have it: 128 and the number of the signal. */
const INTERRUPTED = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * The user, the system or a program asked the run to stop. Exit code 129 after SIGHUP, 130 after SIGINT, 143 after SIGTERM, else 1.
 * Also the reason of `t.signal`.
 * @example
 * const isOver = (error: unknown): boolean => error instanceof InterruptedError;
 */
export class InterruptedError extends FakeError {
  override readonly exitCode: ExitCode;

  /** @param by a signal, or why a program cancelled the run */
  constructor(by: "SIGINT" | "SIGTERM" | "SIGHUP" | Error) {
    const cancelled = by instanceof Error;
    super("INTERRUPTED", cancelled ? `Cancelled: ${by.message}` : `Interrupted by ${by}.`, { cause: cancelled ? by : undefined });
    this.exitCode = cancelled ? 1 : INTERRUPTED[by];
  }
}

/**
 * A task failed in its own words. Exit code 1.
 * @example
 * if ((await t.capture`queue length`) !== "0") throw new TaskError("The queue is not empty.", { hint: "Wait, or run: queue drain" });
 */
export class TaskError extends FakeError {
  constructor(message: string, options: FakeErrorOptions = {}) {
    super("TASK_FAILED", message, options);
  }
}

/** `error` as an Error: what was thrown may be anything, also what no text can be made of. */
export function toError(error: unknown): Error {
  if (error instanceof Error) return error;
  try {
    const text = String(error);
    return new Error(text === "[object Object]" ? inspect(error) : text);
  } catch {
    return new Error(inspect(error));
  }
}

/** Line and column, to tell places apart: a short deployfile may have all of it in one line. */
export function placeOf(where: SourceLocation | undefined): string {
  return where === undefined ? "" : `${formatLocation(where)}:${where.column ?? 0}`;
}

/** `file:line`, as editors and terminals link it. */
export function formatLocation(where: SourceLocation): string {
  return `${where.file}:${where.line}`;
}

function formatProblem(problem: Problem): string {
  const where = problem.where === undefined ? "" : ` (${formatLocation(problem.where)})`;
  const hint = problem.hint === undefined ? "" : `\n    ${problem.hint}`;
  return `${problem.message}${where}${hint}`;
}

/** Thrown at code that a dry run looks at, in place of what must not happen or cannot be known: nobody's fault, and told already. */
export class HeldBack extends Error {
  override readonly name = "HeldBack";
}

/**
 * Every error a user can meet. Each answers what happened, where, and what to do now.
 * `shortMessage` fits one row of a screen; `message` is the full story.
 */

/** Where something was written: a file and a line, as the user would open it. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

export interface FakeErrorOptions {
  /** What to do now. One or more sentences, printed under the message. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** @default the first line of the message */
  readonly shortMessage?: string | undefined;
}

/**
 * Exit codes of the command line, by meaning.
 * 1: a task failed. 2: usage, deployfile or setting error; nothing was changed. 3: locked by someone else; nothing was changed.
 */
export type ExitCode = 0 | 1 | 2 | 3 | 130 | 143;

/** Base of all errors that `fake` throws on purpose. Anything else that reaches the top is a bug. */
export class FakeError extends Error {
  /** Stable name for programs, e.g. `UNKNOWN_ROLE`. */
  readonly code: string;
  readonly hint: string | undefined;
  readonly shortMessage: string;
  /** What the process exits with when this error ends a run. */
  readonly exitCode: ExitCode = 1;

  constructor(code: string, message: string, options: FakeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.shortMessage = options.shortMessage ?? firstLine(message);
  }
}

/** The command line asked for something that does not exist or makes no sense. Nothing was contacted. */
export class UsageError extends FakeError {
  override readonly exitCode: ExitCode = 2;
}

/** One thing that is wrong with a deployfile, a setting, a role or a host. */
export interface Problem {
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** The setting, role, host or task it is about. */
  readonly subject?: string | undefined;
  readonly where?: SourceLocation | undefined;
  /** What would be right. */
  readonly hint?: string | undefined;
}

/** The deployfile cannot be found, read, compiled, or did not do what a deployfile does. */
export class DeployfileError extends FakeError {
  override readonly exitCode: ExitCode = 2;
}

/** All problems found in settings, roles, hosts and hooks, together. */
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

/** A setting's value could not be had: it threw, was undefined, or needs itself. */
export class EnvError extends FakeError {
  override readonly exitCode: ExitCode = 2;
  /** The keys that were being resolved, outermost first. */
  readonly chain: readonly string[];

  constructor(code: string, message: string, chain: readonly string[], options: FakeErrorOptions = {}) {
    super(code, message, options);
    this.chain = chain;
  }
}

/** A host could not be reached, verified or logged in to. Nothing ran on it in this attempt. */
export class ConnectError extends FakeError {
  readonly host: string;

  constructor(code: string, host: string, message: string, options: FakeErrorOptions = {}) {
    super(code, message, options);
    this.host = host;
  }
}

/** What is known about the end of a command. */
export interface CommandFailure {
  readonly host: string;
  /** The command as it may be shown: secrets redacted. */
  readonly command: string;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly timedOut?: boolean | undefined;
  /** The link was lost before the exit status came: it may or may not have run. */
  readonly unknown?: boolean | undefined;
  /** Tail of what it printed, redacted. */
  readonly stdout?: string | undefined;
  readonly stderr?: string | undefined;
}

/** A command ended with anything but success. */
export class CommandError extends FakeError implements CommandFailure {
  readonly host: string;
  readonly command: string;
  readonly exitCodeOfCommand: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  readonly unknown: boolean;
  readonly stdout: string;
  readonly stderr: string;

  constructor(failure: CommandFailure, options: FakeErrorOptions = {}) {
    const reason = describeEnd(failure);
    super(failure.unknown === true ? "COMMAND_UNKNOWN" : "COMMAND_FAILED", `${firstLine(failure.command)}: ${reason}`, options);
    this.host = failure.host;
    this.command = failure.command;
    this.exitCodeOfCommand = failure.exitCode;
    this.signal = failure.signal;
    this.timedOut = failure.timedOut ?? false;
    this.unknown = failure.unknown ?? false;
    this.stdout = failure.stdout ?? "";
    this.stderr = failure.stderr ?? "";
  }
}

/** Someone else holds the lock. Nothing was changed. */
export class LockedError extends FakeError {
  override readonly exitCode: ExitCode = 3;
}

/** The user or the system asked the run to stop. */
export class InterruptedError extends FakeError {
  override readonly exitCode: ExitCode;

  constructor(signal: "SIGINT" | "SIGTERM" | "SIGHUP") {
    super("INTERRUPTED", `Interrupted by ${signal}.`);
    this.exitCode = signal === "SIGINT" ? 130 : 143;
  }
}

/** A task failed in its own words. For deployfiles: `throw new TaskError("the queue is not empty")`. */
export class TaskError extends FakeError {
  constructor(message: string, options: FakeErrorOptions = {}) {
    super("TASK_FAILED", message, options);
  }
}

/** `error` as an Error: what was thrown may be anything. */
export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
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

function describeEnd(failure: CommandFailure): string {
  if (failure.unknown === true) return "the connection was lost before it answered; its outcome is unknown";
  if (failure.timedOut === true) return "timed out";
  if (failure.signal !== undefined) return `killed by ${failure.signal}`;
  return `exit code ${failure.exitCode ?? "missing"}`;
}

function firstLine(text: string): string {
  const end = text.indexOf("\n");
  return end === -1 ? text : text.slice(0, end);
}

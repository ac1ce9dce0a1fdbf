/** How a command ended that did not succeed, and the error that says so. */
import { FakeError, type FakeErrorOptions } from "./errors.ts";

/**
 * What is known about the end of a command that did not succeed.
 * @example
 * const failure: CommandFailure = { host: "app1", command: "npm ci", exitCode: 1, stderr: "no lock file" };
 * throw new CommandError(failure);
 */
export interface CommandFailure {
  readonly host: string;
  /** The command as it may be shown: secrets redacted. */
  readonly command: string;
  /** `command` is a title that stands for the text. @default false */
  readonly titled?: boolean | undefined;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly timedOut?: boolean | undefined;
  /** `fake` ended it: the run was interrupted, or the task's time was up. */
  readonly killed?: boolean | undefined;
  /** The link was lost before the exit status came: it may or may not have run. */
  readonly unknown?: boolean | undefined;
  /** Tail of what it printed, redacted. */
  readonly stdout?: string | undefined;
  readonly stderr?: string | undefined;
}

/**
 * A command ended with anything but success: what `run`, `capture` and `batch` throw. Exit code 1; the command's own is in
 * `exitCodeOfCommand`.
 * @example
 * try {
 *   await t.run`./bin/healthy`;
 * } catch (error) {
 *   if (!(error instanceof CommandError) || error.exitCodeOfCommand !== 75) throw error;
 *   t.log.warn(error.stderr);
 * }
 */
export class CommandError extends FakeError implements CommandFailure {
  readonly host: string;
  readonly command: string;
  readonly titled: boolean;
  readonly exitCodeOfCommand: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  readonly killed: boolean;
  readonly unknown: boolean;
  readonly stdout: string;
  readonly stderr: string;

  constructor(failure: CommandFailure, options: FakeErrorOptions = {}) {
    const reason = describeEnd(failure);
    super(
      failure.unknown === true ? "COMMAND_UNKNOWN" : "COMMAND_FAILED",
      `${failure.command.split("\n", 1)[0]}: ${reason}`,
      options,
    );
    this.host = failure.host;
    this.command = failure.command;
    this.titled = failure.titled ?? false;
    this.exitCodeOfCommand = failure.exitCode;
    this.signal = failure.signal;
    this.timedOut = failure.timedOut ?? false;
    this.killed = failure.killed ?? false;
    this.unknown = failure.unknown ?? false;
    this.stdout = failure.stdout ?? "";
    this.stderr = failure.stderr ?? "";
  }
}

function describeEnd(failure: CommandFailure): string {
  if (failure.unknown === true) return "the connection was lost before it answered; its outcome is unknown";
  if (failure.timedOut === true) return "timed out";
  if (failure.signal !== undefined) return `killed by ${failure.signal}`;
  return `exit code ${failure.exitCode ?? "missing"}`;
}

import { CommandError } from "../../command-failure.ts";
import { ConnectError, EnvError, type ExitCode, FakeError, InterruptedError, LockedError, toError } from "../../errors.ts";
import { showLocation, whereOf } from "../../source-location.ts";
import type { EventError, Failure, FailurePhase } from "../result.ts";

/** A failure with what only the run needs of it. */
export interface Failed {
  readonly failure: Failure;
  readonly error: Error;
  /** What the process would exit with if this were the only error. */
  readonly exitCode: ExitCode;
}

type Redact = (text: string) => string;

/** @param where `phase`: but for what its error itself says. `stage`, `flow`: of the task. @default `task`; the task itself; none */
export function toFailed(
  where: Pick<Failure, "host" | "task"> & Partial<Pick<Failure, "phase" | "stage" | "flow" | "stopped">>,
  thrown: unknown,
  redact: Redact,
): Failed {
  const error = toError(thrown);
  const { host, task, stage = task, flow, stopped } = where;
  const phase = phaseOf(error) ?? where.phase ?? "task";
  const told = { phase, host, task, stage, flow, error: toEventError(error, redact, host) };
  const failure = Object.freeze(stopped === true ? { ...told, stopped } : told);
  return { failure, error, exitCode: error instanceof FakeError ? error.exitCode : 1 };
}

function phaseOf(error: Error): FailurePhase | undefined {
  if (error instanceof InterruptedError) return "interrupt";
  if (error instanceof EnvError) return "settings";
  return error instanceof LockedError ? "lock" : undefined;
}

/** An error as data, fit to be seen. `host`: the one that it is filed under. */
export function toEventError(error: Error, redact: Redact, host?: string): EventError {
  const redacted = (text: string | undefined): string | undefined => (text === undefined ? undefined : redact(text));
  const command = error instanceof CommandError ? error : undefined;
  return Object.freeze({
    name: redact(error.name),
    code: redacted(codeOf(error)),
    message: redact(error.message),
    hint: error instanceof FakeError ? redacted(error.hint) : undefined,
    where: redacted(shownWhere(error)),
    stack: redacted(error.stack),
    command: redacted(command?.command),
    commandHost: host === undefined || command?.host === host ? undefined : command?.host,
    titled: command?.titled === true ? true : undefined,
    exitCode: command?.exitCodeOfCommand,
    stdout: redacted(command?.stdout),
    stderr: redacted(command?.stderr),
  });
}

/** Not of what all hosts or tasks share: a run was interrupted, a host lost, wherever they were. */
function shownWhere(error: Error): string | undefined {
  if (error instanceof InterruptedError || error instanceof ConnectError) return undefined;
  const where = whereOf(error);
  return where === undefined ? undefined : showLocation(where);
}

function codeOf(error: Error): string | undefined {
  const code = "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

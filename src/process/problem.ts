/** What can be wrong with a process: what of it is accepted, and what of it is told. */

export const PROBLEM_KINDS = ["exitCode", "timeout", "error", "expect", "write"] as const;

/**
 * What can count against a process. `exitCode`: it ended with another than 0. `timeout`: its time has ended it. `error`: it could not be
 * started, or was lost. `expect`: one found nothing. `write`: its input could not be written.
 */
export type ProblemKind = (typeof PROBLEM_KINDS)[number];

/**
 * What does not count against a process.
 * @example
 * const accept: Accept = { exitCodes: [1], timeout: true };
 */
export interface Accept {
  /** These beside 0, or any. @default [] */
  readonly exitCodes?: readonly number[] | "any" | undefined;
  /** That its `timeout` ended it, and with which exit code. @default false */
  readonly timeout?: boolean | undefined;
  /** That it could not be started, or its connection was lost. @default false */
  readonly error?: boolean | undefined;
  /** That an `expect` found nothing. @default false */
  readonly expect?: boolean | undefined;
  /** That its input could not be written. @default false */
  readonly write?: boolean | undefined;
}

/**
 * Which problems are told. Left out: those that are not accepted.
 * @example
 * const log: Log = { timeout: false, exitCode: true };
 */
export type Log = boolean | Partial<Readonly<Record<ProblemKind, boolean>>>;

/** What `ok` depends on. */
export interface ProcessFacts {
  readonly hasEnded: boolean;
  /** It could not be started, or was lost. */
  readonly error: Error | undefined;
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  /** By a signal that was asked for here, its timeout aside. */
  readonly killed: boolean;
  readonly expectFailed: boolean;
  readonly writeFailed: boolean;
}

/**
 * The problems of a process that are not accepted: none is `ok`. What has not ended may have those of its input and output only. What was
 * killed may end with any exit code; so may what its time has ended, where that is accepted.
 */
export function problemsOf(outcome: ProcessFacts, accept: Accept): readonly ProblemKind[] {
  const { hasEnded, error, exitCode, timedOut, killed, expectFailed, writeFailed } = outcome;
  const problems: ProblemKind[] = [];
  if (expectFailed && accept.expect !== true) problems.push("expect");
  if (writeFailed && accept.write !== true) problems.push("write");
  if (!hasEnded) return problems;
  if (error !== undefined && accept.error !== true) problems.push("error");
  if (timedOut && accept.timeout !== true) problems.push("timeout");
  if (exitCode !== undefined && !killed && !(timedOut && accept.timeout === true) && !acceptsCode(accept, exitCode))
    problems.push("exitCode");
  return problems;
}

/** True where this exit code is none to tell of. */
export function acceptsCode({ exitCodes = [] }: Accept, code: number): boolean {
  return code === 0 || exitCodes === "any" || exitCodes.includes(code);
}

/** @param isAccepted the default is that it is told where it is not */
export function isTold(log: Log | undefined, kind: ProblemKind, isAccepted: boolean): boolean {
  if (typeof log === "boolean") return log;
  return log?.[kind] ?? !isAccepted;
}

import type { ExitCode } from "../errors.ts";

/**
 * An error as data: secrets redacted, safe to write as JSON.
 * @example
 * always("deploy", task("report", (t) => t.failures.forEach(({ error }: { error: EventError }) => t.log.info(error.message))));
 */
export interface EventError {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
  readonly hint: string | undefined;
  /** The line of the deployfile, or of a module of its own, that it is about: `lib/helper.ts:6`, relative to the working directory. */
  readonly where?: string | undefined;
  readonly stack: string | undefined;
  readonly command: string | undefined;
  /** The machine that it ran on, where that is another one than the task's: `local`, or a host. */
  readonly commandHost?: string | undefined;
  /** `command` is a title that stands for the text. */
  readonly titled?: boolean | undefined;
  readonly exitCode: number | undefined;
  readonly stdout: string | undefined;
  readonly stderr: string | undefined;
}

/**
 * What a run was doing when it failed. `settings`: a value could not be had (the commit of a branch, say); `connect`: reaching hosts and
 * logging in, before the first task; `lock`: somebody else holds it; `check`: a task that only looks (`readOnly`); `task`: any other;
 * `interrupt`: somebody stopped it, whatever it was doing.
 * @example
 * const isHarmless = (phase: FailurePhase): boolean => phase !== "task" && phase !== "interrupt";
 */
export type FailurePhase = "settings" | "connect" | "lock" | "check" | "task" | "interrupt";

/**
 * What went wrong, where: one for each host and task that failed. `t.failure` in hooks of `onFailure` is the first of the run.
 * @example
 * onFailure("deploy", task("alarm", { local: true }, async ({ failure, run }) => {
 *   await run`echo ${failure?.phase ?? "?"} on ${failure?.host ?? "?"}: ${failure?.error.message ?? ""}`;
 * }));
 */
export interface Failure {
  readonly phase: FailurePhase;
  readonly host: string;
  readonly task: string;
  readonly stage: string;
  readonly flow: string | undefined;
  readonly error: EventError;
  /** An interruption ended it: it did not fail by itself. */
  readonly stopped?: boolean | undefined;
}

/**
 * How a host came out of a run. `ok`: all that was to be done on it is done. `unfinished`: nothing failed on it, but the run ended before
 * all was done. `unreachable`: it could not be connected to, or was lost. `unknown`: a command's outcome is not known. `skipped`: nothing
 * was begun on it.
 */
export type HostStatus = "ok" | "failed" | "unfinished" | "unreachable" | "unknown" | "skipped";

/** The outcome of one host. */
export interface HostResult {
  readonly host: string;
  readonly status: HostStatus;
  /** What the run changed there, in order, in the words of the tasks. */
  readonly changed: readonly string[];
  /** Where the host stands, when a task said so: e.g. `live: 20261120101500 (1a2b3c4)`. */
  readonly standing: string | undefined;
}

/** The outcome of a run: every host, every failure. */
export interface RunResult {
  readonly ok: boolean;
  readonly exitCode: ExitCode;
  readonly hosts: readonly HostResult[];
  readonly failures: readonly Failure[];
  /** Milliseconds. */
  readonly duration: number;
  readonly interrupted: string | undefined;
  readonly dryRun: boolean;
}

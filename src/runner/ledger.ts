import type { ExitCode } from "../errors.ts";
import type { Failure } from "./result.ts";

/** A failure with what only the run needs of it. */
export interface Failed {
  readonly failure: Failure;
  readonly error: Error;
  readonly exitCode: ExitCode;
}

/** Keeps every failure, in the order in which they happened. */
export interface Ledger {
  record(failed: Failed): void;
  /** Failures of this ledger alone. */
  readonly own: readonly Failed[];
  /** With those of the run around it: what a task sees as `t.failures`. */
  all(): readonly Failure[];
}

/**
 * @param around the ledger of the run, for a task that another one executes: its failures count only when the task that
 * executed it fails with them
 */
export function createLedger(around?: Ledger): Ledger {
  const own: Failed[] = [];
  return {
    record(failed) {
      own.push(failed);
    },
    own,
    all: () => [...(around?.all() ?? []), ...own.map(({ failure }) => failure)],
  };
}

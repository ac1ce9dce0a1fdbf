import { orAborted } from "../../wait.ts";
import { type ConnectPhase, timeoutError } from "./errors.ts";
import type { Target } from "./target.ts";

/**
 * One deadline for a whole login. The phase is known to it, so that the error can say what did not answer, and the clock stands still
 * while a person is being asked for a passphrase.
 */
export class Deadline {
  phase: ConnectPhase = "tcp";
  readonly #controller = new AbortController();
  readonly #target: Target;
  readonly #total: number;
  #left: number;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #questions = 0;

  constructor(target: Target, milliseconds: number) {
    this.#target = target;
    this.#total = milliseconds;
    this.#left = milliseconds;
    this.#start();
  }

  /** Aborts with the ConnectError to throw. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits for `answer` with the clock stopped. */
  async whileAsking<T>(answer: () => Promise<T>): Promise<T> {
    if (this.#questions++ === 0) this.#pause();
    try {
      return await answer();
    } finally {
      if (--this.#questions === 0 && !this.signal.aborted) this.#start();
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #start(): void {
    this.#startedAt = performance.now();
    this.#timer = setTimeout(() => {
      this.#controller.abort(timeoutError(this.#target, this.phase, this.#total));
    }, this.#left);
  }

  #pause(): void {
    this.#left = Math.max(1, this.#left - (performance.now() - this.#startedAt));
    this.stop();
  }
}

/** Waits for the first shell of a login, until the deadline or the signal; the deadline ends with it. */
export async function beforeDeadline(started: Promise<void>, deadline: Deadline, signal: AbortSignal): Promise<void> {
  deadline.phase = "shell";
  const stop = AbortSignal.any([signal, deadline.signal]);
  try {
    await orAborted(started, stop);
  } finally {
    deadline.stop();
  }
}

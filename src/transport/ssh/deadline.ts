import { type ConnectPhase, timeoutError } from "./errors.ts";
import type { Target } from "./target.ts";

/**
 * One deadline for a whole login. The phase is known to it, so that the error can say what did not answer, and the clock stands still
 * while a person is being asked for a passphrase.
 */
export type Deadline = ReturnType<typeof createDeadline>;

export function createDeadline(target: Target, milliseconds: number) {
  const controller = new AbortController();
  const signal: AbortSignal = controller.signal;
  let left = milliseconds;
  let startedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let questions = 0;

  const start = (): void => {
    startedAt = performance.now();
    timer = setTimeout(() => controller.abort(timeoutError(target, deadline.phase, milliseconds)), left);
  };
  const stop = (): void => clearTimeout(timer);

  const deadline = {
    phase: "tcp" as ConnectPhase,
    /** Aborts with the ConnectError to throw. */
    signal,
    stop,
    /** Waits for `answer` with the clock stopped. */
    async whileAsking<T>(answer: () => Promise<T>): Promise<T> {
      if (questions++ === 0) {
        stop();
        left = Math.max(1, left - (performance.now() - startedAt));
      }
      try {
        return await answer();
      } finally {
        if (--questions === 0 && !signal.aborted) start();
      }
    },
  };
  start();
  return deadline;
}

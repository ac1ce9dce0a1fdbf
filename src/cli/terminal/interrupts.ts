import type { InterruptSignal, InterruptSource } from "../../runner/stop.ts";
import type { CliIo } from "./io.ts";

export interface Interrupts extends InterruptSource {
  /** For ctrl-C typed at a question: the terminal sends no signal then. */
  raise(signal: InterruptSignal): void;
  /** Gives the signals back to the process. */
  dispose(): void;
}

/** Counts the signals that ask the process to stop, from now until `dispose`. */
export function createInterrupts(io: Pick<CliIo, "onSignal">): Interrupts {
  const listeners = new Set<(signal: InterruptSignal, count: number) => void>();
  let count = 0;
  let last: InterruptSignal = "SIGINT";
  const raise = (signal: InterruptSignal): void => {
    count += 1;
    last = signal;
    for (const listener of [...listeners]) listener(signal, count);
  };
  const dispose = io.onSignal(raise);
  return {
    raise,
    dispose,
    onInterrupt(callback) {
      listeners.add(callback);
      // What came before anybody listened counts too.
      const missed = count;
      if (missed > 0) queueMicrotask(() => listeners.has(callback) && callback(last, missed));
      return () => void listeners.delete(callback);
    },
  };
}

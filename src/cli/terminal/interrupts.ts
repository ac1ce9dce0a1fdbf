import type { InterruptSignal, InterruptSource } from "../../runner/stop.ts";
import type { CliIo } from "./io.ts";

/** Counts the signals that ask the process to stop, from now until `dispose`. */
export function createInterrupts(io: Pick<CliIo, "onSignal">) {
  const listeners = new Set<Parameters<InterruptSource["onInterrupt"]>[0]>();
  let count = 0;
  let last: InterruptSignal = "SIGINT";
  const raise = (signal: InterruptSignal): void => {
    count += 1;
    last = signal;
    for (const listener of [...listeners]) listener(signal, count);
  };
  return {
    /** For ctrl-C typed at a question: the terminal sends no signal then. */
    raise,
    /** Gives the signals back to the process. */
    dispose: io.onSignal(raise),
    onInterrupt(callback: Parameters<InterruptSource["onInterrupt"]>[0]): () => void {
      listeners.add(callback);
      // What came before anybody listened counts too.
      const missed = count;
      if (missed > 0) queueMicrotask(() => listeners.has(callback) && callback(last, missed));
      return () => void listeners.delete(callback);
    },
  };
}

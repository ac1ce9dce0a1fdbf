import { setMaxListeners } from "node:events";
import { InterruptedError, toError } from "../errors.ts";
import { onAbort } from "../wait.ts";
import { LAST_HOOKS_MS } from "./limits.ts";

export type InterruptSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** A signal, or `cancel` for what the run was given to be cancelled by. */
type Asker = InterruptSignal | "cancel";

/** Tells when the user or the system asks the run to stop. */
export interface InterruptSource {
  /**
   * @param callback gets each interrupt with its number, counted from 1: the first stops starting, the second kills, the third gives up
   * @returns how to stop listening
   */
  onInterrupt(callback: (signal: InterruptSignal, count: number) => void): () => void;
}

/** How far the user went in asking the run to stop. */
export type Stop = ReturnType<typeof createStop>;

/** What a part of a run obeys. */
export interface Limits {
  /** Once aborted, no step starts, and tasks are told through `t.signal`. */
  readonly start: AbortSignal;
  /** Once aborted, running commands are killed. */
  readonly kill: AbortSignal;
}

export function createStop(
  { interrupts, signal: cancel }: { readonly interrupts: InterruptSource; readonly signal?: AbortSignal | undefined },
  onInterrupt: (by: Asker, count: number) => void,
) {
  const controllers = [new AbortController(), new AbortController(), new AbortController()] as const;
  for (const controller of controllers) setMaxListeners(0, controller.signal);
  const limits: Limits = { start: controllers[0].signal, kill: controllers[1].signal };
  let by: Asker | undefined;
  let reason: InterruptedError | undefined;
  const interrupt = (signal: Asker, count: number): void => {
    by ??= signal;
    reason ??= new InterruptedError(signal === "cancel" ? toError(cancel?.reason) : signal);
    onInterrupt(signal, count);
    for (const controller of controllers.slice(0, count)) controller.abort(reason);
  };
  const onCancel = (): void => interrupt("cancel", 1);
  const stopListening = interrupts.onInterrupt(interrupt);
  // What came before the run began is told after its beginning.
  if (cancel?.aborted === true) queueMicrotask(onCancel);
  else cancel?.addEventListener("abort", onCancel, { once: true });
  return {
    /** What asked first. */
    get by() {
      return by;
    },
    /** The interruption, as what stops the tasks. */
    get reason() {
      return reason;
    },
    /** Aborted by the interrupt of this number, with an InterruptedError. 1: start nothing new; 2: kill; 3: give up. */
    at: (count: 1 | 2 | 3): AbortSignal => controllers[(count - 1) as 0 | 1 | 2].signal,
    /** Of the tasks of a plan: the first interrupt ends the starting, the second kills. */
    limits,
    /** Stops listening. */
    dispose(): void {
      stopListening();
      cancel?.removeEventListener("abort", onCancel);
    },
  };
}

/**
 * `onFailure` hooks put things right: only the second interrupt stops them. `always` hooks free what is held: they are tried
 * even after that, for a short time.
 * @returns limits, and how to let go of the timer
 */
export function limitsOfHooks(stop: Stop, kind: "onFailure" | "always"): Limits & { release(): void } {
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  const end = (): void => over.abort(stop.reason);
  let timer: NodeJS.Timeout | undefined;
  const hurry = (): void => {
    timer = setTimeout(end, LAST_HOOKS_MS);
  };
  const undo = [onAbort(stop.at(2), kind === "always" ? hurry : end), onAbort(stop.at(3), end)];
  return {
    start: over.signal,
    kill: over.signal,
    release() {
      clearTimeout(timer);
      for (const step of undo) step();
    },
  };
}

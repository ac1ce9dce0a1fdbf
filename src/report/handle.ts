import { toError } from "../errors.ts";
import type { Emit } from "../runner/events.ts";
import type { EventHandlers, Reporter } from "./reporter.ts";

export interface HandledReporter {
  /** What is left out is not shown: a reporter for eyes takes all of `EventHandlers`. A function takes every event. */
  readonly handlers: Partial<EventHandlers> | Emit;
  readonly end?: (() => void | Promise<void>) | undefined;
  readonly restore?: (() => void) | undefined;
  /** @default one of its own */
  readonly guard?: Guard | undefined;
}

/** Keeps what goes wrong in reporting (the disk is full, the pipe is closed) away from the run. */
export interface Guard {
  /** Does it, unless something went wrong before. Never throws. */
  run(action: () => void): void;
  fail(thrown: unknown): void;
}

/** @param onFailure told once, when the first thing goes wrong; may throw too */
export function createGuard(onFailure?: (error: Error) => void): Guard {
  let failed = false;
  const fail = (thrown: unknown): void => {
    if (failed) return;
    failed = true;
    try {
      onFailure?.(toError(thrown));
    } catch {
      // Nowhere left to say it.
    }
  };
  return {
    fail,
    run(action) {
      if (failed) return;
      try {
        action();
      } catch (error) {
        fail(error);
      }
    },
  };
}

/** A reporter of handlers. When one of them throws, it reports nothing more: a run never fails for its report. */
export function createHandledReporter({ handlers, end, restore, guard = createGuard() }: HandledReporter): Reporter {
  let ended: Promise<void> | undefined;
  const finish = async (): Promise<void> => {
    try {
      await end?.();
    } catch (error) {
      guard.fail(error);
    }
  };
  return {
    on(event) {
      if (ended === undefined)
        guard.run(() => {
          // A handler takes the event of its own kind: TypeScript cannot see that both come from the same union member.
          const handler = typeof handlers === "function" ? handlers : (handlers[event.kind] as Emit | undefined);
          handler?.(event);
        });
    },
    end() {
      ended ??= finish();
      return ended;
    },
    restore: () => guard.run(() => restore?.()),
  };
}

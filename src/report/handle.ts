import { toError } from "../errors.ts";
import type { RunEvent } from "../runner/events.ts";
import type { EventHandlers, Reporter } from "./reporter.ts";

export interface HandledReporter {
  /** What is left out is not shown: a reporter for eyes takes all of `EventHandlers`. A function takes every event. */
  readonly handlers: Partial<EventHandlers> | ((event: RunEvent) => void);
  readonly end?: (() => void | Promise<void>) | undefined;
  readonly restore?: (() => void) | undefined;
  /** @default one of its own */
  readonly guard?: Guard | undefined;
}

/**
 * Does something, unless something went wrong before. Never throws: what goes wrong in reporting (the disk is full, the pipe is closed)
 * is kept away from the run.
 */
export type Guard = (action: () => void) => void;

/** @param onFailure told once, when the first thing goes wrong; may throw too */
export function createGuard(onFailure?: (error: Error) => void): Guard {
  let failed = false;
  return (action) => {
    if (failed) return;
    try {
      action();
    } catch (thrown) {
      failed = true;
      try {
        onFailure?.(toError(thrown));
      } catch {
        // Nowhere left to say it.
      }
    }
  };
}

/** A reporter of handlers. When one of them throws, it reports nothing more: a run never fails for its report. */
export function createHandledReporter({ handlers, end, restore, guard = createGuard() }: HandledReporter): Reporter {
  let ended: Promise<void> | undefined;
  const finish = async (): Promise<void> => {
    try {
      await end?.();
    } catch (error) {
      guard(() => {
        throw error;
      });
    }
  };
  return {
    on(event) {
      if (ended === undefined) guard(() => dispatch(handlers, event));
    },
    end() {
      ended ??= finish();
      return ended;
    },
    restore: () => guard(() => restore?.()),
  };
}

export function dispatch(handlers: HandledReporter["handlers"], event: RunEvent): void {
  // A handler takes the event of its own kind: TypeScript cannot see that both come from the same union member.
  const handler = typeof handlers === "function" ? handlers : (handlers[event.kind] as ((event: RunEvent) => void) | undefined);
  handler?.(event);
}

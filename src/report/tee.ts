import type { RunEvent } from "../runner/events.ts";
import { createGuard } from "./handle.ts";
import type { Reporter } from "./reporter.ts";

/** Several reporters as one: none of them can keep the others from hearing an event. One alone is itself. */
export function tee(reporters: readonly [Reporter, ...Reporter[]]): Reporter {
  if (reporters.length === 1) return reporters[0];
  const each = (tell: (reporter: Reporter) => void): void => {
    // A reporter that throws breaks its contract; the others and the run go on.
    for (const reporter of reporters) createGuard()(() => tell(reporter));
  };
  return {
    on: (event: RunEvent) => each((reporter) => reporter.on(event)),
    async end() {
      await Promise.allSettled(reporters.map(async (reporter) => reporter.end()));
    },
    restore: () => each((reporter) => reporter.restore?.()),
  };
}

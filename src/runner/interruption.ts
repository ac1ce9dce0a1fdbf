import { InterruptedError } from "../errors.ts";
import { exitCodeOf, toEventError } from "./event-error.ts";
import type { Failed } from "./ledger.ts";
import type { Pass } from "./pass.ts";
import type { Running } from "./running.ts";
import { CONTROL_MACHINE } from "./session.ts";

/** The interruption as a failure of what was asked for; undefined when there was none. */
export function interruption(running: Running, { plan, flow }: Pick<Pass, "plan" | "flow">): Failed | undefined {
  const { signal } = running.stop;
  if (signal === undefined) return undefined;
  const error = new InterruptedError(signal);
  const shown = { ...toEventError(error, running.redact), stack: undefined };
  const task = plan.tasks.join(" ");
  return {
    failure: Object.freeze({ host: CONTROL_MACHINE, task, stage: task, flow, error: shown }),
    error,
    exitCode: exitCodeOf(error),
  };
}

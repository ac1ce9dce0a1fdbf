import type { Step } from "../graph/plan.ts";
import type { TaskBody } from "./context.ts";
import type { Session } from "./session.ts";

/** One step on one machine. */
export interface Item {
  readonly step: Step<TaskBody>;
  readonly section: number;
  readonly stage: string;
  readonly flow: string | undefined;
  readonly session: Session;
}

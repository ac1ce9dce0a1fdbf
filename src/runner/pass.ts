import type { HostView } from "../env/settings.ts";
import type { Plan } from "../graph/plan.ts";
import type { TaskBody } from "./context.ts";
import type { Ledger } from "./ledger.ts";
import type { Progress } from "./progress.ts";
import type { Failure } from "./result.ts";
import type { Session } from "./session.ts";
import type { Stages } from "./stages.ts";
import type { Limits } from "./stop.ts";

/** One way through a plan: the run's own, that of a hook after a failure, or that of a task which another one executes. */
export interface Pass {
  readonly plan: Plan<TaskBody>;
  /** Hosts of the pass, or of the group that is being rolled over. */
  readonly sessions: readonly Session[];
  /** The same as tasks see them. */
  readonly hosts: readonly HostView[];
  readonly limits: Limits;
  readonly ledger: Ledger;
  readonly progress: Progress;
  readonly stages: Stages;
  /** The stage that all of its tasks are shown in, when another task executes it. */
  readonly inStage: string | undefined;
  /** What `onFailure` and `always` hooks were called for. */
  readonly failure: Failure | undefined;
  /** Flow of tasks that belong to none in the plan. */
  readonly flow: string | undefined;
  /** Names of the tasks around it that execute one another, outermost first. */
  readonly chain: readonly string[];
  /** Hooks: a host that fails does not keep the others from going on. */
  readonly eachForItself: boolean;
}

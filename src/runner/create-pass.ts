import type { Plan } from "../graph/plan.ts";
import type { TaskBody } from "./context.ts";
import type { Ledger } from "./ledger.ts";
import type { Pass } from "./pass.ts";
import { createProgress } from "./progress.ts";
import type { Failure } from "./result.ts";
import type { Running } from "./running.ts";
import type { Session } from "./session.ts";
import { createStages, insideStage } from "./stages.ts";
import type { Limits } from "./stop.ts";

export interface PassOptions {
  readonly plan: Plan<TaskBody>;
  /** Hosts that tasks see; their steps are those of the plan. */
  readonly sessions: readonly Session[];
  readonly limits: Limits;
  readonly ledger: Ledger;
  readonly inStage?: string | undefined;
  readonly failure?: Failure | undefined;
  readonly flow?: string | undefined;
  readonly chain?: readonly string[] | undefined;
  readonly eachForItself?: boolean | undefined;
}

export function createPass(running: Running, options: PassOptions): Pass {
  const { plan, sessions, limits, ledger, inStage, failure, flow } = options;
  return {
    plan,
    limits,
    ledger,
    inStage,
    failure,
    flow,
    ...forHosts(running, plan, sessions, inStage),
    progress: createProgress(plan),
    chain: options.chain ?? [],
    eachForItself: options.eachForItself ?? false,
  };
}

/** The same pass for one group of its hosts: what ran and what failed is kept together. */
export function forGroup(running: Running, pass: Pass, group: readonly Session[]): Pass {
  return { ...pass, ...forHosts(running, pass.plan, group, pass.inStage) };
}

function forHosts(running: Running, plan: Plan, sessions: readonly Session[], inStage: string | undefined) {
  const ids = sessions.map(({ id }) => id);
  return {
    sessions,
    hosts: Object.freeze(sessions.map(({ view }) => view)),
    stages: inStage === undefined ? createStages(plan, ids, running.emit, running.deps.now) : insideStage(inStage),
  };
}

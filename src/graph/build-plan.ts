import { expand, type Visit } from "./expand.ts";
import { createInvocation } from "./invocation.ts";
import { type Because, type Plan, type PlannedHost, stageOfHooks } from "./plan.ts";
import type { TaskGraph } from "./task-graph.ts";

export interface PlanOptions {
  /**
   * For tasks that name their own hosts: the ids on which this task, asked for by this name, runs with all that belongs to it.
   * @default all hosts of the plan, for each task
   */
  readonly hostsOf?: ReadonlyMap<string, readonly string[]> | undefined;
}

/**
 * What happens when these tasks are asked for on these hosts. Tasks asked for run one after another, with a barrier between.
 * A flow runs as often as it is asked for, each time with fresh instances of its tasks; plain tasks, with what is hooked onto
 * them, at most once per host in all of the run.
 * @throws UsageError UNKNOWN_TASK
 */
export function planFor<Body>(
  graph: TaskGraph<Body>,
  names: readonly string[],
  hosts: readonly PlannedHost[],
  options: PlanOptions = {},
): Plan<Body> {
  const plain = createInvocation(undefined);
  const visits = names.map((name): Visit => {
    const task = graph.get(name);
    const own = options.hostsOf?.get(name);
    return {
      ref: task,
      because: { kind: "asked", of: undefined },
      area: { stage: task.name, flow: undefined, rolling: false },
      frame: {
        depth: 0,
        parent: undefined,
        invocation: task.stages === undefined ? plain : createInvocation(undefined),
        hosts: own === undefined ? hosts : hosts.filter((host) => own.includes(host.id)),
      },
    };
  });
  return Object.freeze({ ...createPlan(graph, visits, hosts), hostsOf: options.hostsOf });
}

/** What happens when some of its hosts are not there: what runs once runs on the first that is. */
export function planWithout<Body>(graph: TaskGraph<Body>, plan: Plan<Body>, gone: ReadonlySet<string>): Plan<Body> {
  return planFor(
    graph,
    plan.tasks,
    plan.hosts.filter(({ id }) => !gone.has(id)),
    { hostsOf: plan.hostsOf },
  );
}

/**
 * What happens when something failed: these hooks of `onFailure` or `always`, one after another with a barrier between, on
 * the hosts that can still be reached. Fresh instances: a hook that ran before runs again.
 * @param flow the flow that failed: `t.flow` of the hooks
 */
export function planHooks<Body>(
  graph: TaskGraph<Body>,
  names: readonly string[],
  hosts: readonly PlannedHost[],
  flow?: string,
  because: Because = { kind: "onFailure", of: flow },
): Plan<Body> {
  const invocation = createInvocation(flow);
  const visits = names.map((name): Visit => {
    const task = graph.get(name);
    const area = { stage: stageOfHooks(because.kind === "always" ? "always" : "onFailure", [task.name]), flow, rolling: false };
    return { ref: task, because, area, frame: { depth: 0, parent: undefined, invocation, hosts } };
  });
  return createPlan(graph, visits, hosts);
}

function createPlan<Body>(graph: TaskGraph<Body>, visits: readonly Visit[], hosts: readonly PlannedHost[]): Plan<Body> {
  const tasks = visits.map((visit) => graph.get(visit.ref).name);
  return Object.freeze({ tasks: Object.freeze(tasks), hosts: Object.freeze([...hosts]), ...expand(graph, visits) });
}

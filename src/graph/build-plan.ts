import { expand, type Visit } from "./expand.ts";
import { FlowInvocation } from "./invocation.ts";
import { type Plan, type PlannedHost, stageOfHooks } from "./plan.ts";
import type { TaskGraph } from "./task-graph.ts";

/**
 * What happens when these tasks are asked for on these hosts. Tasks asked for run one after another, with a barrier between.
 * A flow runs as often as it is asked for, each time with fresh instances of its tasks; plain tasks, with what is hooked onto
 * them, at most once per host in all of the run.
 * @param more `flow`: the one that plain tasks are a part of, where a task of it executes them
 * @throws UsageError UNKNOWN_TASK
 */
export function planFor<Body>(
  graph: TaskGraph<Body>,
  names: readonly string[],
  hosts: readonly PlannedHost[],
  { hostsOf, flow }: Pick<Plan, "hostsOf"> & { readonly flow?: string | undefined } = {},
): Plan<Body> {
  const plain = new FlowInvocation(flow);
  const visits = names.map((name): Visit => {
    const task = graph.get(name);
    const own = hostsOf?.get(name);
    const on = own === undefined ? hosts : hosts.filter((host) => own.includes(host.id));
    const invocation = task.stages === undefined ? plain : new FlowInvocation(undefined);
    return {
      ref: task,
      area: { stage: task.name, flow: undefined, rolling: false },
      frame: { depth: 0, parent: undefined, invocation, hosts: on },
    };
  });
  return Object.freeze({ ...createPlan(graph, visits, hosts), hostsOf });
}

/**
 * What happens when something failed: these hooks of `onFailure` or `always`, one after another with a barrier between, on
 * the hosts that can still be reached. Fresh instances: a hook that ran before runs again.
 * @param flow the flow that failed: `t.flow` of the hooks
 */
export function planHooks<Body>(
  graph: TaskGraph<Body>,
  kind: "onFailure" | "always",
  names: readonly string[],
  hosts: readonly PlannedHost[],
  flow?: string,
): Plan<Body> {
  const invocation = new FlowInvocation(flow);
  const visits = names.map((name): Visit => {
    const task = graph.get(name);
    const area = { stage: stageOfHooks(kind, [task.name]), flow, rolling: false };
    return { ref: task, area, frame: { depth: 0, parent: undefined, invocation, hosts } };
  });
  return createPlan(graph, visits, hosts);
}

function createPlan<Body>(graph: TaskGraph<Body>, visits: readonly Visit[], hosts: readonly PlannedHost[]): Plan<Body> {
  const tasks = visits.map((visit) => graph.get(visit.ref).name);
  return Object.freeze({ tasks: Object.freeze(tasks), hosts: Object.freeze([...hosts]), ...expand(graph, visits) });
}

import type { PlannedHost } from "./plan.ts";
import { rolesOf, type Task } from "./task.ts";

/**
 * One start of a flow, or all plain tasks of a run: what runs at most once per host, runs so within it. Each flow that is
 * started gets one of its own, so a `rollback` after a `deploy` runs its steps again.
 */
export interface FlowInvocation {
  readonly flow: string | undefined;
  /** Of these hosts those for which the task was not reached yet (all, with `repeat`); undefined when there is nothing left to do. */
  reach(task: Task, hosts: readonly PlannedHost[]): readonly PlannedHost[] | undefined;
  /**
   * On which of these hosts the body of the task runs: those with one of its roles; of these the first for `once: "run"`, and the first
   * of each role for `once: "role"`, unless it was placed for the run or the role before.
   */
  place(task: Task, hosts: readonly PlannedHost[]): readonly PlannedHost[];
}

export function createInvocation(flow: string | undefined): FlowInvocation {
  const reached = new Map<string, readonly PlannedHost[]>();
  /** By task, the roles that a `once` task was placed for; undefined for the run. */
  const served = new Map<string, Set<string | undefined>>();
  return {
    flow,
    reach(task, hosts) {
      if (task.options.repeat === true) return hosts;
      const before = reached.get(task.name);
      if (before === undefined) {
        reached.set(task.name, hosts);
        return hosts;
      }
      // Nearly always the very same list: everything that was asked for runs on all hosts of the run.
      if (before === hosts) return undefined;
      const known = new Set(before.map((host) => host.id));
      const left = hosts.filter((host) => !known.has(host.id));
      if (left.length === 0) return undefined;
      reached.set(task.name, [...before, ...left]);
      return left;
    },
    place({ name, options }, hosts) {
      const roles = rolesOf(options);
      const matching = roles === undefined ? hosts : hosts.filter((host) => roles.some((role) => host.roles.includes(role)));
      if (options.once === undefined) return matching;
      const before = (options.repeat === true ? undefined : served.get(name)) ?? new Set();
      served.set(name, before);
      const firsts = (options.once === "run" ? [undefined] : (roles ?? [])).flatMap((role) => {
        const first = before.has(role) ? undefined : matching.find((host) => role === undefined || host.roles.includes(role));
        if (first !== undefined) before.add(role);
        return first ?? [];
      });
      return matching.filter((host) => firsts.includes(host));
    },
  };
}

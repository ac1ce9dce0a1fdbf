import { type Placed, placeTask } from "./place.ts";
import type { PlannedHost } from "./plan.ts";
import type { Task } from "./task.ts";

/**
 * One start of a flow, or all plain tasks of a run: what runs at most once per host, runs so within it. Each flow that is
 * started gets one of its own, so a `rollback` after a `deploy` runs its steps again.
 */
export interface Invocation {
  readonly flow: string | undefined;
  /** Of these hosts those for which the task was not reached yet (all, with `repeat`); undefined when there is nothing left to do. */
  reach(task: Task, hosts: readonly PlannedHost[]): readonly PlannedHost[] | undefined;
  /** Where the body of the task runs. */
  place(task: Task, hosts: readonly PlannedHost[]): readonly PlannedHost[];
}

export function createInvocation(flow: string | undefined): Invocation {
  const reached = new Map<string, readonly PlannedHost[]>();
  const served = new Map<string, Set<string>>();
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
    place(task, hosts) {
      if (task.options.once === undefined || task.options.repeat === true) return placeTask(task.options, hosts).hosts;
      const before = served.get(task.name) ?? new Set();
      const placed: Placed = placeTask(task.options, hosts, before);
      served.set(task.name, new Set([...before, ...placed.serves]));
      return placed.hosts;
    },
  };
}

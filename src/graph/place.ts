import type { PlannedHost } from "./plan.ts";
import type { TaskOptions } from "./task.ts";

/** What the planner remembers of `once` tasks: for whom they were placed already. */
export type Served = ReadonlySet<string>;

/** Hosts for one step, and whom of a `once` task they serve. */
export interface Placed {
  readonly hosts: readonly PlannedHost[];
  readonly serves: readonly string[];
}

const WHOLE_RUN = "\0run";

/**
 * On which of these hosts a task runs: those with one of its roles; of these the first for `once: "run"`, and the first of
 * each role for `once: "role"`, unless it was placed for the run or the role before.
 */
export function placeTask(options: TaskOptions, hosts: readonly PlannedHost[], served: Served = new Set()): Placed {
  const roles = rolesOf(options);
  const matching = roles === undefined ? hosts : hosts.filter((host) => roles.some((role) => host.roles.includes(role)));
  if (options.once === undefined) return { hosts: matching, serves: [] };
  if (options.once === "run") {
    const first = served.has(WHOLE_RUN) ? [] : matching.slice(0, 1);
    return { hosts: first, serves: first.length === 0 ? [] : [WHOLE_RUN] };
  }
  const serves = (roles ?? []).filter((role) => !served.has(role) && matching.some((host) => host.roles.includes(role)));
  const firsts = new Set(serves.map((role) => matching.find((host) => host.roles.includes(role))));
  return { hosts: matching.filter((host) => firsts.has(host)), serves };
}

function rolesOf(options: TaskOptions): readonly string[] | undefined {
  return typeof options.roles === "string" ? [options.roles] : options.roles;
}

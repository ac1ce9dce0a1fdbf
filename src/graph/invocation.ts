import type { PlannedHost } from "./plan.ts";
import { rolesOf, type Task } from "./task.ts";

/**
 * One start of a flow, or all plain tasks of a run: what runs at most once per host, runs so within it. Each flow that is
 * started gets one of its own, so a `rollback` after a `deploy` runs its steps again.
 */
export class FlowInvocation {
  readonly flow: string | undefined;
  readonly #reached = new Map<string, readonly PlannedHost[]>();
  /** By task, the roles that a `once` task was placed for; undefined for the run. */
  readonly #served = new Map<string, Set<string | undefined>>();

  constructor(flow: string | undefined) {
    this.flow = flow;
  }

  /** Of these hosts those for which the task was not reached yet (all, with `repeat`); undefined when there is nothing left to do. */
  reach({ name, options }: Task, hosts: readonly PlannedHost[]): readonly PlannedHost[] | undefined {
    if (options.repeat === true) return hosts;
    const before = this.#reached.get(name);
    // Nearly always the very same list: everything that was asked for runs on all hosts of the run.
    if (before === hosts) return undefined;
    const left = before === undefined ? hosts : hosts.filter((host) => !before.includes(host));
    if (before !== undefined && left.length === 0) return undefined;
    this.#reached.set(name, before === undefined ? hosts : [...before, ...left]);
    return left;
  }

  /**
   * On which of these hosts the body of the task runs: those with one of its roles; of these the first for `once: "run"`, and the first
   * of each role for `once: "role"`, unless it was placed for the run or the role before.
   */
  place({ name, options }: Task, hosts: readonly PlannedHost[]): readonly PlannedHost[] {
    const roles = rolesOf(options);
    const matching = roles === undefined ? hosts : hosts.filter((host) => roles.some((role) => host.roles.includes(role)));
    if (options.once === undefined) return matching;
    const before = (options.repeat === true ? undefined : this.#served.get(name)) ?? new Set();
    this.#served.set(name, before);
    const firsts = (options.once === "run" ? [undefined] : (roles ?? [])).flatMap((role) => {
      const first = before.has(role) ? undefined : matching.find((host) => role === undefined || host.roles.includes(role));
      if (first !== undefined) before.add(role);
      return first ?? [];
    });
    return matching.filter((host) => firsts.includes(host));
  }
}

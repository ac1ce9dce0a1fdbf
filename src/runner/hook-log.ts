import type { Plan, Scope } from "../graph/plan.ts";
import type { Item } from "./item.ts";
import { flowScope, pathUp } from "./scope-path.ts";

export type CalledKind = "onFailure" | "always";

/** Which hooks ran where. As all tasks, a hook of several scopes of a flow runs once. */
export interface HookLog {
  /** A step begins: it may be the work of an `always` hook. */
  started(item: Item): void;
  /** A step was ended by an interrupt: an `always` hook whose work it was has not run. */
  ended(item: Item): void;
  /** A hook is run for a failure. */
  note(kind: CalledKind, scope: Scope, hook: string, hosts: readonly string[]): void;
  /** True when the hook ran in the flow that the scope belongs to: on this host, or anywhere when none is given. */
  ran(kind: CalledKind, scope: Scope, hook: string, host?: string): boolean;
  /** A group of `--batch` begins: what ran on the control machine for the one before runs again. */
  newGroup(): void;
}

export function createHookLog(plan: Plan): HookLog {
  const hostsByKey = new Map<string, Set<string>>();
  const ofGroup = new Set<string>();
  const withBody = new Set(plan.sections.flatMap(({ steps }) => steps.map(({ scope }) => scope)));
  const keyOf = (kind: CalledKind, scope: Scope, hook: string): string => `${kind} ${flowScope(plan, scope)?.id ?? ""} ${hook}`;
  const add = (key: string, hosts: readonly string[]): void => {
    const known = hostsByKey.get(key) ?? new Set();
    for (const host of hosts) known.add(host);
    hostsByKey.set(key, known);
  };
  /** Keys of the `always` hooks whose work a step is. */
  const keysOf = ({ step }: Item): readonly string[] => {
    const inner = plan.scopes[step.scope];
    // What stands around a hook's own work is the hook only if it has no body.
    const isHook = ({ scope, around }: { scope: Scope; around: Scope }): boolean =>
      around.always.includes(scope.task) && (scope === inner || !withBody.has(scope.id));
    return pathUp(plan, inner).flatMap((link) => (isHook(link) ? [keyOf("always", link.around, link.scope.task)] : []));
  };
  return {
    started(item) {
      const { section, session } = item;
      for (const key of keysOf(item)) {
        add(key, [session.id]);
        if (session.local && plan.sections[section]?.rolling === true) ofGroup.add(key);
      }
    },
    ended(item) {
      for (const key of keysOf(item)) hostsByKey.get(key)?.delete(item.session.id);
    },
    note: (kind, scope, hook, hosts) => add(keyOf(kind, scope, hook), hosts),
    ran(kind, scope, hook, host) {
      const hosts = hostsByKey.get(keyOf(kind, scope, hook));
      return hosts !== undefined && (host === undefined || hosts.has(host));
    },
    newGroup() {
      for (const key of ofGroup) hostsByKey.delete(key);
      ofGroup.clear();
    },
  };
}

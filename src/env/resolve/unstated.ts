import type { Lookup } from "../layers/lookup.ts";
import type { HostScope } from "./state.ts";

/** Facts among `keys`, and among what their callables looked at, that no task has stated yet. */
export function unstatedFacts(
  scope: HostScope,
  keys: Iterable<string>,
  lookup: Pick<Lookup, "isFact" | "has">,
): readonly string[] {
  const seen = new Set<string>();
  const open = [...keys];
  const unstated: string[] = [];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    if (lookup.isFact(key) && !lookup.has(scope, key)) unstated.push(key);
    open.push(...(scope.slots.get(key)?.reads ?? scope.freshReads.get(key) ?? []));
  }
  return unstated;
}

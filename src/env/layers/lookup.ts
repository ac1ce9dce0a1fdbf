import { isReserved } from "../reader.ts";
import { createFailure } from "../resolve/failure.ts";
import type { HostScope, LayerValue, RoleConflict } from "../resolve/state.ts";
import { describeProvenance } from "../values/describe.ts";
import type { Layers, LayerValues } from "./layers.ts";
import type { Locate } from "./locate-key.ts";

/** Which value counts for a host. */
export interface Lookup {
  /** The strongest layer's value, or undefined when no layer has the key. */
  find(scope: HostScope, key: string): LayerValue | undefined;
  /** True when a layer sets the key; for settings a default counts, a fact must have been stated. */
  has(scope: HostScope, key: string): boolean;
  isFact(key: string): boolean;
  /** Keys that are declared, set or stated; declared ones first. */
  keys(scope: HostScope): readonly string[];
}

export interface LookupParts {
  readonly layers: Layers;
  readonly options: LayerValues;
  readonly locate: Locate;
  /** Facts read as placeholders, so their defaults do not count. */
  readonly placeholders: boolean;
}

export function createLookup({ layers, options, locate, placeholders }: LookupParts): Lookup {
  function isFact(key: string): boolean {
    return layers.declarations.get(key)?.declaration.kind === "fact";
  }

  function findSet(scope: HostScope, key: string): LayerValue | undefined {
    const strong = scope.facts.get(key) ?? options.get(key) ?? scope.own.get(key);
    if (strong !== undefined) return strong;
    const conflict = scope.roles.conflicts.get(key);
    if (conflict !== undefined) return conflicting(conflict, scope, locate);
    return scope.roles.sources.get(key) ?? layers.deployfile.get(key);
  }

  return {
    isFact,
    find(scope, key) {
      return findSet(scope, key) ?? (placeholders && isFact(key) ? undefined : layers.defaults.get(key));
    },
    has(scope, key) {
      return findSet(scope, key) !== undefined || (layers.defaults.has(key) && !isFact(key));
    },
    keys(scope) {
      const all = [layers.declarations, layers.deployfile, scope.roles.sources, scope.own, options, scope.facts];
      return [...new Set(all.flatMap((layer) => [...layer.keys()]))].filter((key) => !isReserved(key));
    },
  };
}

/** A source that has no value, since two roles say different things. */
function conflicting(conflict: RoleConflict, scope: HostScope, locate: Locate): LayerValue {
  const { key, first, second } = conflict;
  const both = `${describeProvenance(locate(first))} and ${describeProvenance(locate(second))}`;
  const text = `\`${key}\` is set differently for ${scope.view.id} by two of its roles: ${both}.`;
  const hint = `Say which counts with -s ${key}=..., or set it for the host.`;
  return { ...first, callable: undefined, plain: createFailure({ code: "ROLE_CONFLICT", text, chain: [key], hint }) };
}

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

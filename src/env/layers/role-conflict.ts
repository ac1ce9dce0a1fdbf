import type { LayerValue, RoleConflict, RoleSettings } from "../resolve/state.ts";
import type { Tokens } from "../values/token.ts";
import type { Layers } from "./layers.ts";

/** Puts the settings of roles together; hosts with the same roles share one result. */
export function createRoleSettings(layers: Layers, tokens: Tokens): (roles: readonly string[]) => RoleSettings {
  const known = new Map<string, RoleSettings>();
  return (roles) => {
    const id = JSON.stringify(roles);
    const existing = known.get(id);
    if (existing !== undefined) return existing;
    const together = combine(roles, layers, tokens);
    known.set(id, together);
    return together;
  };
}

function combine(roles: readonly string[], layers: Layers, tokens: Tokens): RoleSettings {
  const sources = new Map<string, LayerValue>();
  const conflicts = new Map<string, RoleConflict>();
  for (const role of new Set(roles)) {
    for (const [key, source] of layers.roles.get(role) ?? []) {
      const first = sources.get(key);
      if (first === undefined) sources.set(key, source);
      else if (!same(first, source, tokens) && !conflicts.has(key)) conflicts.set(key, { key, first, second: source });
    }
  }
  return { sources, conflicts };
}

/** Plain values that are equal, or the same function: two functions that look alike may still differ in what they close over. */
function same(a: LayerValue, b: LayerValue, tokens: Tokens): boolean {
  if (a.callable !== undefined || b.callable !== undefined) return a.callable === b.callable && a.fresh === b.fresh;
  return tokens.of(a.input) === tokens.of(b.input);
}

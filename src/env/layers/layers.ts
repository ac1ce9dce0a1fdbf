import { isFresh } from "../declare.ts";
import type { DeclaredSetting, EnvDefinition, EnvHost, EnvLayer } from "../definition.ts";
import { isReserved } from "../reader.ts";
import type { LayerValue, RoleConflict, RoleSettings, SettingResult } from "../resolve/state.ts";
import type { Callable, LayerKind, Provenance } from "../settings.ts";
import type { Tokens } from "../values/token.ts";

/** What one layer says, by key. */
export type LayerValues = ReadonlyMap<string, LayerValue>;

/** A key that no setting can have, where one was given. */
export type ReservedKey = Pick<LayerValue, "key" | "provenance">;

/** All layers that are not a host's own: taken apart once, whatever the number of hosts. */
export interface Layers {
  readonly declarations: ReadonlyMap<string, DeclaredSetting>;
  readonly defaults: LayerValues;
  /** Each call of `env.set`. */
  readonly calls: readonly LayerValues[];
  /** All calls together. */
  readonly deployfile: LayerValues;
  readonly roles: ReadonlyMap<string, LayerValues>;
  /** Of these layers, and of the hosts that were taken apart since. */
  readonly reserved: ReservedKey[];
}

export function createLayers({ declarations, deployfile, roles }: EnvDefinition): Layers {
  const reserved: ReservedKey[] = [];
  const defaults = new Map<string, LayerValue>();
  for (const [key, { declaration, recipe, where }] of declarations) {
    const provenance = { layer: "default", name: recipe, where } as const;
    if (isReserved(key)) reserved.push({ key, provenance });
    else if (declaration.default !== undefined) defaults.set(key, createLayerValue(key, declaration.default, provenance));
  }
  const calls = deployfile.map((layer) => toLayerValues(layer, "deployfile", layer.name, reserved));
  return {
    declarations,
    defaults,
    calls,
    deployfile: new Map(calls.flatMap((call) => [...call])),
    roles: new Map([...roles].map(([role, layer]) => [role, toLayerValues(layer, "role", role, reserved)])),
    reserved,
  };
}

/** Settings of one host alone. */
export function hostValues({ host }: EnvHost, { reserved }: Layers): LayerValues {
  return toLayerValues({ values: host.settings, where: host.where }, "host", host.id, reserved);
}

export function createLayerValue(key: string, input: unknown, provenance: Provenance, plain?: SettingResult): LayerValue {
  const fresh = isFresh(input);
  const callable = fresh ? input.fresh : typeof input === "function" ? (input as Callable<unknown>) : undefined;
  return { key, provenance, input, callable, fresh, plain };
}

/** `undefined` is a key that was left out, as in `{ branch: process.env.BRANCH }`. */
function toLayerValues(
  { values, where }: EnvLayer,
  layer: LayerKind,
  name: string | undefined,
  reserved: ReservedKey[],
): LayerValues {
  const provenance: Provenance = { layer, name, where };
  const found = new Map<string, LayerValue>();
  for (const [key, value] of Object.entries(values)) {
    if (isReserved(key)) reserved.push({ key, provenance });
    else if (value !== undefined) found.set(key, createLayerValue(key, value, provenance));
  }
  return found;
}

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

import { isFresh } from "../declare.ts";
import type { DeclaredSetting, EnvDefinition, EnvHost, EnvLayer } from "../definition.ts";
import { isReserved } from "../reader.ts";
import type { SettingResult } from "../resolve/failure.ts";
import type { Callable, LayerKind, Provenance } from "../settings.ts";
import type { Tokens } from "../values/token.ts";

/** One value in one layer. */
export interface LayerValue {
  readonly key: string;
  readonly provenance: Provenance;
  readonly input: unknown;
  /** Absent for plain values. */
  readonly callable: Callable<unknown> | undefined;
  readonly fresh: boolean;
  /** What a plain value comes to after its schema; worked out once. */
  plain: SettingResult | undefined;
}

/** What one layer says, by key. */
export type LayerValues = ReadonlyMap<string, LayerValue>;

/** All layers that are not a host's own: taken apart once, whatever the number of hosts. */
export interface Layers {
  readonly declarations: ReadonlyMap<string, DeclaredSetting>;
  readonly defaults: LayerValues;
  /** Each call of `env.set`. */
  readonly calls: readonly LayerValues[];
  /** All calls together. */
  readonly deployfile: LayerValues;
  readonly roles: ReadonlyMap<string, LayerValues>;
}

/** What the roles of a host say together. */
export interface RoleSettings {
  readonly sources: LayerValues;
  readonly conflicts: ReadonlyMap<string, RoleConflict>;
}

/** What two roles say about a key, when it is not the same. */
export interface RoleConflict {
  readonly first: LayerValue;
  readonly second: LayerValue;
}

export function createLayers({ declarations, deployfile, roles }: EnvDefinition): Layers {
  const defaults = [...declarations].flatMap(([key, { declaration, recipe, where }]) => [
    ...toLayerValues({ values: { [key]: declaration.default }, where }, "default", recipe),
  ]);
  const calls = deployfile.map((layer) => toLayerValues(layer, "deployfile", layer.name));
  return {
    declarations,
    defaults: new Map(defaults),
    calls,
    deployfile: new Map(calls.flatMap((call) => [...call])),
    roles: new Map([...roles].map(([role, layer]) => [role, toLayerValues(layer, "role", role)])),
  };
}

/** Settings of one host alone. */
export function hostValues({ host }: EnvHost): LayerValues {
  return toLayerValues({ values: host.settings, where: host.where }, "host", host.id);
}

export function createLayerValue(key: string, input: unknown, provenance: Provenance, plain?: SettingResult): LayerValue {
  const fresh = isFresh(input);
  const callable = fresh ? input.fresh : typeof input === "function" ? (input as Callable<unknown>) : undefined;
  return { key, provenance, input, callable, fresh, plain };
}

/** `undefined` is a key that was left out, as in `{ branch: process.env.BRANCH }`; names that no setting can have were refused before. */
function toLayerValues({ values, where }: EnvLayer, layer: LayerKind, name: string | undefined): LayerValues {
  const provenance: Provenance = { layer, name, where };
  const given = Object.entries(values).filter(([key, value]) => value !== undefined && !isReserved(key));
  return new Map(given.map(([key, value]) => [key, createLayerValue(key, value, provenance)]));
}

/** Puts the settings of roles together; hosts with the same roles share one result. */
export function createRoleSettings(layers: Layers, tokens: Tokens): (roles: readonly string[]) => RoleSettings {
  const known = new Map<string, RoleSettings>();
  return (roles) => {
    const id = JSON.stringify(roles);
    const together = known.get(id) ?? combine(roles, layers, tokens);
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
      else if (!same(first, source, tokens) && !conflicts.has(key)) conflicts.set(key, { first, second: source });
    }
  }
  return { sources, conflicts };
}

/** Plain values that are equal, or the same function: two functions that look alike may still differ in what they close over. */
function same(a: LayerValue, b: LayerValue, tokens: Tokens): boolean {
  if (a.callable !== undefined || b.callable !== undefined) return a.callable === b.callable && a.fresh === b.fresh;
  return tokens.of(a.input) === tokens.of(b.input);
}

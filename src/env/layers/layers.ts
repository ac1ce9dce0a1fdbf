import type { DeclaredSetting, EnvDefinition, EnvHost, EnvLayer } from "../definition.ts";
import { isFresh } from "../fresh.ts";
import { isReserved } from "../reserved.ts";
import type { LayerValue, SettingResult } from "../resolve/state.ts";
import type { Callable, Provenance } from "../settings.ts";

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

export function createLayers(definition: EnvDefinition): Layers {
  const calls = definition.deployfile.map((layer) =>
    toSources(layer.values, { layer: "deployfile", name: layer.name, where: layer.where }),
  );
  const deployfile = new Map<string, LayerValue>();
  for (const call of calls) for (const [key, source] of call) deployfile.set(key, source);
  const roles = new Map<string, LayerValues>();
  for (const [role, layer] of definition.roles) roles.set(role, roleSources(role, layer));
  const { declarations } = definition;
  return { declarations, defaults: defaultSources(declarations), calls, deployfile, roles };
}

/** Settings of one host alone. */
export function hostSources({ host }: EnvHost): LayerValues {
  return toSources(host.settings, { layer: "host", name: host.id, where: host.where });
}

export function createSource(key: string, input: unknown, provenance: Provenance, plain?: SettingResult): LayerValue {
  const fresh = isFresh(input);
  const callable = fresh ? input.fresh : typeof input === "function" ? (input as Callable<unknown>) : undefined;
  return { key, provenance, input, callable, fresh, plain };
}

function roleSources(role: string, layer: EnvLayer): LayerValues {
  return toSources(layer.values, { layer: "role", name: role, where: layer.where });
}

function defaultSources(declarations: ReadonlyMap<string, DeclaredSetting>): LayerValues {
  const sources = new Map<string, LayerValue>();
  for (const [key, { declaration, recipe, where }] of declarations) {
    if (declaration.default === undefined || isReserved(key)) continue;
    sources.set(key, createSource(key, declaration.default, { layer: "default", name: recipe, where }));
  }
  return sources;
}

/** `undefined` is a key that was left out, as in `{ branch: process.env.BRANCH }`. */
function toSources(values: Readonly<Record<string, unknown>>, provenance: Provenance): LayerValues {
  const sources = new Map<string, LayerValue>();
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && !isReserved(key)) sources.set(key, createSource(key, value, provenance));
  }
  return sources;
}

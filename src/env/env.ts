import { EnvError } from "../errors.ts";
import type { Env, EnvDefinition, EnvHost, EnvOptions, HostEnv } from "./definition.ts";
import { createHostEnv, type HostEnvParts } from "./host-env.ts";
import { createLayers, createRoleSettings, hostValues, type LayerValues } from "./layers/layers.ts";
import { createLocate } from "./layers/locate-key.ts";
import { createLookup } from "./layers/lookup.ts";
import { createOptions } from "./layers/options.ts";
import { findMissing, findProblems } from "./problems.ts";
import { createResolver } from "./resolve/resolver.ts";
import type { HostScope, RoleSettings } from "./resolve/state.ts";
import { createValueChecker } from "./resolve/value-checker.ts";
import type { HostView } from "./settings.ts";
import { createSecretBook } from "./values/secret-text.ts";
import { createTokens } from "./values/token.ts";

/** The control machine, where a task belongs to no host. */
const LOCAL: HostView = Object.freeze({
  id: "local",
  name: "local",
  address: "localhost",
  user: undefined,
  port: undefined,
  roles: Object.freeze([]),
  settings: Object.freeze({}),
});

/**
 * The settings of a run: layers put together for each host, callables called when they are first read and shared between hosts where
 * that is right. Calls nothing itself.
 */
export function createEnv(definition: EnvDefinition, options: EnvOptions): Env {
  const { hosts, placeholders = false, strictKeys = false, onSecret, readSource } = options;
  const tokens = createTokens();
  const locate = createLocate(readSource);
  const secrets = createSecretBook(onSecret);
  const layers = createLayers(definition);
  const rolesOf = createRoleSettings(layers, tokens);
  const scopes = hosts.map((host) => createScope(toView(host), hostValues(host, layers), rolesOf(host.settingsRoles)));
  const local = createScope(LOCAL, new Map(), rolesOf([]));

  const own = scopes.map((scope) => scope.own);
  const { sources: fromOptions, problems: optionProblems } = createOptions(definition.options ?? [], layers, own);
  for (const sources of [layers.defaults, ...layers.calls, ...layers.roles.values(), ...own, fromOptions]) {
    for (const source of sources.values()) secrets.learn(source.input);
  }

  const checker = createValueChecker({ declarations: layers.declarations, secrets, locate, placeholders });
  const lookup = createLookup({ layers, options: fromOptions, locate, placeholders });
  const resolver = createResolver({ lookup, checker, tokens, placeholders });
  const everywhere = [...scopes, local];
  const parts: HostEnvParts = { lookup, resolver, checker, tokens, locate, everywhere, current: { attempt: undefined } };

  const byHost = new Map(scopes.map((scope) => [scope.view.id, createHostEnv(scope.view, [scope], [scope], parts)]));
  const [first = local, ...rest] = scopes;
  const run = createHostEnv(LOCAL, [first, ...rest], everywhere, parts);

  return Object.freeze({
    forHost(id: string): HostEnv {
      const found = byHost.get(id);
      if (found === undefined) throw new EnvError("UNKNOWN_HOST", `\`${id}\` is not a host of this run.`, []);
      return found;
    },
    forRun: () => run,
    problems: () =>
      findProblems({
        layers,
        scopes,
        options: fromOptions,
        optionProblems,
        strictKeys,
        lookup,
        checker,
        locate,
      }),
    missing: (keys?: Iterable<string>) => findMissing(keys, scopes.length === 0 ? [local] : scopes, layers, lookup),
  });
}

function createScope(view: HostView, own: LayerValues, roles: RoleSettings): HostScope {
  return { view, own, roles, slots: new Map(), dependents: new Map(), facts: new Map(), freshReads: new Map() };
}

function toView({ host: { id, name, address, user, port, roles, settings } }: EnvHost): HostView {
  return Object.freeze({ id, name, address, user, port, roles, settings });
}

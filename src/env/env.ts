import { EnvError } from "../errors.ts";
import type { Env, EnvDefinition, EnvHost, EnvOptions, HostEnv } from "./definition.ts";
import { createHostEnv, type Trials } from "./host-env.ts";
import { createLayers, hostSources } from "./layers/layers.ts";
import { createLocate } from "./layers/locate-key.ts";
import { createLookup } from "./layers/lookup.ts";
import { createOptions } from "./layers/options.ts";
import { createRoleSettings } from "./layers/role-conflict.ts";
import { findMissing } from "./missing.ts";
import { findProblems } from "./problems.ts";
import { createJudge } from "./resolve/judge.ts";
import { createResolver } from "./resolve/resolver.ts";
import type { HostScope, RoleSettings } from "./resolve/state.ts";
import type { HostView } from "./settings.ts";
import { createSecretBook } from "./values/secret-book.ts";
import { createTokens } from "./values/token.ts";
import { createHostView, createRunView } from "./views.ts";

export type {
  Attempt,
  Env,
  EnvDefinition,
  EnvHost,
  EnvLayer,
  EnvOptions,
  HostEnv,
} from "./definition.ts";

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
  const scopes = hosts.map((host) => createScope(host, rolesOf));
  const local = createLocalScope(rolesOf);

  const own = scopes.map((scope) => scope.own);
  const { sources: fromOptions, problems: optionProblems } = createOptions(definition.options ?? [], layers, own);
  for (const sources of [layers.defaults, ...layers.calls, ...layers.roles.values(), ...own, fromOptions]) {
    for (const source of sources.values()) secrets.learn(source.input);
  }

  const judge = createJudge({ declarations: layers.declarations, secrets, locate, placeholders });
  const lookup = createLookup({ layers, options: fromOptions, locate, placeholders });
  const resolver = createResolver({ lookup, judge, tokens, placeholders });
  const trials: Trials = { current: undefined };
  const everywhere = [...scopes, local];
  const parts = { lookup, resolver, judge, tokens, locate, everywhere };

  const byHost = new Map<string, HostEnv>();
  for (const scope of scopes) byHost.set(scope.view.id, createHostEnv(createHostView(scope, parts), trials));
  const [first = local, ...rest] = scopes;
  const run = createHostEnv(createRunView(LOCAL, [first, ...rest], parts), trials);

  return Object.freeze({
    forHost(id: string): HostEnv {
      const found = byHost.get(id);
      if (found === undefined) throw new EnvError("UNKNOWN_HOST", `\`${id}\` is not a host of this run.`, []);
      return found;
    },
    forRun: () => run,
    problems: () =>
      findProblems({
        definition,
        hosts,
        layers,
        scopes,
        options: fromOptions,
        optionProblems,
        strictKeys,
        lookup,
        judge,
        locate,
      }),
    missing: (keys?: Iterable<string>) => findMissing(keys, scopes.length === 0 ? [local] : scopes, layers, lookup),
  });
}

function createScope(host: EnvHost, rolesOf: (roles: readonly string[]) => RoleSettings): HostScope {
  const { id, name, address, user, port, roles, settings } = host.host;
  const view: HostView = Object.freeze({ id, name, address, user, port, roles, settings });
  return emptyScope(view, hostSources(host), rolesOf(host.settingsRoles));
}

function createLocalScope(rolesOf: (roles: readonly string[]) => RoleSettings): HostScope {
  return emptyScope(LOCAL, new Map(), rolesOf([]));
}

function emptyScope(view: HostView, own: HostScope["own"], roles: RoleSettings): HostScope {
  return { view, own, roles, slots: new Map(), dependents: new Map(), facts: new Map(), freshReads: new Map() };
}

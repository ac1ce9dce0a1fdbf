import { EnvError } from "../errors.ts";
import type { Env, EnvDefinition, EnvHost, EnvOptions, HostEnv } from "./definition.ts";
import { createHostEnv, type HostEnvParts } from "./host-env.ts";
import { createLayers, createRoleSettings, hostValues } from "./layers/layers.ts";
import { createLocate } from "./layers/locate-key.ts";
import { createOptions } from "./layers/options.ts";
import { findMissing, findProblems } from "./problems.ts";
import { createResolver } from "./resolve/resolver.ts";
import { HostScope, type RunSettings } from "./resolve/state.ts";
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
  transport: "local",
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
  const own = hosts.map(hostValues);
  const { sources: fromOptions, problems: optionProblems } = createOptions(definition.options ?? [], layers, own);
  for (const sources of [layers.defaults, ...layers.calls, ...layers.roles.values(), ...own, fromOptions]) {
    for (const source of sources.values()) secrets.learn(source.input);
  }

  const checker = createValueChecker(layers.declarations, secrets, locate, placeholders);
  const run: RunSettings = { layers, options: fromOptions, locate, tokens, checker, placeholders };
  const scopes = hosts.map(
    (host, index) => new HostScope(toView(host), own[index] ?? new Map(), rolesOf(host.settingsRoles), run),
  );
  const local = new HostScope(LOCAL, new Map(), rolesOf([]), run);
  const everywhere = [...scopes, local];
  const parts: HostEnvParts = { resolver: createResolver(), everywhere, current: { attempt: undefined } };

  const byHost = new Map(scopes.map((scope) => [scope.view.id, createHostEnv(scope.view, [scope], [scope], parts)]));
  const [first = local, ...rest] = scopes;
  const forAll = createHostEnv(LOCAL, [first, ...rest], everywhere, parts);

  return Object.freeze({
    forHost(id: string): HostEnv {
      const found = byHost.get(id);
      if (found === undefined) throw new EnvError("UNKNOWN_HOST", `\`${id}\` is not a host of this run.`, []);
      return found;
    },
    forFurther(host: EnvHost): HostEnv {
      const own = hostValues(host);
      for (const source of own.values()) secrets.learn(source.input);
      const scope = new HostScope(toView(host), own, rolesOf(host.settingsRoles), run);
      for (const fact of local.facts()) scope.state(fact);
      everywhere.push(scope);
      return createHostEnv(scope.view, [scope], [scope], parts);
    },
    forRun: () => forAll,
    problems: () => findProblems({ run, scopes, optionProblems, strictKeys }),
    missing: (keys?: Iterable<string>) => findMissing(keys, scopes.length === 0 ? [local] : scopes, layers),
  });
}

function toView({ host: { id, name, address, user, port, transport, roles, settings } }: EnvHost): HostView {
  return Object.freeze({ id, name, address, user, port, transport, roles, settings });
}

import type { View } from "./host-env.ts";
import { stateFact } from "./layers/facts.ts";
import type { Locate } from "./layers/locate-key.ts";
import type { Lookup } from "./layers/lookup.ts";
import { createFailure } from "./resolve/failure.ts";
import type { Judge } from "./resolve/judge.ts";
import type { Resolver } from "./resolve/resolver.ts";
import type { HostScope, Outcome, SettingFailure, SettingResult, SettingValue } from "./resolve/state.ts";
import { unstatedFacts } from "./resolve/unstated.ts";
import type { HostView, Provenance } from "./settings.ts";
import { listSome, showValue } from "./values/describe.ts";
import type { Tokens } from "./values/token.ts";

export interface ViewParts {
  readonly lookup: Lookup;
  readonly resolver: Resolver;
  readonly judge: Judge;
  readonly tokens: Tokens;
  readonly locate: Locate;
  /** Every host of the run, and the control machine. */
  readonly everywhere: readonly HostScope[];
}

/** The settings of one host. */
export function createHostView(scope: HostScope, parts: ViewParts): View {
  const { lookup, resolver, judge, locate, everywhere } = parts;
  return {
    host: scope.view,
    read: (key) => resolver.read(scope, key),
    get: (key) => resolver.get(scope, key),
    has: (key) => lookup.has(scope, key),
    keys: () => lookup.keys(scope),
    set: (key, value) => stateFact([scope], key, value, judge),
    setForRun: (key, value) => stateFact(everywhere, key, value, judge),
    unstated: (keys) => unstatedFacts(scope, keys, lookup),
    provenance(key): Provenance {
      const source = lookup.find(scope, key);
      return source === undefined ? { layer: "default", name: undefined, where: undefined } : locate(source);
    },
    reads: (key) => [...(scope.slots.get(key)?.reads ?? scope.freshReads.get(key) ?? [])],
  };
}

/** The settings on which all hosts agree. What is stated through it is stated for all. */
export function createRunView(host: HostView, scopes: readonly [HostScope, ...HostScope[]], parts: ViewParts): View {
  const { lookup, resolver, judge, tokens, everywhere } = parts;
  const first = createHostView(scopes[0], parts);
  const setForRun = (key: string, value: unknown): void => stateFact(everywhere, key, value, judge);

  function agree(key: string, all: readonly SettingResult[]): SettingResult {
    const failed = all.find((one) => one.kind === "failed");
    if (failed !== undefined) return failed;
    const groups = groupHosts(scopes, all, tokens);
    return groups.length === 1 && all[0] !== undefined ? all[0] : disagreement(key, groups);
  }

  return {
    host,
    read(key): Outcome {
      // All of them first, so that what is async is under way on every host.
      const all = scopes.map((scope) => resolver.read(scope, key));
      const pending = all.find((one) => one.kind === "pending");
      return (
        pending ??
        agree(
          key,
          all.filter((one) => one.kind !== "pending"),
        )
      );
    },
    get: async (key) => agree(key, await Promise.all(scopes.map((scope) => resolver.get(scope, key)))),
    has: (key) => scopes.every((scope) => lookup.has(scope, key)),
    keys: () => [...new Set(scopes.flatMap((scope) => lookup.keys(scope)))],
    set: setForRun,
    setForRun,
    unstated: (keys) => [...new Set(scopes.flatMap((scope) => unstatedFacts(scope, keys, lookup)))],
    provenance: first.provenance,
    reads: first.reads,
  };
}

interface Group {
  readonly value: unknown;
  readonly hosts: string[];
}

function groupHosts(scopes: readonly HostScope[], all: readonly SettingResult[], tokens: Tokens): readonly Group[] {
  const groups = new Map<unknown, Group>();
  for (const [index, scope] of scopes.entries()) {
    const one = all[index] as SettingValue;
    const token = tokens.settled(one);
    const group = groups.get(token);
    if (group === undefined) groups.set(token, { value: one.value, hosts: [scope.view.id] });
    else group.hosts.push(scope.view.id);
  }
  return [...groups.values()];
}

function disagreement(key: string, groups: readonly Group[]): SettingFailure {
  const sides = groups.map((group) => `${showValue(group.value)} on ${listSome(group.hosts, 3)}`);
  return createFailure({
    code: "HOSTS_DISAGREE",
    text: `\`${key}\` is not the same on all hosts of the run: ${listSome(sides, 4)}.`,
    chain: [key],
    hint: `A local task reads what holds for all hosts; read it in a task that runs on each host, or set it once with -s ${key}=...`,
  });
}

import type { Problem } from "../errors.ts";
import { suggest } from "../suggest.ts";
import type { DeclaredSetting } from "./definition.ts";
import type { Layers, LayerValues, ReservedKey } from "./layers/layers.ts";
import type { Locate } from "./layers/locate-key.ts";
import type { Lookup } from "./layers/lookup.ts";
import type { HostScope, LayerValue, RoleConflict } from "./resolve/state.ts";
import { describeDeclared, type ValueChecker } from "./resolve/value-checker.ts";
import type { Condition } from "./settings.ts";
import { describeProvenance, listSome } from "./values/describe.ts";
import { checkValue } from "./values/schema-check.ts";

export interface ProblemParts {
  readonly layers: Layers;
  /** Of the hosts of the run. */
  readonly scopes: readonly HostScope[];
  readonly options: LayerValues;
  readonly optionProblems: readonly Problem[];
  readonly strictKeys: boolean;
  readonly lookup: Lookup;
  readonly checker: ValueChecker;
  readonly locate: Locate;
}

/** Everything that is wrong with what was said about settings, as far as it shows without calling anything. */
export function findProblems(parts: ProblemParts): readonly Problem[] {
  const written = [...parts.layers.calls, ...parts.layers.roles.values(), ...parts.scopes.map((scope) => scope.own)];
  return [
    ...findReserved(parts),
    ...written.flatMap((sources) => findStrangers(sources, parts)),
    ...[parts.layers.defaults, ...written, parts.options].flatMap((sources) => findWrongValues(sources, parts)),
    ...parts.optionProblems,
    ...findConflicts(parts),
    ...findDiscord(parts),
  ];
}

/** Keys that mean something else on an env. */
function findReserved({ layers, locate }: ProblemParts): readonly Problem[] {
  return layers.reserved.map((one) =>
    problem(one, "means something else on an env, so no setting can have that name", "Give it another name.", locate),
  );
}

/** Keys that nobody declares, where they are likely a mistake. */
function findStrangers(sources: LayerValues, { layers, locate, strictKeys }: ProblemParts): readonly Problem[] {
  const { declarations } = layers;
  return [...sources.values()].flatMap((source): readonly Problem[] => {
    const { key } = source;
    if (declarations.has(key)) return [];
    const close = strictKeys ? suggest(key, declarations.keys()) : nearMiss(key, declarations);
    if (close === undefined && !strictKeys) return [];
    const own = strictKeys ? "" : ` If \`${key}\` is a setting of your own, declare it: settings({ ${key}: setting(...) }).`;
    const hint = close === undefined ? "`fake env` lists the settings there are." : `Did you mean \`${close}\`?${own}`;
    return [problem(source, "is not a setting that a recipe knows", hint, locate)];
  });
}

/**
 * A declared setting that differs in a letter or two. Deployfiles have keys of their own, so a word that merely begins another is none;
 * and facts are nothing that a deployfile sets.
 */
function nearMiss(key: string, declarations: ReadonlyMap<string, DeclaredSetting>): string | undefined {
  const candidates = [...declarations].filter(
    ([name, one]) => one.declaration.kind === "setting" && Math.abs(name.length - key.length) <= 2,
  );
  return suggest(
    key,
    candidates.map(([name]) => name),
  );
}

/** Plain values that their schema refuses, in every layer: also where another layer wins today. */
function findWrongValues(sources: LayerValues, { checker, locate }: ProblemParts): readonly Problem[] {
  return [...sources.values()].flatMap((source): readonly Problem[] => {
    if (source.callable !== undefined || (source.provenance.layer === "option" && source.plain?.kind === "failed")) return [];
    const plain = checker.plain(source);
    if (plain.kind === "value") return [];
    return [{ message: plain.text, subject: source.key, where: locate(source).where, hint: plain.hint }];
  });
}

function problem(source: ReservedKey, wrong: string, hint: string, locate: Locate): Problem {
  const found = locate(source);
  const by = describeProvenance({ ...found, where: undefined });
  return { message: `\`${source.key}\` (${by}) ${wrong}.`, subject: source.key, where: found.where, hint };
}

/** Settings about which two roles of a host disagree, with nothing above that decides. */
function findConflicts({ scopes, options, locate }: ProblemParts): readonly Problem[] {
  const hosts = new Map<RoleConflict, string[]>();
  for (const scope of scopes) {
    for (const [key, conflict] of scope.roles.conflicts) {
      if (options.has(key) || scope.own.has(key)) continue;
      hosts.set(conflict, [...(hosts.get(conflict) ?? []), scope.view.id]);
    }
  }
  return [...hosts].map(([{ key, first, second }, names]) => ({
    message: `\`${key}\` is set differently for ${listSome(names)} by two of its roles: ${describeProvenance(locate(first))} and ${describeProvenance(locate(second))}.`,
    subject: key,
    where: locate(second).where,
    hint: `Say which counts with -s ${key}=..., or set it for the host.`,
  }));
}

/** Settings that do not go with another one on some host, as far as both are plain values. */
function findDiscord({ layers, scopes, lookup, checker, locate }: ProblemParts): readonly Problem[] {
  const problems = new Map<string, Problem>();
  for (const [key, { declaration }] of layers.declarations) {
    const { beside } = declaration;
    if (beside === undefined) continue;
    for (const scope of scopes) {
      const [own, other] = [plainValue(lookup.find(scope, key), checker), plainValue(lookup.find(scope, beside.key), checker)];
      if (own === undefined || other === undefined) continue;
      for (const fault of beside.faults(own.value, other.value)) {
        const message = `\`${key}\` and \`${beside.key}\`: ${fault}.`;
        problems.set(message, { message, subject: key, where: locate(own.source).where });
      }
    }
  }
  return [...problems.values()];
}

function plainValue(
  source: LayerValue | undefined,
  checker: ValueChecker,
): { readonly source: LayerValue; readonly value: unknown } | undefined {
  if (source === undefined || source.callable !== undefined) return undefined;
  const plain = checker.plain(source);
  return plain.kind === "value" ? { source, value: plain.value } : undefined;
}

/** One problem for each key that has no value on some host. @default keys: those declared as required */
export function findMissing(
  keys: Iterable<string> | undefined,
  scopes: readonly HostScope[],
  layers: Layers,
  lookup: Lookup,
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const key of new Set(keys ?? requiredKeys(layers))) {
    const condition = layers.declarations.get(key)?.declaration.required;
    const without = scopes.filter((scope) => lookup.find(scope, key) === undefined && isMet(condition, scope, lookup));
    if (without.length === 0 || !needsValue(key, layers)) continue;
    const declared = layers.declarations.get(key);
    const hosts = without.length === scopes.length ? "" : ` on ${listSome(without.map((scope) => scope.view.id))}`;
    problems.push({
      message: `\`${key}\` is not set${hosts}.`,
      subject: key,
      where: declared?.where,
      hint: describeDeclared(declared) ?? `Set it in the deployfile with env.set, or with -s ${key}=...`,
    });
  }
  return problems;
}

function requiredKeys({ declarations }: Layers): readonly string[] {
  return [...declarations].filter(([, { declaration }]) => declaration.required !== false).map(([key]) => key);
}

function isMet(condition: boolean | Condition | undefined, scope: HostScope, lookup: Lookup): boolean {
  if (typeof condition !== "object") return true;
  const other = lookup.find(scope, condition.key);
  return other?.callable === undefined && condition.when(other?.input);
}

/** Facts come from tasks; and a schema may have a value of its own, or do without. */
function needsValue(key: string, layers: Layers): boolean {
  const declaration = layers.declarations.get(key)?.declaration;
  if (declaration === undefined) return true;
  return declaration.kind === "setting" && (declaration.schema === undefined || !checkValue(declaration.schema, undefined).ok);
}

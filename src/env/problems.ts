import type { Problem } from "../errors.ts";
import { suggest } from "../suggest.ts";
import type { DeclaredSetting } from "./definition.ts";
import type { Layers, LayerValue, LayerValues, RoleConflict } from "./layers/layers.ts";
import type { Locate } from "./layers/locate-key.ts";
import { describeConflict, type HostScope, type RunSettings } from "./resolve/state.ts";
import { describeDeclared } from "./resolve/value-checker.ts";
import type { Condition, SettingDeclaration } from "./settings.ts";
import { describeProvenance, listSome } from "./values/describe.ts";
import { checkValue } from "./values/schema-check.ts";

export interface ProblemParts {
  readonly run: RunSettings;
  /** Of the hosts of the run. */
  readonly scopes: readonly HostScope[];
  readonly optionProblems: readonly Problem[];
  readonly strictKeys: boolean;
}

/** Everything that is wrong with what was said about settings, as far as it shows without calling anything. */
export function findProblems(parts: ProblemParts): readonly Problem[] {
  const { layers, options } = parts.run;
  const called = [...layers.calls, ...layers.roles.values()];
  const own = parts.scopes.map((scope) => scope.own);
  return [
    ...called.flatMap((sources) => findStrangers(sources, parts)),
    ...[layers.defaults, ...called, ...own, options].flatMap((sources) => findWrongValues(sources, parts.run)),
    ...parts.optionProblems,
    ...findConflicts(parts),
    ...findDiscord(parts),
  ];
}

/** Keys that nobody declares, where they are likely a mistake; those of hosts are looked at with the hosts. */
function findStrangers(sources: LayerValues, { run, strictKeys }: ProblemParts): readonly Problem[] {
  return [...sources.values()].flatMap((source) => findStranger(source, run.layers.declarations, run.locate, strictKeys) ?? []);
}

/** @param meant what it most likely is, when that is no setting */
export function findStranger(
  source: Pick<LayerValue, "key" | "provenance">,
  declarations: ReadonlyMap<string, DeclaredSetting>,
  locate: Locate,
  strictKeys: boolean,
  meant?: string,
): Problem | undefined {
  const { key } = source;
  if (declarations.has(key)) return undefined;
  const close = meant ?? (strictKeys ? suggest(key, declarations.keys()) : nearMiss(key, declarations));
  if (close === undefined && !strictKeys) return undefined;
  const own = strictKeys ? "" : ` If \`${key}\` is a setting of your own, declare it: settings({ ${key}: setting(...) }).`;
  const hint = close === undefined ? "`fake env` lists the settings there are." : `Did you mean \`${close}\`?${own}`;
  const found = locate(source);
  const by = describeProvenance({ ...found, where: undefined });
  return { message: `\`${key}\` (${by}) is not a setting that a recipe knows.`, subject: key, where: found.where, hint };
}

/**
 * A declared setting that differs in a letter or two. Deployfiles have keys of their own, so a word that merely begins another is none;
 * and facts are nothing that a deployfile sets.
 */
function nearMiss(key: string, declarations: ReadonlyMap<string, DeclaredSetting>): string | undefined {
  const names = [...declarations.keys()].filter((name) => Math.abs(name.length - key.length) <= 2);
  const settings = names.filter((name) => declarations.get(name)?.declaration.kind === "setting");
  return suggest(key, settings);
}

/** Plain values that their schema refuses, in every layer: also where another layer wins today. */
function findWrongValues(sources: LayerValues, { checker, locate }: RunSettings): readonly Problem[] {
  return [...sources.values()].flatMap((source): readonly Problem[] => {
    const plain = source.callable === undefined ? checker.plain(source) : undefined;
    if (plain?.kind !== "failed") return [];
    return [{ message: plain.text, subject: source.key, where: locate(source).where, hint: plain.hint }];
  });
}

/** Settings about which two roles of a host disagree, with nothing above that decides. */
function findConflicts({ scopes, run: { options, locate } }: ProblemParts): readonly Problem[] {
  const hosts = new Map<RoleConflict, string[]>();
  for (const scope of scopes) {
    for (const [key, conflict] of scope.roles.conflicts) {
      if (options.has(key) || scope.own.has(key)) continue;
      hosts.set(conflict, [...(hosts.get(conflict) ?? []), scope.view.id]);
    }
  }
  return [...hosts].map(([conflict, names]) => {
    const { text, hint } = describeConflict(conflict, names, locate);
    return { message: text, subject: conflict.second.key, where: locate(conflict.second).where, hint };
  });
}

/** Settings that do not go with another one on some host, as far as both are plain values. */
function findDiscord({ run, scopes }: ProblemParts): readonly Problem[] {
  const problems = new Map<string, Problem>();
  for (const [key, { declaration }] of run.layers.declarations) {
    const { beside } = declaration;
    if (beside === undefined) continue;
    for (const scope of scopes) {
      const [own, other] = [plainValue(scope, key), plainValue(scope, beside.key)];
      if (own === undefined || other === undefined) continue;
      for (const fault of beside.faults(own.value, other.value)) {
        const message = `\`${key}\` and \`${beside.key}\`: ${fault}.`;
        problems.set(message, { message, subject: key, where: run.locate(own.source).where });
      }
    }
  }
  return [...problems.values()];
}

function plainValue(scope: HostScope, key: string) {
  const source = scope.find(key);
  const plain = source === undefined || source.callable !== undefined ? undefined : scope.run.checker.plain(source);
  return source !== undefined && plain?.kind === "value" ? { source, value: plain.value } : undefined;
}

/** One problem for each key that has no value on some host. @default keys: those declared as required */
export function findMissing(keys: Iterable<string> | undefined, scopes: readonly HostScope[], { declarations }: Layers) {
  const wanted = keys ?? [...declarations].filter(([, { declaration }]) => declaration.required !== false).map(([key]) => key);
  return [...new Set(wanted)].flatMap((key): readonly Problem[] => {
    const declared = declarations.get(key);
    const without = scopes.filter((scope) => scope.find(key) === undefined && isMet(declared?.declaration.required, scope));
    if (without.length === 0 || !needsValue(declared?.declaration)) return [];
    const hosts = without.length === scopes.length ? "" : ` on ${listSome(without.map((scope) => scope.view.id))}`;
    const hint = describeDeclared(declared) ?? `Set it in the deployfile with env.set, or with -s ${key}=...`;
    return [{ message: `\`${key}\` is not set${hosts}.`, subject: key, where: declared?.where, hint }];
  });
}

function isMet(condition: boolean | Condition | undefined, scope: HostScope): boolean {
  if (typeof condition !== "object") return true;
  const other = scope.find(condition.key);
  return other?.callable === undefined && condition.when(other?.input);
}

/** Facts come from tasks; and a schema may have a value of its own, or do without. */
function needsValue(declaration: SettingDeclaration | undefined): boolean {
  if (declaration === undefined) return true;
  return declaration.kind === "setting" && (declaration.schema === undefined || !checkValue(declaration.schema, undefined).ok);
}

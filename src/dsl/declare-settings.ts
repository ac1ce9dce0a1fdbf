import type { FactOptions, SettingOptions } from "../env/declare.ts";
import type { DeclaredSetting, EnvLayer } from "../env/definition.ts";
import { isReserved } from "../env/reader.ts";
import type { SettingDeclaration } from "../env/settings.ts";
import { isThenable } from "../env/values/thenable.ts";
import { formatLocation, type SourceLocation } from "../errors.ts";
import { unknownKeys } from "../suggest.ts";
import type { Draft, ReportMistake } from "./draft.ts";
import { inWords, isRecord } from "./value-words.ts";

/** Notes what a recipe declares. A key is declared once: two recipes that mean different things by it cannot both be right. */
export function declareSettings(draft: Draft, declarations: unknown): void {
  if (!isRecord(declarations)) {
    const hint = 'settings({ keepReleases: setting(z.int(), { desc: "..." }) })';
    draft.report(`settings: the declarations are ${inWords(declarations)}.`, hint);
    return;
  }
  const recipe = draft.running.at(-1);
  const where = draft.locate();
  const twice = new Map<string, string[]>();
  for (const [key, declaration] of Object.entries(declarations)) {
    const first = draft.declarations.get(key);
    if (isReservedKey(key)) {
      draft.report(`"${key}" cannot be a setting: that name means something else on the env.`, undefined, key);
      continue;
    }
    const report: ReportMistake = (text, hint) => draft.report(`settings: "${key}": ${text}`, hint, key);
    const unknown = isRecord(declaration) ? unknownOptions(declaration) : [];
    for (const { kind, key: option, hint } of unknown) report(`a ${kind} takes no ${JSON.stringify(option)}.`, hint);
    if (!isDeclaration(declaration)) {
      // Its description is there under the name that was just told to be wrong, most likely.
      if (unknown.length > 0) continue;
      const hint = "Declare it with setting(schema, { desc }) or fact(desc).";
      draft.report(`settings: the declaration of "${key}" is ${inWords(declaration)}.`, hint, key);
      continue;
    }
    if (first === undefined) draft.declarations.set(key, Object.freeze({ declaration, recipe, where }));
    else twice.set(placeOf(first), [...(twice.get(placeOf(first)) ?? []), key]);
  }
  for (const [place, keys] of twice) reportTwice(draft, keys, place, recipe);
}

const OPTIONS = {
  setting: ["desc", "default", "example", "required", "beside"] satisfies (keyof SettingOptions<unknown>)[],
  fact: ["schema", "default"] satisfies (keyof FactOptions<unknown>)[],
};

/** Of what was given to `setting` or `fact` besides what comes first; every declaration has a value for `required`. */
function unknownOptions({ kind, schema, desc, required, ...rest }: Readonly<Record<string, unknown>>) {
  if (kind !== "setting" && kind !== "fact") return [];
  const isFact = kind === "fact";
  const given = { ...rest, ...(isFact ? { schema } : { desc }), required: isFact && required === false ? undefined : required };
  return unknownKeys(given, OPTIONS[kind]).map((unknown) => ({ ...unknown, kind }));
}

/** Keys that meet at the same place are one problem: a recipe used twice repeats all it has. */
function placeOf({ recipe, where }: DeclaredSetting): string {
  return `${owner(recipe)}${where === undefined ? "" : ` at ${formatLocation(where)}`}`;
}

function reportTwice(draft: Draft, keys: readonly string[], place: string, recipe: string | undefined): void {
  const shown = keys.slice(0, 3).map((key) => `"${key}"`);
  const names = `${shown.join(", ")}${keys.length > 3 ? ` and ${keys.length - 3} more settings` : ""}`;
  const subject = keys.length > 3 ? names : `${keys.length === 1 ? "The setting" : "The settings"} ${names}`;
  draft.report(
    `${subject} ${keys.length === 1 ? "is" : "are"} declared twice: by ${owner(recipe)}, and first by ${place}.`,
    "Use a recipe once; to give a declared setting another value, use env.set.",
    keys[0],
  );
}

function owner(recipe: string | undefined): string {
  return recipe === undefined ? "the deployfile" : `the recipe ${recipe}`;
}

function isDeclaration(value: unknown): value is SettingDeclaration {
  return isRecord(value) && (value["kind"] === "setting" || value["kind"] === "fact") && typeof value["desc"] === "string";
}

/** Key of a role that is no setting. */
const HOSTS = "hosts";

/** True for what no setting can be called: names that mean something on an env, and the hosts of a role. */
export function isReservedKey(key: string): boolean {
  return key === HOSTS || isReserved(key);
}

/** Settings that were given together, without those that cannot be: reserved names, promises, keys nobody could type. */
export function parseValues(
  values: Readonly<Record<string, unknown>>,
  where: SourceLocation | undefined,
  report: ReportMistake,
): EnvLayer {
  const kept = Object.entries(values).filter(([key, value]) => {
    if (value === undefined) return false;
    if (isReservedKey(key))
      report(`"${key}" cannot be a setting.`, "That name means something else on the env: take another one.", key);
    else if (!/^[^\s=\p{Cc}]+$/u.test(key))
      report(`${JSON.stringify(key)} cannot be the key of a setting.`, "Letters and digits, as in `deployPath`.", key);
    else if (isThenable(value)) {
      const hint = `Set a function that gives it, called when it is first read: ${key}: async () => ...`;
      report(`The setting "${key}" is a promise.`, hint, key);
    } else return true;
    return false;
  });
  return Object.freeze({ values: Object.freeze(Object.fromEntries(kept)), where });
}

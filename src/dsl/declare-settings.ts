import type { DeclaredSetting, EnvLayer } from "../env/definition.ts";
import { isReserved } from "../env/reader.ts";
import type { SettingDeclaration } from "../env/settings.ts";
import { isThenable } from "../env/values/thenable.ts";
import { formatLocation, type SourceLocation } from "../errors.ts";
import type { Draft } from "./draft.ts";
import { inWords, isRecord } from "./value-words.ts";

/** Notes what a recipe declares. A key is declared once: two recipes that mean different things by it cannot both be right. */
export function declareSettings(draft: Draft, declarations: unknown): void {
  if (!isRecord(declarations)) {
    draft.report(`settings: the declarations are ${inWords(declarations)}.`, {
      hint: 'settings({ keepReleases: setting(z.int(), { desc: "..." }) })',
    });
    return;
  }
  const recipe = draft.running.at(-1);
  const where = draft.locate();
  const twice = new Map<string, { first: DeclaredSetting; keys: string[] }>();
  for (const [key, declaration] of Object.entries(declarations)) {
    const first = draft.declarations.get(key);
    if (isReservedKey(key))
      draft.report(`"${key}" cannot be a setting: that name means something else on the env.`, { subject: key });
    else if (!isDeclaration(declaration)) {
      const hint = `Declare it with setting(schema, { desc }) or fact(desc).`;
      draft.report(`settings: the declaration of "${key}" is ${inWords(declaration)}.`, { subject: key, hint });
    } else if (first === undefined) draft.declarations.set(key, Object.freeze({ declaration, recipe, where }));
    else {
      const place = placeOf(first);
      const meeting = twice.get(place);
      if (meeting === undefined) twice.set(place, { first, keys: [key] });
      else meeting.keys.push(key);
    }
  }
  for (const { first, keys } of twice.values()) reportTwice(draft, keys, first, recipe);
}

/** Keys that meet at the same place are one problem: a recipe used twice repeats all it has. */
function placeOf({ recipe, where }: DeclaredSetting): string {
  return `${owner(recipe)}${where === undefined ? "" : ` at ${formatLocation(where)}`}`;
}

function reportTwice(draft: Draft, keys: readonly string[], first: DeclaredSetting, recipe: string | undefined): void {
  const names = keys
    .slice(0, 3)
    .map((key) => `"${key}"`)
    .join(", ");
  const subject =
    keys.length > 3
      ? `${names} and ${keys.length - 3} more settings`
      : `${keys.length === 1 ? "The setting" : "The settings"} ${names}`;
  draft.report(
    `${subject} ${keys.length === 1 ? "is" : "are"} declared twice: by ${owner(recipe)}, and first by ${placeOf(first)}.`,
    {
      subject: keys[0],
      hint: "Use a recipe once; to give a declared setting another value, use env.set.",
    },
  );
}

function owner(recipe: string | undefined): string {
  return recipe === undefined ? "the deployfile" : `the recipe ${recipe}`;
}

function isDeclaration(value: unknown): value is SettingDeclaration {
  return isRecord(value) && (value["kind"] === "setting" || value["kind"] === "fact") && typeof value["desc"] === "string";
}

/** @param key the setting it is about */
type ReportSetting = (message: string, key: string, hint?: string) => void;

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
  report: ReportSetting,
): EnvLayer {
  const kept = Object.entries(values).filter(([key, value]) => {
    if (value === undefined) return false;
    if (isReservedKey(key))
      report(`"${key}" cannot be a setting.`, key, "That name means something else on the env: take another one.");
    else if (!/^[^\s=\p{Cc}]+$/u.test(key))
      report(`${JSON.stringify(key)} cannot be the key of a setting.`, key, "Letters and digits, as in `deployPath`.");
    else if (isThenable(value))
      report(
        `The setting "${key}" is a promise.`,
        key,
        `Set a function that gives it, called when it is first read: ${key}: async () => ...`,
      );
    else return true;
    return false;
  });
  return Object.freeze({ values: Object.freeze(Object.fromEntries(kept)), where });
}

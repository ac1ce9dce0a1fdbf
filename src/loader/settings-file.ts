import { readFileSync } from "node:fs";
import type { App, HostList, Recipe, RoleDefinition } from "../dsl/app.ts";
import { type Problem, ProblemsError, type SourceLocation } from "../errors.ts";
import { displayPath } from "../source-location.ts";
import { didYouMean } from "../suggest.ts";
import type { EntryPoints } from "./entry-points.ts";
import { findKeyLine } from "./locate-key.ts";

/** What a settings file says, checked. */
interface SettingsFile {
  readonly use: readonly string[];
  readonly env: Readonly<Record<string, unknown>>;
  readonly roles: Readonly<Record<string, HostList | RoleDefinition>>;
}

const KEYS: readonly string[] = ["use", "env", "roles"];
/** Values in a file. */
const LARGEST = 1_000_000;
/** Editors read it; it says nothing about the deployment. */
const SCHEMA_KEY = "$schema";

/**
 * A deployfile that is data: roles and settings for recipes that ship with us; no tasks of its own.
 * @returns what it does to an app, and what tells the line that is being applied @throws ProblemsError with everything that is wrong
 */
export async function parseSettingsFile(content: unknown, path: string, cwd: string, entryPoints: EntryPoints) {
  const text = readFileSync(path, "utf8");
  const root = path.endsWith("package.json") ? ["fake"] : [];
  const whereOf = (...keys: string[]): SourceLocation => ({
    file: displayPath(path, cwd),
    line: findKeyLine(text, [...root, ...keys]),
  });
  const problems = check(content, entryPoints.recipes, whereOf);
  if (problems.length > 0) throw new ProblemsError("DEPLOYFILE_SETTINGS", problems);
  const settings = { use: [], env: {}, roles: {}, ...(content as Partial<SettingsFile>) };
  const recipes = await Promise.all(settings.use.map((name) => entryPoints.createRecipe(name)));

  let current: SourceLocation | undefined;
  const at = (where: SourceLocation, apply: () => void): void => {
    current = where;
    apply();
  };
  const recipe: Recipe = (app: App) => {
    for (const each of recipes) at(whereOf("use"), () => void app.use(each));
    for (const [key, value] of Object.entries(settings.env)) {
      at(whereOf("env", key), () => app.env.set({ [key]: value } as Readonly<Record<string, string>>));
    }
    for (const [name, definition] of Object.entries(settings.roles)) at(whereOf("roles", name), () => app.role(name, definition));
  };
  return { recipe, locate: (): SourceLocation | undefined => current };
}

function check(content: unknown, recipes: readonly string[], whereOf: (...keys: string[]) => SourceLocation): Problem[] {
  if (!isRecord(content)) {
    return [{ message: "A settings file is a mapping with the keys use, env and roles.", where: whereOf() }];
  }
  if (expandedSize(content) > LARGEST) {
    const message = "Written out, its aliases stand for more than a million values, or for themselves.";
    return [{ message, where: whereOf(), hint: "Aliases of lists that hold aliases multiply: write the values once." }];
  }
  return [...findFaults(content, recipes)].map(({ at, ...problem }) => ({ ...problem, where: whereOf(...at) }));
}

/** Problems with the keys that lead to them. */
function* findFaults(content: Record<string, unknown>, recipes: readonly string[]): Generator<Problem & { at: string[] }> {
  const { use = [], env = {}, roles = {} } = content;
  for (const key of Object.keys(content)) {
    if (key === SCHEMA_KEY || KEYS.includes(key)) continue;
    yield { message: `There is no key "${key}" here.`, at: [key], hint: didYouMean(key, KEYS) ?? `Settings go under "env".` };
  }
  if (!Array.isArray(use) || !use.every((name) => typeof name === "string")) {
    yield { message: "use is a list of recipes' names.", at: ["use"] };
  } else {
    for (const name of use) {
      if (recipes.includes(name)) continue;
      const hint = didYouMean(name, recipes) ?? `There are: ${recipes.join(", ")}.`;
      yield { message: `There is no recipe "${name}".`, at: ["use"], hint };
    }
  }
  if (!isRecord(env)) yield { message: "env is a mapping of settings.", at: ["env"] };
  if (!isRecord(roles)) yield { message: "roles is a mapping of roles.", at: ["roles"] };
  else {
    for (const [name, role] of Object.entries(roles)) {
      if (isRole(role)) continue;
      const hint = "Write a list of hosts, or a mapping with hosts and the role's settings.";
      yield { message: `The role "${name}" has no list of hosts.`, at: ["roles", name], hint };
    }
  }
}

function isRole(role: unknown): boolean {
  return Array.isArray(role) || (isRecord(role) && Array.isArray(role["hosts"]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * How many values there are in data once all that it mentions twice is written out; infinity where something is inside itself. An
 * alias in YAML costs three characters: ten lines of them can stand for more than any memory holds.
 */
function expandedSize(value: unknown): number {
  const sizes = new Map<object, number>();
  const sizeOf = (part: unknown): number => {
    if (typeof part !== "object" || part === null) return 1;
    const known = sizes.get(part);
    if (known !== undefined) return known;
    // Until it is known: met again below itself.
    sizes.set(part, Number.POSITIVE_INFINITY);
    const size = Object.values(part).reduce<number>((sum, each) => sum + sizeOf(each), 1);
    sizes.set(part, size);
    return size;
  };
  return sizeOf(value);
}

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

/** A deployfile that is data: roles and settings for recipes that ship with us; no tasks of its own. */
export interface SettingsRecipe {
  readonly recipe: Recipe;
  /** The line that is being applied. */
  locate(): SourceLocation | undefined;
}

const KEYS = ["use", "env", "roles"] as const;
/** Values in a file. */
const LARGEST = 1_000_000;
/** Editors read it; it says nothing about the deployment. */
const SCHEMA_KEY = "$schema";

/** @throws ProblemsError with everything that is wrong. */
export async function parseSettingsFile(
  content: unknown,
  path: string,
  cwd: string,
  entryPoints: EntryPoints,
): Promise<SettingsRecipe> {
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
  const recipe = (app: App): void => {
    for (const each of recipes) at(whereOf("use"), () => void app.use(each));
    for (const [key, value] of Object.entries(settings.env)) {
      at(whereOf("env", key), () => app.env.set({ [key]: value } as Readonly<Record<string, string>>));
    }
    for (const [name, definition] of Object.entries(settings.roles)) at(whereOf("roles", name), () => app.role(name, definition));
  };
  return { recipe, locate: () => current };
}

function check(content: unknown, recipes: readonly string[], whereOf: (...keys: string[]) => SourceLocation): Problem[] {
  if (!isRecord(content)) {
    return [{ message: "A settings file is a mapping with the keys use, env and roles.", where: whereOf() }];
  }
  if (expandedSize(content) > LARGEST) {
    const message = "Written out, its aliases stand for more than a million values, or for themselves.";
    return [{ message, where: whereOf(), hint: "Aliases of lists that hold aliases multiply: write the values once." }];
  }
  const { use = [], env = {}, roles = {} } = content;
  return [
    ...checkKeys(Object.keys(content)),
    ...checkUse(use, recipes),
    ...(isRecord(env) ? [] : [{ message: "env is a mapping of settings.", at: ["env"] }]),
    ...checkRoles(roles),
  ].map(({ at, ...problem }) => ({ ...problem, where: whereOf(...at) }));
}

/** A problem with the keys that lead to it. */
interface PlacedProblem extends Problem {
  readonly at: readonly string[];
}

function checkKeys(keys: readonly string[]): PlacedProblem[] {
  const unknown = keys.filter((key) => key !== SCHEMA_KEY && !KEYS.some((known) => known === key));
  return unknown.map((key) => {
    const hint = didYouMean(key, KEYS) ?? `Settings go under "env".`;
    return { message: `There is no key "${key}" here.`, at: [key], hint };
  });
}

function checkUse(use: unknown, recipes: readonly string[]): PlacedProblem[] {
  if (!Array.isArray(use) || !use.every((name) => typeof name === "string")) {
    return [{ message: "use is a list of recipes' names.", at: ["use"] }];
  }
  return use
    .filter((name) => !recipes.includes(name))
    .map((name) => {
      const hint = didYouMean(name, recipes) ?? `There are: ${recipes.join(", ")}.`;
      return { message: `There is no recipe "${name}".`, at: ["use"], hint };
    });
}

function checkRoles(roles: unknown): PlacedProblem[] {
  if (!isRecord(roles)) return [{ message: "roles is a mapping of roles.", at: ["roles"] }];
  return Object.entries(roles)
    .filter(([, role]) => !isRole(role))
    .map(([name]) => ({ message: `The role "${name}" has no list of hosts.`, at: ["roles", name], hint: ROLE_HINT }));
}

const ROLE_HINT = "Write a list of hosts, or a mapping with hosts and the role's settings.";

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

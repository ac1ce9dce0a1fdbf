import type { DeclaredSetting } from "../env/definition.ts";
import { formatLocation } from "../errors.ts";
import type { Plan } from "../graph/plan.ts";
import type { LoadedApp } from "./load-app.ts";

/**
 * Settings that must have a value before this plan starts: those of recipes that have a task in it. A recipe's settings and
 * tasks come to be at the same place, where the deployfile uses it.
 */
export function requiredKeys({ sealed }: Pick<LoadedApp, "sealed">, plan: Plan): readonly string[] {
  const places = new Set<string>();
  for (const { steps } of plan.sections)
    for (const { task } of steps) if (task.where !== undefined) places.add(formatLocation(task.where));
  const isWanted = ({ declaration, recipe, where }: DeclaredSetting): boolean => {
    if (!declaration.required) return false;
    return recipe === undefined || where === undefined || places.has(formatLocation(where));
  };
  return [...sealed.declarations].filter(([, declared]) => isWanted(declared)).map(([key]) => key);
}

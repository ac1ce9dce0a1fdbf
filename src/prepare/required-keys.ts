import type { DeclaredSetting } from "../env/definition.ts";
import { formatLocation, type SourceLocation } from "../errors.ts";
import type { Plan } from "../graph/plan.ts";
import type { Task } from "../graph/task.ts";
import type { FilledApp } from "./filled-app.ts";

/**
 * Settings that must have a value before this plan starts: those of recipes that have a task in it, and those that come
 * without tasks. A recipe's settings and tasks come to be at the same place, where the deployfile uses it.
 */
export function requiredKeys({ sealed }: FilledApp, plan: Plan): readonly string[] {
  const planned = placesOf(plan.sections.flatMap(({ steps }) => steps.map(({ task }) => task)));
  const all = placesOf(sealed.graph.tasks());
  const isWanted = ({ declaration, where }: DeclaredSetting): boolean => {
    const place = placeOf(where);
    return declaration.required !== false && (planned.has(place) || !all.has(place));
  };
  return [...sealed.declarations].filter(([, declared]) => isWanted(declared)).map(([key]) => key);
}

function placesOf(tasks: readonly Task[]): ReadonlySet<string> {
  return new Set(tasks.map(({ where }) => placeOf(where)));
}

/** Line and column: a short deployfile may have all of it in one line. */
function placeOf(where: SourceLocation | undefined): string {
  return where === undefined ? "" : `${formatLocation(where)}:${where.column ?? 0}`;
}

import { ignoreRejection, isThenable } from "../env/values/thenable.ts";
import type { App, Recipe } from "./app.ts";
import type { Draft } from "./draft.ts";
import { watchHandles } from "./handles.ts";
import { inWords } from "./value-words.ts";

/**
 * Runs a recipe once. The same recipe used again gives the handles it gave before; a recipe made anew (`deploy()` twice) is
 * another one, and what it defines a second time is reported.
 */
export function useRecipe(draft: Draft, app: App, used: Map<unknown, unknown>, recipe: unknown): unknown {
  if (used.has(recipe)) return used.get(recipe);
  if (typeof recipe !== "function") {
    const call = isThenable(recipe)
      ? "Await it outside of the deployfile's function, or import it."
      : "Pass what the recipe's function gives: use(deploy()).";
    return lost(draft, `use: the recipe is ${inWords(recipe)}.`, call);
  }
  const name = recipe.name === "" ? undefined : recipe.name;
  const label = name ?? "a recipe";
  // A recipe gives nothing until it has run: that ends a recipe that uses itself.
  used.set(recipe, {});
  draft.running.push(name);
  try {
    const handles: unknown = (recipe as Recipe)(app);
    if (isThenable(handles)) {
      // What it throws belongs to a call that is refused anyway.
      ignoreRejection(handles);
      const instead = "Values that take time are settings with a function: key: async () => ...";
      return lost(draft, `use: ${label} is async.`, `Recipes run at once. ${instead}`);
    }
    if (typeof handles === "function") {
      const call = `Call it to get the recipe: use(${name ?? "recipe"}()).`;
      return lost(draft, `use: ${label} gives a function instead of handles.`, call);
    }
    const watched = watchHandles(handles, name, draft.missed);
    used.set(recipe, watched);
    return watched;
  } finally {
    draft.running.pop();
  }
}

/** Something to take handles from, so that the deployfile is read to its end and everything is reported at once. */
function lost(draft: Draft, message: string, hint: string): object {
  draft.handlesAreLost = true;
  draft.report(message, hint);
  return {};
}

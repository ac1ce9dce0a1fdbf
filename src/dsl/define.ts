import type { Recipe } from "./app.ts";

/**
 * Types a deployfile: what it exports by default. Does nothing else, so a plain function is a deployfile as well.
 * @typeParam S settings of the deployfile's own, besides those that recipes declare: `t.env` knows their types
 * @param recipe may be async; `fake` gives it 10 seconds
 * @returns the recipe, as it is
 * @example
 * export default defineDeployfile<{ region: string }>(({ env, role, task }) => {
 *   env.set({ region: "eu" });
 *   role("web", ["app1.example.com"]);
 *   task("where", "Say where this is", async (t) => {
 *     await t.run`echo ${t.env.region}`;
 *   });
 * });
 */
export function defineDeployfile<S = unknown>(recipe: Recipe<unknown, S>): Recipe<unknown, S> {
  return recipe;
}

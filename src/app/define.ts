import type { Recipe } from "./app.ts";

/**
 * Types a deployfile: what it exports by default.
 * @typeParam S settings of the deployfile's own, besides those that recipes declare
 * @example export default defineDeployfile<{ region: string }>(({ env, task }) => { ... });
 */
export function defineDeployfile<S = unknown>(recipe: Recipe<unknown, S>): Recipe<unknown, S> {
  return recipe;
}

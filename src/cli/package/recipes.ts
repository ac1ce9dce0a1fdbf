import { existsSync, readdirSync } from "node:fs";
import type { ModuleTable } from "../../loader/entry-points.ts";

/**
 * The recipes that ship with us: every folder with an `index.ts`. What is bundled cannot look into folders, so the build writes the
 * list down in place of this file (`build/recipes.mjs`).
 */
export function findRecipes(folder: URL = new URL("../../recipes/", import.meta.url)): ModuleTable {
  const indexes = readdirSync(folder).map((name) => [name, new URL(`${name}/index.ts`, folder)] as const);
  const found = indexes.filter(([, index]) => existsSync(index));
  return Object.fromEntries(
    found.map(([name, index]) => [`fake-deploy/recipes/${name}`, async () => (await import(index.href)) as object]),
  );
}

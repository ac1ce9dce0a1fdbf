// The recipes that ship with us: every folder of src/recipes with an index.ts.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** @returns their names */
export function findRecipes(root) {
  const folder = join(root, "src/recipes");
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, "index.ts")));
}

/** Writes down what src/cli/package/recipes.ts finds by looking. */
export function listedRecipes(root) {
  const place = join(root, "src/cli/package/recipes.ts");
  const rows = findRecipes(root).map((name) => `"fake-deploy/recipes/${name}": () => import("../../recipes/${name}/index.ts"),`);
  const list = `export const findRecipes = () => ({\n${rows.join("\n")}\n});\n`;
  return { name: "listed-recipes", load: (id) => (id === place ? list : undefined) };
}

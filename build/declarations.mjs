// Takes out of dist/types what no entry point leads to: the compiler writes a declaration file for all that the sources import, and a
// project's editor and its search would find names in them that nobody can import.
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { findRecipes } from "./recipes.mjs";

const root = resolve(import.meta.dirname, "..");
const types = resolve(root, process.argv[2] ?? "dist/types");
const entries = ["index", "testing", "process", ...findRecipes(root).map((name) => `recipes/${name}/index`)];
const reached = new Set(entries.map((entry) => join(types, `${entry}.d.ts`)));

// Grows while it is walked through.
for (const file of reached) for (const found of importsOf(file)) reached.add(found);
for (const file of readdirSync(types, { recursive: true }).map((name) => join(types, name))) {
  if (file.endsWith(".d.ts") && !reached.has(file)) rmSync(file);
}
removeEmpty(types);

/** @throws for a relative import that leads nowhere: a project could not compile against it */
function importsOf(file) {
  const specifiers = readFileSync(file, "utf8").matchAll(/\b(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g);
  return Array.from(specifiers, ([, specifier]) => {
    const found = resolve(dirname(file), specifier.replace(/\.[tj]s$/, ".d.ts"));
    if (!existsSync(found)) throw new Error(`${file} imports ${specifier}, which is not there`);
    return found;
  });
}

function removeEmpty(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeEmpty(join(folder, entry.name));
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

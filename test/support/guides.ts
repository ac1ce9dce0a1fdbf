import { readdirSync } from "node:fs";
import { resolve } from "node:path";

const docs = resolve(import.meta.dirname, "../../docs");
const pages = readdirSync(docs, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".md") && !name.startsWith("decisions/"),
);

/** What users read, as paths below the root: the README, the guides, and in `docs/recipes` those of the recipes. */
export const guides: readonly string[] = ["README.md", ...pages.sort().map((name) => `docs/${name}`)];

import { readFileSync } from "node:fs";
import type { Recipe } from "../dsl/app.ts";
import { inWords } from "../dsl/value-words.ts";
import { type FaultContext, fault } from "./faults.ts";

/** Names under which people export what should be the default export. */
const MEANT = /^(?:deployfile|recipe|config|setup|main|_?default|app)$/i;
const EXAMPLE = "export default defineDeployfile(({ env, role, task }) => { ... });";

/** The recipe that a deployfile exports. @throws DeployfileError that names what it exports instead. */
export function recipeOf(exports: Readonly<Record<string, unknown>>, context: Pick<FaultContext, "path" | "cwd">): Recipe {
  const value = unwrap(exports["default"]);
  if (typeof value === "function" && !isClass(value)) return value as Recipe;
  const place = { file: context.path, line: exportLine(context.path), column: 1 };
  const names = Object.keys(exports).filter((name) => name !== "default");
  const isMissing = !("default" in exports) || isEmptyExports(value);
  const what = isMissing ? `has no default export${exportsOnly(names)}.` : `exports ${describe(value)} by default, not a recipe.`;
  throw fault("DEPLOYFILE_EXPORT", what, place, context, { hint: hintFor(exports, names, isMissing) });
}

/** CommonJS made by a compiler has its default export inside the exports object. */
function unwrap(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("default" in value)) return value;
  return value.default;
}

function hintFor(exports: Readonly<Record<string, unknown>>, names: readonly string[], isMissing: boolean): string {
  const functions = names.filter((name) => typeof exports[name] === "function");
  const near = functions.find((name) => MEANT.test(name)) ?? (functions.length === 1 ? functions[0] : undefined);
  if (near !== undefined) return `Did you mean \`export default ${near}\`?`;
  if (!isMissing && typeof unwrap(exports["default"]) === "object") return `Write it as a function: ${EXAMPLE}`;
  return `A deployfile ends with: ${EXAMPLE}`;
}

function exportsOnly(names: readonly string[]): string {
  return names.length === 0 ? "" : `; it exports ${names.map((name) => `\`${name}\``).join(", ")}`;
}

function describe(value: unknown): string {
  return typeof value === "function" ? `the class ${value.name}` : inWords(value);
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

/** What a CommonJS file exports that never set `module.exports`. */
function isEmptyExports(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function exportLine(path: string): number {
  const lines = readFileSync(path, "utf8").split("\n");
  const index = lines.findIndex((line) => /^\s*(?:export\b|module\.exports\b|exports\.)/.test(line));
  return index === -1 ? 1 : index + 1;
}

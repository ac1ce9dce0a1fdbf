import type { Problem } from "../errors.ts";
import type { Layers } from "./layers/layers.ts";
import type { Lookup } from "./layers/lookup.ts";
import type { HostScope } from "./resolve/state.ts";
import { describeDeclared } from "./resolve/value-checker.ts";
import type { Condition } from "./settings.ts";
import { listSome } from "./values/describe.ts";
import { checkValue } from "./values/schema-check.ts";

/** One problem for each key that has no value on some host. @default keys: those declared as required */
export function findMissing(
  keys: Iterable<string> | undefined,
  scopes: readonly HostScope[],
  layers: Layers,
  lookup: Lookup,
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const key of new Set(keys ?? requiredKeys(layers))) {
    const condition = layers.declarations.get(key)?.declaration.required;
    const without = scopes.filter((scope) => lookup.find(scope, key) === undefined && isMet(condition, scope, lookup));
    if (without.length === 0 || !needsValue(key, layers)) continue;
    const declared = layers.declarations.get(key);
    const hosts = without.length === scopes.length ? "" : ` on ${listSome(without.map((scope) => scope.view.id))}`;
    problems.push({
      message: `\`${key}\` is not set${hosts}.`,
      subject: key,
      where: declared?.where,
      hint: describeDeclared(declared) ?? `Set it in the deployfile with env.set, or with -s ${key}=...`,
    });
  }
  return problems;
}

function requiredKeys({ declarations }: Layers): readonly string[] {
  return [...declarations].filter(([, { declaration }]) => declaration.required !== false).map(([key]) => key);
}

function isMet(condition: boolean | Condition | undefined, scope: HostScope, lookup: Lookup): boolean {
  if (typeof condition !== "object") return true;
  const other = lookup.find(scope, condition.key);
  return other?.callable === undefined && condition.when(other?.input);
}

/** Facts come from tasks; and a schema may have a value of its own, or do without. */
function needsValue(key: string, layers: Layers): boolean {
  const declaration = layers.declarations.get(key)?.declaration;
  if (declaration === undefined) return true;
  return declaration.kind === "setting" && (declaration.schema === undefined || !checkValue(declaration.schema, undefined).ok);
}

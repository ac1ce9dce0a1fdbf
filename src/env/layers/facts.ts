import { EnvError } from "../../errors.ts";
import { isReserved } from "../reader.ts";
import { createFailure } from "../resolve/failure.ts";
import type { HostScope, LayerValue } from "../resolve/state.ts";
import type { ValueChecker } from "../resolve/value-checker.ts";
import { createLayerValue } from "./layers.ts";

/**
 * States a fact for hosts: it wins over every layer, and what was worked out from the old one is worked out again when read.
 * @throws EnvError for a value that its schema refuses, `undefined`, a promise, or a reserved name.
 */
export function stateFact(scopes: Iterable<HostScope>, key: string, value: unknown, checker: ValueChecker): void {
  const source = createFact(key, value, checker);
  for (const scope of scopes) {
    scope.facts.set(key, source);
    forget(scope, key);
  }
}

function createFact(key: string, value: unknown, checker: ValueChecker): LayerValue {
  if (isReserved(key))
    throw new EnvError("RESERVED_KEY", `\`${key}\` means something else on an env: a fact needs another name.`, [key]);
  const source = createLayerValue(key, value, { layer: "fact", name: undefined, where: undefined });
  if (value === undefined) {
    const hint = "State a value, or do not state the fact.";
    throw createFailure({ code: "SETTING_UNDEFINED", text: `\`${key}\` was stated as undefined.`, chain: [key], hint }).error;
  }
  if (source.callable === undefined) {
    const plain = checker.plain(source);
    if (plain.kind === "failed") throw plain.error;
  }
  return source;
}

/** Drops what was worked out from a key, through however many settings. */
function forget(scope: HostScope, key: string): void {
  const open = [key];
  const seen = new Set(open);
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    scope.slots.delete(one);
    for (const dependent of scope.dependents.get(one) ?? []) {
      if (seen.has(dependent)) continue;
      seen.add(dependent);
      open.push(dependent);
    }
  }
}

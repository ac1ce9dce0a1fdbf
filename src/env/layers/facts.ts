import { EnvError } from "../../errors.ts";
import { isReserved } from "../reader.ts";
import { createFailure } from "../resolve/failure.ts";
import type { HostScope } from "../resolve/state.ts";
import type { ValueChecker } from "../resolve/value-checker.ts";
import { createLayerValue } from "./layers.ts";

/**
 * States a fact for hosts: it wins over every layer, and what was worked out from the old one is worked out again when read.
 * @throws EnvError for a value that its schema refuses, `undefined`, a promise, or a reserved name.
 */
export function stateFact(scopes: Iterable<HostScope>, key: string, value: unknown, checker: ValueChecker): void {
  if (isReserved(key))
    throw new EnvError("RESERVED_KEY", `\`${key}\` means something else on an env: a fact needs another name.`, [key]);
  if (value === undefined) {
    const hint = "State a value, or do not state the fact.";
    throw createFailure({ code: "SETTING_UNDEFINED", text: `\`${key}\` was stated as undefined.`, chain: [key], hint }).error;
  }
  const fact = createLayerValue(key, value, { layer: "fact", name: undefined, where: undefined });
  const plain = fact.callable === undefined ? checker.plain(fact) : undefined;
  if (plain?.kind === "failed") throw plain.error;
  for (const scope of scopes) scope.state(fact);
}

import { hideUrlPasswords, neutralise } from "../../command/neutralise.ts";
import { Secret } from "../../command/secret.ts";
import { REDACTED } from "../../command/secret-matcher.ts";
import { formatLocation } from "../../errors.ts";
import { isFresh } from "../declare.ts";
import type { LayerKind, Provenance } from "../settings.ts";
import { findSecrets, redactSecrets } from "./secret-text.ts";

/** Layers in words: alone, and in front of the name of their recipe, role or host. */
const LAYERS: Readonly<Record<LayerKind, readonly [alone: string, named?: string]>> = {
  default: ["default", "default of"],
  deployfile: ["env.set"],
  role: ["role", "role"],
  host: ["host", "host"],
  option: ["-s"],
  fact: ["stated by a task"],
};

/** Who set a value, in words: "role staging, deployfile.ts:12". */
export function describeProvenance({ layer, name, where }: Provenance): string {
  const [alone, named] = LAYERS[layer];
  const words = name === undefined || named === undefined ? alone : `${named} ${name}`;
  return where === undefined ? words : `${words}, ${formatLocation(where)}`;
}

const SHOWN = 60;

/** A value in one short line, secrets hidden. */
export function showValue(value: unknown): string {
  return shorten(hideUrlPasswords(neutralise(plainText(value))));
}

export function shorten(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN - 3)}...`;
}

function plainText(value: unknown): string {
  if (value instanceof Secret) return REDACTED;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return typeof value === "string" ? JSON.stringify(value) : String(value);
  try {
    return JSON.stringify(redactSecrets(value));
  } catch {
    return "an object";
  }
}

/** "a, b and 3 more". */
export function listSome(names: readonly string[], most = 5): string {
  if (names.length <= most) return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  return `${names.slice(0, most - 1).join(", ")} and ${names.length - most + 1} more`;
}

/** Longest function that is shown in place of what it gives. */
const LONGEST = 100;

/**
 * A default as it would be written in a deployfile: a function by its text, where that is one short line.
 * Undefined for what can only be worked out.
 */
export function toCode(value: unknown): string | undefined {
  if (value === undefined || findSecrets(value).length > 0 || isFresh(value)) return undefined;
  if (typeof value !== "function") return JSON.stringify(value);
  const text = String(value);
  return text.length < LONGEST && !text.includes("\n") && text.includes("=>") ? text : undefined;
}

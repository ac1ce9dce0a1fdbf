import { Secret } from "../command/secret.ts";
import { isFresh } from "./declare.ts";

/** Longest function that is shown in place of what it gives. */
const LONGEST = 100;

/**
 * A default as it would be written in a deployfile: a function by its text, where that is one short line.
 * Undefined for what can only be worked out.
 */
export function toCode(value: unknown): string | undefined {
  if (value === undefined || value instanceof Secret || isFresh(value)) return undefined;
  if (typeof value !== "function") return JSON.stringify(value);
  const text = String(value);
  return text.length < LONGEST && !text.includes("\n") && text.includes("=>") ? text : undefined;
}

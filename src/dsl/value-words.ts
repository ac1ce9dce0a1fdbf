import { inspect } from "node:util";
import { isThenable } from "../env/values/thenable.ts";

/** What was passed, in words: for messages about what should have been passed. */
export function inWords(value: unknown): string {
  if (isThenable(value)) return "a promise";
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return inspect(value, { maxStringLength: 60 });
}

/** An object that can hold options or settings. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isThenable(value);
}

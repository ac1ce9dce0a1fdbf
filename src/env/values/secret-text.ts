import { Secret } from "../../command/secret.ts";
import { dataEntries } from "./plain-data.ts";

/** All secrets in a value, through arrays and plain objects. */
export function findSecrets(value: unknown): readonly Secret[] {
  const found: Secret[] = [];
  collect(value, found, new Set());
  return found;
}

function collect(value: unknown, found: Secret[], seen: Set<object>): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  if (value instanceof Secret) found.push(value);
  else for (const part of partsOf(value)) collect(part, found, seen);
}

function partsOf(value: object): readonly unknown[] {
  return Array.isArray(value) ? value : (dataEntries(value) ?? []).map(([, part]) => part);
}

/** The value with each secret's text in its place: what a schema looks at. Data that contains itself stays as it is. */
export function revealSecrets(value: unknown, inside: readonly unknown[] = []): unknown {
  if (value instanceof Secret) return value.reveal();
  if (typeof value !== "object" || value === null || inside.includes(value)) return value;
  const within = [...inside, value];
  if (Array.isArray(value)) return value.map((part) => revealSecrets(part, within));
  const entries = dataEntries(value);
  return entries === undefined ? value : Object.fromEntries(entries.map(([key, part]) => [key, revealSecrets(part, within)]));
}

/**
 * What a schema made of `revealSecrets(original)`, with secrets where they were.
 * Undefined when the text of one would be left in the open: the schema put it elsewhere, or made no text of the secret.
 */
export function restoreSecrets(original: unknown, parsed: unknown): { readonly value: unknown } | undefined {
  const texts = findSecrets(original).map((secret) => secret.reveal());
  const value = restore(original, parsed);
  return leaks(original, value, texts) ? undefined : { value };
}

function restore(original: unknown, parsed: unknown): unknown {
  if (parsed === original) return parsed;
  if (original instanceof Secret) {
    if (typeof parsed !== "string") return parsed;
    return parsed === original.reveal() ? original : new Secret(parsed);
  }
  if (Array.isArray(original) && Array.isArray(parsed)) return parsed.map((part, index) => restore(original[index], part));
  const entries = asData(parsed);
  const before = asData(original);
  if (entries === undefined || before === undefined) return parsed;
  const byKey = new Map(before);
  return Object.fromEntries(entries.map(([key, part]) => [key, restore(byKey.get(key), part)]));
}

function leaks(original: unknown, value: unknown, texts: readonly string[]): boolean {
  // What was never revealed can show nothing.
  if (value === original) return false;
  if (typeof value === "string") return texts.some((text) => text !== "" && value.includes(text));
  if (original instanceof Secret) return value !== undefined && !(value instanceof Secret);
  if (typeof value !== "object" || value === null || value instanceof Secret) return false;
  const before = new Map<unknown, unknown>(Array.isArray(original) ? original.entries() : asData(original));
  const after: Iterable<readonly [unknown, unknown]> = Array.isArray(value) ? value.entries() : (asData(value) ?? []);
  for (const [key, part] of after) if (leaks(before.get(key), part, texts)) return true;
  return false;
}

function asData(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? dataEntries(value) : undefined;
}

/** Text of which nothing secret is left. */
export function hideSecrets(text: string, secrets: Iterable<Secret>): string {
  // The longest first: one may be part of another.
  const texts = [...secrets].map((secret) => secret.reveal()).sort((a, b) => b.length - a.length);
  return texts.reduce((hidden, secret) => (secret === "" ? hidden : hidden.replaceAll(secret, "[redacted]")), text);
}

/** All secrets that were met so far. */
export interface SecretBook {
  /** Takes note of the secrets in a value; each is announced once. */
  learn(value: unknown): void;
  /** Text that others wrote, without what is secret. */
  hide(text: string): string;
  /** An error that may be shown. */
  hideIn(error: Error): Error;
}

export function createSecretBook(onSecret: ((secret: Secret) => void) | undefined): SecretBook {
  const known = new Set<Secret>();

  function hide(text: string): string {
    return hideSecrets(text, known);
  }

  return {
    learn(value) {
      // Most values are text or numbers.
      if (typeof value !== "object" || value === null) return;
      for (const secret of value instanceof Secret ? [value] : findSecrets(value)) {
        if (known.has(secret)) continue;
        known.add(secret);
        onSecret?.(secret);
      }
    },
    hide,
    hideIn(error) {
      const message = hide(error.message);
      const stack = hide(error.stack ?? "");
      if (message === error.message && stack === (error.stack ?? "")) return error;
      const shown = new Error(message);
      shown.name = error.name;
      shown.stack = stack;
      return shown;
    },
  };
}

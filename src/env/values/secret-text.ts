import { createRedactor } from "../../command/redact.ts";
import { compositionOf, Secret } from "../../command/secret.ts";
import { REDACTED } from "../../command/secret-matcher.ts";
import { mapParts, partsOf } from "./plain-data.ts";

/** All secrets in a value, through arrays and plain objects, and those that they were put together from. */
export function findSecrets(value: unknown, seen = new Set<unknown>()): readonly Secret[] {
  if (value instanceof Secret) return [value, ...(compositionOf(value)?.parts ?? [])];
  if (seen.has(value)) return [];
  const parts = partsOf(value);
  if (parts !== undefined) seen.add(value);
  return parts?.flatMap(([, part]) => findSecrets(part, seen)) ?? [];
}

/** The value with each secret's text in its place: what a schema looks at. Data that contains itself stays as it is. */
export function revealSecrets(value: unknown): unknown {
  return replaceSecrets(value, (secret) => secret.reveal());
}

/** The value as it may be written down, each secret as `[redacted]`. */
export function redactSecrets(value: unknown): unknown {
  return replaceSecrets(value, () => REDACTED);
}

function replaceSecrets(value: unknown, by: (secret: Secret) => string, inside: readonly unknown[] = []): unknown {
  if (value instanceof Secret) return by(value);
  return inside.includes(value) ? value : mapParts(value, (part) => replaceSecrets(part, by, [...inside, value]));
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
  const before = partsOf(original);
  if (before === undefined) return parsed;
  const byKey = new Map(before);
  return mapParts(parsed, (part, key) => restore(byKey.get(key), part));
}

function leaks(original: unknown, value: unknown, texts: readonly string[]): boolean {
  // What was never revealed can show nothing.
  if (value === original) return false;
  if (typeof value === "string") return texts.some((text) => text !== "" && value.includes(text));
  if (original instanceof Secret) return value !== undefined && !(value instanceof Secret);
  const before = new Map(partsOf(original));
  return partsOf(value)?.some(([key, part]) => leaks(before.get(key), part, texts)) ?? false;
}

/** Text of which nothing secret is left. */
export function hideSecrets(text: string, secrets: Iterable<Secret>): string {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.add(secret);
  return redactor.redact(text);
}

/** All secrets that were met so far. */
export type SecretBook = ReturnType<typeof createSecretBook>;

export function createSecretBook(onSecret: ((secret: Secret) => void) | undefined) {
  const known = new Set<Secret>();
  const redactor = createRedactor();
  const hide = redactor.redact;
  return {
    /** Text that others wrote, without what is secret. */
    hide,
    /** Takes note of the secrets in a value; each is announced once. */
    learn(value: unknown): void {
      for (const secret of findSecrets(value)) {
        if (known.has(secret)) continue;
        known.add(secret);
        redactor.add(secret);
        onSecret?.(secret);
      }
    },
    /** An error that may be shown. */
    hideIn(error: Error): Error {
      const [message, stack] = [hide(error.message), hide(error.stack ?? "")];
      if (message === error.message && stack === (error.stack ?? "")) return error;
      return Object.assign(new Error(message), { name: error.name, stack });
    },
  };
}

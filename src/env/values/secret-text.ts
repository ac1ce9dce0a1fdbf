import { createRedactor } from "../../command/redact.ts";
import { compositionOf, Secret } from "../../command/secret.ts";
import { REDACTED } from "../../command/secret-matcher.ts";
import { mapParts, valuesIn } from "./plain-data.ts";

/** All secrets in a value, through arrays and plain objects, and those that they were put together from. */
export function findSecrets(value: unknown): readonly Secret[] {
  if (typeof value !== "object" || value === null) return [];
  const found: Secret[] = [];
  collectSecrets(value, new Set(), found);
  return found;
}

function collectSecrets(value: unknown, seen: Set<unknown>, found: Secret[]): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  if (value instanceof Secret) found.push(value, ...(compositionOf(value)?.parts ?? []));
  else {
    seen.add(value);
    for (const part of valuesIn(value) ?? []) collectSecrets(part, seen, found);
  }
}

/** The value as it may be written down, each secret as `[redacted]`. Data that contains itself stays as it is. */
export function redactSecrets(value: unknown, inside: readonly unknown[] = []): unknown {
  if (value instanceof Secret) return REDACTED;
  return inside.includes(value) ? value : mapParts(value, (part) => redactSecrets(part, [...inside, value]));
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

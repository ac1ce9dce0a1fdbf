import { Secret } from "../../command/secret.ts";
import { findSecrets, hideSecrets } from "./secret-text.ts";

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

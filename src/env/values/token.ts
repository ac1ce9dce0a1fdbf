import { Secret } from "../../command/secret.ts";
import type { SettingResult } from "../resolve/failure.ts";
import { partsOf } from "./plain-data.ts";

/** Compares values cheaply: two are the same to whoever reads them when their tokens are `===`. */
export type Tokens = ReturnType<typeof createTokens>;

export function createTokens() {
  /** One token for all values that are written the same. */
  const interned = new Map<string, object>();
  const known = new WeakMap<SettingResult, unknown>();
  const ids = new Map<unknown, string>();

  function intern(text: string): object {
    const token = interned.get(text) ?? Object.freeze({});
    interned.set(text, token);
    return token;
  }

  function idOf(value: unknown): string {
    const id = ids.get(value) ?? `#${ids.size}`;
    ids.set(value, id);
    return id;
  }

  /** One text for all values that are equal. `inside`: the objects it is in, since data may contain itself. */
  function write(value: unknown, inside: readonly unknown[] = []): string {
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value === "symbol" || typeof value === "function") return idOf(value);
    if (typeof value === "number") return `n${value}`;
    if (typeof value !== "object" || value === null) return `${typeof value}${String(value)}`;
    if (value instanceof Secret) return `s${JSON.stringify(value.reveal())}`;
    const parts = inside.includes(value) ? undefined : partsOf(value);
    if (parts === undefined) return idOf(value);
    const written = parts.map(([key, part]) => `${JSON.stringify(key)}:${write(part, [...inside, value])}`);
    return Array.isArray(value) ? `[${written.join()}]` : `{${written.sort().join()}}`;
  }

  /** Primitives by value, secrets by their text, arrays and plain objects by their content, anything else by identity. */
  function of(value: unknown): unknown {
    if (typeof value === "number") return Number.isNaN(value) ? intern("NaN") : value + 0;
    return typeof value !== "object" || value === null ? value : intern(write(value));
  }

  /** The same for what came of a setting; two failures are the same when they say the same. */
  function settled(one: SettingResult): unknown {
    if (known.has(one)) return known.get(one);
    const token = one.kind === "value" ? of(one.value) : intern(`!${one.code}\n${one.error.message}`);
    known.set(one, token);
    return token;
  }

  return { of, settled };
}

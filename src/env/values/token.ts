import { Secret } from "../../command/secret.ts";
import type { SettingResult } from "../resolve/state.ts";
import { dataEntries } from "./plain-data.ts";

/** Compares values cheaply: two are the same to whoever reads them when their tokens are `===`. */
export interface Tokens {
  /** Primitives by value, secrets by their text, arrays and plain objects by their content, anything else by identity. */
  of(value: unknown): unknown;
  /** The same for what came of a setting; two failures are the same when they say the same. */
  settled(settled: SettingResult): unknown;
}

export function createTokens(): Tokens {
  const interned = new Map<string, object>();
  const known = new WeakMap<SettingResult, unknown>();
  const idOf = createIds();

  function intern(text: string): object {
    const existing = interned.get(text);
    if (existing !== undefined) return existing;
    const token = Object.freeze({});
    interned.set(text, token);
    return token;
  }

  function of(value: unknown): unknown {
    if (typeof value === "number") return Number.isNaN(value) ? intern("NaN") : value + 0;
    if (typeof value !== "object" || value === null) return value;
    return intern(describe(value, idOf, []));
  }

  function settled(one: SettingResult): unknown {
    if (known.has(one)) return known.get(one);
    const token = one.kind === "value" ? of(one.value) : intern(`!${one.code}\n${one.error.message}`);
    known.set(one, token);
    return token;
  }

  return { of, settled };
}

/** One text for all values that are equal. `inside`: the objects it is in, since data may contain itself. */
function describe(value: unknown, idOf: (value: object | symbol) => string, inside: readonly object[]): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "symbol" || typeof value === "function") return idOf(value);
  if (typeof value === "number") return `n${value}`;
  if (typeof value !== "object" || value === null) return `${typeof value}${String(value)}`;
  if (value instanceof Secret) return `s${JSON.stringify(value.reveal())}`;
  if (inside.includes(value)) return idOf(value);
  const within = [...inside, value];
  if (Array.isArray(value)) return `[${value.map((part) => describe(part, idOf, within)).join()}]`;
  const entries = dataEntries(value);
  if (entries === undefined) return idOf(value);
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, part]) => `${JSON.stringify(key)}:${describe(part, idOf, within)}`).join()}}`;
}

function createIds(): (value: object | symbol) => string {
  const objects = new WeakMap<object, string>();
  const symbols = new Map<symbol, string>();
  let last = 0;
  return (value) => {
    const ids: { get(key: unknown): string | undefined; set(key: unknown, id: string): unknown } =
      typeof value === "symbol" ? (symbols as Map<unknown, string>) : (objects as WeakMap<never, string>);
    const existing = ids.get(value);
    if (existing !== undefined) return existing;
    last += 1;
    const id = `#${last}`;
    ids.set(value, id);
    return id;
  };
}

import { Secret } from "../../command/secret.ts";

/** The properties of an object that is nothing but data; undefined for instances, proxies of state and objects with accessors. */
export function dataEntries(value: object): readonly (readonly [string, unknown])[] | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const entries: [string, unknown][] = [];
  for (const key of Reflect.ownKeys(value)) {
    const property = Reflect.getOwnPropertyDescriptor(value, key);
    if (typeof key === "symbol" || property === undefined || !("value" in property)) return undefined;
    if (property.enumerable === true) entries.push([key, property.value]);
  }
  return entries;
}

/**
 * A frozen copy of arrays and plain objects that hold nothing but data; anything else as it is. Values are shared between hosts: a task
 * that changed one in place would change it for all.
 */
export function frozenData(value: unknown): unknown {
  return isData(value, new Set()) ? copy(value) : value;
}

function isData(value: unknown, inside: Set<object>): boolean {
  if (typeof value === "function") return false;
  if (typeof value !== "object" || value === null || value instanceof Secret) return true;
  if (inside.has(value)) return false;
  const parts = Array.isArray(value) ? value : dataEntries(value)?.map(([, part]) => part);
  if (parts === undefined) return false;
  inside.add(value);
  const all = parts.every((part) => isData(part, inside));
  inside.delete(value);
  return all;
}

function copy(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Secret) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(copy));
  const result: Record<string, unknown> = Object.getPrototypeOf(value) === null ? Object.create(null) : {};
  for (const [key, part] of dataEntries(value) ?? []) {
    Object.defineProperty(result, key, { value: copy(part), enumerable: true });
  }
  return Object.freeze(result);
}

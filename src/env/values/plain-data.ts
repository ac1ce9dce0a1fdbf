import { Secret } from "../../command/secret.ts";

/**
 * What is in an array, or in an object that is nothing but data, with its key. Undefined for all else: primitives, instances, proxies of
 * state and objects with accessors.
 */
export function partsOf(value: unknown): readonly (readonly [key: string, part: unknown])[] | undefined {
  if (Array.isArray(value)) return value.map((part, index) => [String(index), part]);
  if (typeof value !== "object" || value === null) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const parts: [string, unknown][] = [];
  for (const key of Reflect.ownKeys(value)) {
    const property = Reflect.getOwnPropertyDescriptor(value, key);
    if (typeof key === "symbol" || property === undefined || !("value" in property)) return undefined;
    if (property.enumerable === true) parts.push([key, property.value]);
  }
  return parts;
}

/** A copy with other parts; what has no parts as it is. */
export function mapParts(value: unknown, map: (part: unknown, key: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((part, index) => map(part, String(index)));
  const parts = partsOf(value)?.map(([key, part]) => [key, map(part, key)] as const);
  return parts === undefined ? value : Object.setPrototypeOf(Object.fromEntries(parts), Object.getPrototypeOf(value));
}

/**
 * A frozen copy of arrays and plain objects that hold nothing but data; anything else as it is. Values are shared between hosts: a task
 * that changed one in place would change it for all.
 */
export function frozenData(value: unknown): unknown {
  return isData(value, []) ? frozenCopy(value) : value;
}

function isData(value: unknown, inside: readonly unknown[]): boolean {
  if (typeof value === "function" || inside.includes(value)) return false;
  if (typeof value !== "object" || value === null || value instanceof Secret) return true;
  return partsOf(value)?.every(([, part]) => isData(part, [...inside, value])) ?? false;
}

function frozenCopy(value: unknown): unknown {
  return value instanceof Secret ? value : Object.freeze(mapParts(value, frozenCopy));
}

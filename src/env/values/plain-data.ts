import { Secret } from "../../command/secret.ts";

/**
 * What is in an array, or in an object that is nothing but data, with its key. Undefined for all else: primitives, instances, proxies of
 * state and objects with accessors.
 */
export function partsOf(value: unknown): readonly (readonly [key: string, part: unknown])[] | undefined {
  if (Array.isArray(value)) return value.map((part, index) => [String(index), part]);
  if (!isPlain(value)) return undefined;
  const parts: [string, unknown][] = [];
  for (const key of Reflect.ownKeys(value)) {
    const property = Reflect.getOwnPropertyDescriptor(value, key);
    if (typeof key === "symbol" || property === undefined || !("value" in property)) return undefined;
    if (property.enumerable === true) parts.push([key, property.value]);
  }
  return parts;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A copy with other parts; what has no parts as it is. */
export function mapParts(value: unknown, map: (part: unknown, key: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((part, index) => map(part, String(index)));
  const parts = partsOf(value)?.map(([key, part]) => [key, map(part, key)] as const);
  return parts === undefined ? value : Object.setPrototypeOf(Object.fromEntries(parts), Object.getPrototypeOf(value));
}

/** What is in an array, or in such an object, without its keys: that of a large fact is looked through for each host. */
export function valuesIn(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (!isPlain(value)) return undefined;
  const values: unknown[] = [];
  for (const key of Reflect.ownKeys(value)) {
    const property = Reflect.getOwnPropertyDescriptor(value, key);
    if (typeof key === "symbol" || property === undefined || !("value" in property)) return undefined;
    if (property.enumerable === true) values.push(property.value);
  }
  return values;
}

const NO_DATA = Symbol("no data");

/**
 * A frozen copy of arrays and plain objects that hold nothing but data; anything else as it is. Values are shared between hosts: a task
 * that changed one in place would change it for all.
 */
export function frozenData(value: unknown): unknown {
  const copy = copyData(value, []);
  return copy === NO_DATA ? value : copy;
}

/** @param inside what it is in: what contains itself is no data */
function copyData(value: unknown, inside: unknown[]): unknown {
  if (typeof value === "function") return NO_DATA;
  if (typeof value !== "object" || value === null || value instanceof Secret) return value;
  if (inside.includes(value)) return NO_DATA;
  inside.push(value);
  const copy = Array.isArray(value) ? copyArray(value, inside) : copyObject(value, inside);
  inside.pop();
  return copy === NO_DATA ? NO_DATA : Object.freeze(copy);
}

function copyArray(value: readonly unknown[], inside: unknown[]): unknown {
  let isData = true;
  const copy = value.map((part) => {
    const copied = isData ? copyData(part, inside) : NO_DATA;
    isData &&= copied !== NO_DATA;
    return copied;
  });
  return isData ? copy : NO_DATA;
}

function copyObject(value: object, inside: unknown[]): unknown {
  if (!isPlain(value)) return NO_DATA;
  const copy: Record<string, unknown> = {};
  for (const key of Reflect.ownKeys(value)) {
    const property = Reflect.getOwnPropertyDescriptor(value, key);
    if (typeof key === "symbol" || property === undefined || !("value" in property)) return NO_DATA;
    if (property.enumerable !== true) continue;
    const copied = copyData(property.value, inside);
    if (copied === NO_DATA) return NO_DATA;
    if (key === "__proto__") Object.defineProperty(copy, key, { ...property, value: copied });
    else copy[key] = copied;
  }
  return Object.getPrototypeOf(value) === null ? Object.setPrototypeOf(copy, null) : copy;
}

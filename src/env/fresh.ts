import type { Callable, Fresh } from "./settings.ts";

/**
 * A callable whose result is never remembered: it is called at each read, for the host that reads.
 * One that is async can only be read with `await env.get(key)`, since nothing keeps its value for a plain read.
 * @example
 * env.set({ now: fresh(() => new Date().toISOString()) });
 */
export function fresh<T, S = unknown>(callable: Callable<T, S>): Fresh<T, S> {
  return Object.freeze({ fresh: callable });
}

export function isFresh(value: unknown): value is Fresh {
  return (
    typeof value === "object" && value !== null && Object.hasOwn(value, "fresh") && typeof (value as Fresh).fresh === "function"
  );
}

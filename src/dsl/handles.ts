import { isThenable } from "../env/values/thenable.ts";
import { suggest } from "../suggest.ts";

/** A handle that a deployfile took from a recipe, which has none of that name. */
export interface MissedHandle {
  readonly recipe: string | undefined;
  readonly name: string;
  readonly given: readonly string[];
}

/**
 * The handles of a recipe, watched: without a type check, a mistyped handle is just `undefined`, and only the place where it
 * was read knows its name.
 */
export function watchHandles<H>(handles: H, recipe: string | undefined, missed: MissedHandle[]): H {
  if (typeof handles !== "object" || handles === null || isThenable(handles) || !isPlain(handles)) return handles;
  return new Proxy(handles, {
    get(target, key, receiver) {
      // `then` and `toJSON` are read by the language itself.
      if (typeof key === "string" && !(key in target) && key !== "then" && key !== "toJSON") {
        missed.push({ recipe, name: key, given: Object.keys(target) });
      }
      return Reflect.get(target, key, receiver);
    },
  });
}

/** What to do about an undefined handle. */
export function describeMissed(missed: readonly MissedHandle[]): string {
  const last = missed.at(-1);
  if (last === undefined)
    return "Define the task first, and keep the handle that `task`, `flow` or `use` gives; or name it as text.";
  const recipe = last.recipe === undefined ? "The recipe" : `The recipe ${last.recipe}`;
  const close = suggest(last.name, last.given);
  const meant = close === undefined ? "" : ` Did you mean "${close}"?`;
  return `${recipe} gives no handle "${last.name}".${meant} It gives: ${last.given.join(", ") || "none"}.`;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

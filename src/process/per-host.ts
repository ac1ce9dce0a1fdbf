/** What differs from host to host. */
import { inspect } from "node:util";
import { renderTemplate } from "../command/template.ts";
import { FakeError, type Problem, ProblemsError, placeOf, toError, UsageError } from "../errors.ts";
import { groupBy } from "../group-by.ts";
import type { Host } from "../hosts/host.ts";
import { addressed } from "../hosts/host-pattern.ts";
import { whereOf } from "../source-location.ts";

/** Stands for the host's address in the text of a command and in a path. */
export const HOST_MARK = "{{{host}}}";

/** What is harmless in any shell, also in quotes of every kind: what parseHost lets through. */
const HARMLESS = /^[\p{L}\p{N}_:][\p{L}\p{M}\p{N}._:%-]*$/u;

/**
 * Values that hosts take in turn. Made by `cycle()`.
 * @example
 * const mirrors: Cycle<string> = cycle(["mirror-a", "mirror-b"]);
 */
export class Cycle<T> {
  readonly #values: readonly T[];

  /** @throws UsageError for what is no list, and for an empty one */
  constructor(values: readonly T[]) {
    if (!Array.isArray(values) || values.length === 0)
      throw new UsageError("EMPTY_CYCLE", `cycle() has nothing to go round in: it was given ${inspect(values, { depth: 0 })}.`, {
        hint: 'It takes a list with one element or more: cycle(["a", "b"]).',
      });
    this.#values = [...values];
  }

  at(index: number): T {
    return this.#values[index % this.#values.length] as T;
  }
}

/**
 * The same for all hosts, or what differs: by a function, or in turn.
 * @example
 * const greeting: PerHost<string> = (host, index) => `echo ${index + 1}: ${host.name}`;
 */
export type PerHost<T> = T | ((host: Host, index: number, all: readonly Host[]) => T) | Cycle<T>;

/**
 * The first host takes the first value, and so on; behind the last value the first comes again.
 * @throws UsageError for an empty list
 * @example
 * const zone: PerHost<string> = cycle(["a", "b", "c"]);
 */
export function cycle<T>(values: readonly T[]): Cycle<T> {
  return new Cycle(values);
}

/**
 * The value of each host, in their order. A function is called once for each.
 * @param what names the value in errors
 * @throws ProblemsError with all that functions have thrown, and where; for a promise in place of a value
 */
export function resolvePerHost<T>(value: PerHost<T>, hosts: readonly Host[], what = "a value"): readonly T[] {
  if (value instanceof Cycle) return hosts.map((_, index) => value.at(index));
  if (typeof value !== "function") return hosts.map(() => value);
  const call = value as (host: Host, index: number, all: readonly Host[]) => T;
  const failures: FailedCall[] = [];
  const found = hosts.map((host, index) => {
    try {
      return refusePromise(call(host, index, hosts));
    } catch (thrown) {
      failures.push({ host, error: toError(thrown) });
      return undefined;
    }
  });
  if (failures.length > 0) throw new ProblemsError("PER_HOST_FAILED", toProblems(failures, what), { cause: failures[0]?.error });
  return found as readonly T[];
}

/**
 * Text of a command with the host's address for each `{{{host}}}`; everything else stands as it is, other braces too. An address that could
 * mean something to a shell is quoted.
 * @throws UsageError for such an address where it cannot be quoted, as in quotes
 */
export function hostInCommand(text: string, { id, address }: Host): string {
  const pieces = text.split(HOST_MARK);
  if (HARMLESS.test(address)) return pieces.join(address);
  try {
    return renderTemplate(pieces, Array(pieces.length - 1).fill(address));
  } catch (error) {
    const why = toError(error).message;
    throw new UsageError("HOST_IN_COMMAND", `The address of ${id}, ${show(address)}, cannot stand for ${HOST_MARK}: ${why}`, {
      hint: "Give hosts as text: their addresses are checked then.",
      cause: error,
    });
  }
}

/**
 * A path with the host's address for each `{{{host}}}`; everything else stands as it is.
 * @throws UsageError for an address that would lead into another directory
 */
export function hostInPath(path: string, { id, address }: Host): string {
  const pieces = path.split(HOST_MARK);
  if (pieces.length > 1 && (/[/\\\0]/.test(address) || /^\.{0,2}$/.test(address)))
    throw new UsageError(
      "HOST_IN_PATH",
      `The address of ${id}, ${show(address)}, cannot stand for ${HOST_MARK} in ${show(path)}.`,
      {
        hint: "It would lead into another directory.",
      },
    );
  return pieces.join(address);
}

interface FailedCall {
  readonly host: Host;
  readonly error: Error;
}

/** One for all hosts that failed alike. */
function toProblems(failures: readonly FailedCall[], what: string): readonly Problem[] {
  return groupBy(failures, ({ error }) => `${error.message}\n${placeOf(whereOf(error))}`).map((alike) => {
    const { error } = alike[0];
    return {
      message: `${addressed(alike.map(({ host }) => host))}: ${what} cannot be had: ${error.message}`,
      subject: alike[0].host.id,
      where: whereOf(error),
      hint: error instanceof FakeError ? error.hint : undefined,
    };
  });
}

function refusePromise<T>(value: T): T {
  if (!(value instanceof Promise)) return value;
  // Nobody waits for it any more.
  value.catch(() => undefined);
  throw new UsageError("PER_HOST_PROMISE", "the function gives a promise.", {
    hint: "Await what it needs before, for all hosts.",
  });
}

function show(text: string): string {
  return inspect(text, { maxStringLength: 100 });
}

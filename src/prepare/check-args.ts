import type { Problem } from "../errors.ts";
import { type ObjectSchema, parseValue } from "../schema.ts";
import { suggest } from "../suggest.ts";

/** Arguments that one task is given. */
export interface GivenArgs {
  readonly task: string;
  /** In messages, where it is no task. */
  readonly shown?: string | undefined;
  readonly schema: ObjectSchema | undefined;
  readonly values: Readonly<Record<string, unknown>>;
  /** What else a word may have been meant for, and how that is written: `skipUnreachable`, `--skip-unreachable`. */
  readonly elsewhere?: ReadonlyMap<string, string> | undefined;
  /** Another task that has an argument of this name. */
  readonly takenBy?: ((key: string) => string | undefined) | undefined;
  /** How the value of an argument was written, for messages. */
  show(key: string): string;
}

/** The arguments as the task gets them, and everything that is wrong with them. */
export function checkArgs({ task, shown, schema, values, show, elsewhere = new Map(), takenBy }: GivenArgs): {
  readonly args: unknown;
  readonly problems: readonly Problem[];
} {
  const known = Object.keys(schema?.shape ?? {});
  const unknown = Object.keys(values).filter((key) => !known.includes(key));
  const right = Object.entries(values).filter(([key]) => known.includes(key));
  const parsed = schema === undefined ? undefined : parseValue(schema, Object.fromEntries(right));
  const { issues = [], threw, where } = parsed?.success === false ? parsed : {};
  const wrong = issues.map(({ path, message }): Problem => {
    const key = path.map(String).join(".");
    // Of all arguments together.
    if (key === "") return { message: `${shown ?? `Task "${task}"`}: ${message}.`, subject: task };
    const told = Object.hasOwn(values, key) ? `${key}: ${message} (got ${show(key)})` : `needs ${key}: ${message}`;
    return { message: `${shown ?? `Task "${task}"`}: ${told}.`, subject: task };
  });
  return {
    args: (parsed?.success === true ? parsed.data : undefined) ?? {},
    problems: [
      ...unknown.map((key) => unknownArgument(shown ?? `The task "${task}"`, key, known, takenBy?.(key), elsewhere)),
      ...wrong,
      ...(threw === undefined ? [] : [{ message: `${shown ?? `Task "${task}"`}: ${threw}.`, subject: task, where }]),
    ],
  };
}

function unknownArgument(
  shown: string,
  key: string,
  keys: readonly string[],
  other: string | undefined,
  elsewhere: ReadonlyMap<string, string>,
): Problem {
  const taker = other === undefined ? undefined : `${other} takes it: fake ${other} --${key}`;
  const near = suggest(key, keys) ?? elsewhere.get(suggest(key, elsewhere.keys()) ?? "");
  const meant = near === undefined ? undefined : `Did you mean ${near}?`;
  const takes = keys.length === 0 ? "takes no arguments, and no" : "takes no argument";
  const hint = taker ?? meant ?? (keys.length === 0 ? undefined : `It takes: ${keys.join(", ")}.`);
  return { message: `${shown} ${takes} ${JSON.stringify(key)}.`, subject: key, hint };
}

import type { OptionSetting } from "../env/definition.ts";
import { FakeError, toError } from "../errors.ts";
import { whereOf } from "../source-location.ts";
import type { ProblemBook } from "./problem-book.ts";

/** What says which settings arguments stand for. */
export type ToSettings = (args: never) => Readonly<Record<string, unknown>>;

/**
 * The settings that arguments of a task or a verb stand for. One that was given by itself as well would win or lose unseen.
 * @param set those that were given by themselves
 */
export function settingsOfArguments(
  name: string,
  sets: ToSettings | undefined,
  args: unknown,
  set: readonly OptionSetting[],
  book: ProblemBook,
): readonly OptionSetting[] {
  const settings = Object.entries(call(name, sets, args, book)).filter(([, value]) => value !== undefined);
  for (const [key] of settings) {
    if (!set.some((given) => given.key === key)) continue;
    const message = `\`${key}\` is set twice: with -s, and by an argument of "${name}".`;
    book.add([{ message, subject: key, hint: "Give one." }]);
  }
  return settings.map(([key, value]) => ({ key, value }));
}

/** What it throws is for the book. */
function call(name: string, sets: ToSettings | undefined, args: unknown, book: ProblemBook): Readonly<Record<string, unknown>> {
  try {
    return sets?.((args ?? {}) as never) ?? {};
  } catch (thrown) {
    if (thrown instanceof FakeError) throw thrown;
    const error = toError(thrown);
    book.add([{ message: `"${name}": its \`sets\` threw: ${error.message}.`, subject: name, where: whereOf(error) }]);
    return {};
  }
}

import type { Problem } from "../../errors.ts";
import { checkArgs } from "../../prepare/check-args.ts";
import { type ObjectSchema, parseValue, type Schema } from "../../schema.ts";
import { didYouMean } from "../../suggest.ts";
import { coerceText, isFlag } from "./coerce.ts";
import { findVerb, type Vocabulary, verbNames } from "./invocation.ts";
import { camelCase, optionsOf } from "./options.ts";

/** What must be known of the tasks to understand the words. */
export interface KnownTasks {
  /** The name of the task that a word means: by name or alias. */
  find(word: string): string | undefined;
  names(): Iterable<string>;
  argsOf(task: string): ObjectSchema | undefined;
  /** How messages call what is no task. */
  readonly shown?: string | undefined;
}

/** Tasks to run, with their validated arguments. */
export interface AskedTasks {
  readonly names: readonly string[];
  readonly args: ReadonlyMap<string, unknown>;
  readonly problems: readonly Problem[];
}

interface AskedTask {
  /** Undefined for a word that is no task: what follows it belongs to nobody, and was told with it. */
  readonly name: string | undefined;
  readonly given: Map<string, string[]>;
}

/** `deploy rollback --to ID notify text=hello`: each task's name is followed by its arguments. */
export function parseTaskWords(words: readonly string[], known: KnownTasks, vocabulary: Vocabulary): AskedTasks {
  // Options of the run, as arguments of a task would be called.
  const options = optionsOf(vocabulary.runVerb, vocabulary.options);
  const elsewhere = new Map(options.map((name) => [camelCase(name), `--${name}`]));
  const problems: Problem[] = [];
  const drafts: AskedTask[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    const argument = splitArgument(word);
    const draft = drafts.at(-1);
    if (argument === undefined) {
      const name = known.find(word);
      if (name === undefined) problems.push(unknownTask(word, known, at === 0, vocabulary));
      else if (drafts.some((each) => each.name === name))
        problems.push({ message: `The task "${name}" is named twice.`, subject: name });
      drafts.push({ name, given: new Map() });
    } else if (draft === undefined) {
      problems.push({
        message: `${JSON.stringify(word)} stands before any task.`,
        hint: "Arguments follow the name of their task.",
      });
    } else {
      at += takeArgument(draft, argument, words[at + 1], known, problems);
    }
  }
  const args = new Map<string, unknown>();
  for (const { name, given } of drafts) {
    if (name !== undefined && !args.has(name)) args.set(name, validate(name, given, known, elsewhere, problems));
  }
  return { names: [...args.keys()], args, problems };
}

/** `--limit 5`: arguments of a verb, which are read as those of a task of its name. */
export function parseOwnArguments(
  name: string,
  words: readonly string[],
  schema: ObjectSchema | undefined,
  vocabulary: Vocabulary,
): AskedTasks {
  const find = (word: string): string | undefined => (word === name ? name : undefined);
  const own = { find, names: () => [], argsOf: () => schema, shown: `\`fake ${name}\`` };
  return parseTaskWords([name, ...words], own, vocabulary);
}

interface Argument {
  readonly key: string;
  readonly value: string | undefined;
}

function splitArgument(word: string): Argument | undefined {
  const long = /^--([^=]+)(?:=(.*))?$/s.exec(word);
  if (long?.[1] !== undefined) return { key: camelCase(long[1]), value: long[2] };
  const pair = /^([A-Za-z][\w-]*)=(.*)$/s.exec(word);
  return pair?.[1] === undefined ? undefined : { key: camelCase(pair[1]), value: pair[2] };
}

/** @returns how many words more it took */
function takeArgument(
  { name, given }: AskedTask,
  { key, value }: Argument,
  next: string | undefined,
  known: KnownTasks,
  problems: Problem[],
): number {
  const values = given.get(key) ?? [];
  given.set(key, values);
  const schema = name === undefined ? undefined : fieldOf(known.argsOf(name), key);
  const alone = schema !== undefined && isFlag(schema) && !["true", "false", "yes", "no"].includes(next ?? "");
  const taken = value === undefined && !alone && isValue(next) ? next : undefined;
  if (value === undefined && taken === undefined && schema !== undefined && !parseValue(schema, true).success)
    problems.push({
      message: `${known.shown ?? `Task "${name}"`}: --${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} needs a value.`,
      subject: name,
    });
  values.push(value ?? taken ?? "true");
  return taken === undefined ? 0 : 1;
}

function isValue(word: string | undefined): word is string {
  return word !== undefined && splitArgument(word) === undefined;
}

function validate(
  name: string,
  given: AskedTask["given"],
  known: KnownTasks,
  elsewhere: ReadonlyMap<string, string>,
  problems: Problem[],
): unknown {
  const schema = known.argsOf(name);
  const values = [...given].map(([key, texts]) => {
    const field = fieldOf(schema, key);
    const [text] = texts;
    const isOne = texts.length === 1 && text !== undefined && field !== undefined;
    return [key, isOne ? (coerceText(field, text)?.value ?? text) : texts] as const;
  });
  const show = (key: string): string => (given.get(key) ?? []).map((text) => JSON.stringify(text)).join(", ");
  const takenBy = (key: string): string | undefined =>
    [...known.names()].find((other) => fieldOf(known.argsOf(other), key) !== undefined);
  const checked = checkArgs({
    task: name,
    shown: known.shown,
    schema,
    values: Object.fromEntries(values),
    show,
    elsewhere,
    takenBy,
  });
  problems.push(...checked.problems);
  return checked.args;
}

/** Not what every object has: `--constructor` is an argument that nobody declared. */
function fieldOf(schema: ObjectSchema | undefined, key: string): Schema | undefined {
  return schema !== undefined && Object.hasOwn(schema.shape, key) ? (schema.shape[key] as Schema) : undefined;
}

function unknownTask(word: string, known: KnownTasks, isFirst: boolean, vocabulary: Vocabulary): Problem {
  if (known.shown !== undefined) return { message: `${known.shown} takes no ${JSON.stringify(word)}.`, subject: word };
  if (findVerb(vocabulary, word) !== undefined) {
    return { message: `"${word}" is a verb of its own, and no task.`, subject: word, hint: `Run it by itself: fake ${word}` };
  }
  const words = [...known.names(), ...(isFirst ? verbNames(vocabulary) : [])];
  // Of several that are as close, the shortest is meant: "deplo" is no stage of the flow.
  const shortestFirst = words.toSorted((left, right) => left.length - right.length);
  const what = isFirst ? "There is no task and no verb" : "There is no task";
  const hint = didYouMean(word, shortestFirst) ?? "`fake tasks` lists the tasks, `fake --help` the verbs.";
  return { message: `${what} ${JSON.stringify(word)}.`, subject: word, hint };
}

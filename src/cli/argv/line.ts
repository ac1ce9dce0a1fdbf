/** A command line while it is read again to find out what was meant. */
import { findVerb, type Verb, type Vocabulary } from "./invocation.ts";
import type { KnownTasks } from "./task-words.ts";

/** Everything that a word of a command line may be. `argsOf`: of a task, or of a verb that takes arguments. */
export interface LineWords extends KnownTasks {
  readonly roles: readonly string[];
  readonly hosts: readonly string[];
  /** Keys of settings that people set. */
  readonly settings: readonly string[];
  /** What to do about tasks of recipes that are not in use, by their names. */
  readonly forgotten: ReadonlyMap<string, string>;
}

/** What is put in place of words, and how many of these it stands for. */
export interface Edit {
  readonly took: number;
  readonly words: readonly string[];
  /** It goes to the beginning: hosts do. */
  readonly front?: boolean;
}

/** A line, and what was read of it so far. */
export interface Line {
  readonly argv: readonly string[];
  readonly vocabulary: Vocabulary;
  readonly known: LineWords;
  /** What each word is that was not understood, by the word as it was written; of an option its name. */
  readonly reasons: Map<string, string>;
  verb: Verb | undefined;
  /** The task, or the verb, that arguments belong to. */
  owner: string | undefined;
  /** Arguments that were written before their task. */
  readonly late: string[];
  /** Something was not understood, and could not be replaced. */
  open: boolean;
}

export function keep(word: string, value?: string): Edit {
  return value === undefined ? { took: 1, words: [word] } : { took: 2, words: [word, value] };
}

export function replace(line: Line, took: number, shown: string, reason: string, words: readonly string[]): Edit {
  line.reasons.set(shown, reason);
  return { took, words };
}

export function giveUp(line: Line, took: number, shown?: string, reason?: string): Edit {
  if (shown !== undefined && reason !== undefined) line.reasons.set(shown, reason);
  line.open = true;
  return { took, words: [] };
}

/** The schema of one argument of the task or verb at hand. */
export function fieldOf({ known, owner }: Line, key: string) {
  const shape = owner === undefined ? undefined : known.argsOf(owner)?.shape;
  return shape !== undefined && Object.hasOwn(shape, key) ? shape[key] : undefined;
}

/** Names of its arguments. */
export function argumentsOf({ known, owner }: Line): readonly string[] {
  return Object.keys((owner === undefined ? undefined : known.argsOf(owner)?.shape) ?? {});
}

export function isTaskOrVerb({ known, vocabulary }: Line, word: string): boolean {
  return known.find(word) !== undefined || findVerb(vocabulary, word) !== undefined;
}

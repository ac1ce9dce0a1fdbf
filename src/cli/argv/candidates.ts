import { findVerb, type Verb, type Vocabulary, verbNames } from "./invocation.ts";
import { type KnownNames, type OptionSpec, optionsOf } from "./options.ts";

/** Candidates for the last word. Empty: the shell may offer files. */
export function findCandidates(words: readonly string[], known: KnownNames, vocabulary: Vocabulary): readonly string[] {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const typed = splitWords(before, vocabulary);
  const all = candidatesFor(current, typed, known, vocabulary);
  return [...new Set(all)].filter((candidate) => candidate.startsWith(current) && candidate !== current);
}

interface Typed {
  readonly verb: Verb;
  /** Words that are no options, without the verb. */
  readonly words: readonly string[];
  /** The option whose value comes next. */
  readonly open: OptionSpec | undefined;
}

function splitWords(before: readonly string[], vocabulary: Vocabulary): Typed {
  const words: string[] = [];
  let open: OptionSpec | undefined;
  for (const word of before) {
    if (open !== undefined) open = undefined;
    else if (word.startsWith("-")) open = openOption(word, vocabulary);
    else words.push(word);
  }
  const verb = findVerb(vocabulary, words[0]);
  return { verb: verb ?? vocabulary.runVerb, words: verb === undefined ? words : words.slice(1), open };
}

function openOption(word: string, { options }: Vocabulary): OptionSpec | undefined {
  const name = word.replace(/^--?/, "");
  const spec = options.get(name) ?? [...options.values()].find(({ short }) => short === name);
  return spec?.type.isFlag === true ? undefined : spec;
}

function candidatesFor(
  current: string,
  { verb, words, open }: Typed,
  known: KnownNames,
  vocabulary: Vocabulary,
): readonly string[] {
  const { options, runVerb } = vocabulary;
  if (open !== undefined) return inList(current, open.values?.(known) ?? []);
  const inline = /^(--([a-z-]+)=)(.*)$/.exec(current);
  const spec = options.get(inline?.[2] ?? "");
  if (inline !== null && spec !== undefined) {
    return inList(inline[3] ?? "", spec.values?.(known) ?? []).map((value) => `${inline[1]}${value}`);
  }
  const task = words.at(-1);
  const own = verb.args?.map(({ name }) => name) ?? [];
  const args = verb.words === "tasks" && task !== undefined ? known.argsOf(task) : own;
  if (current.startsWith("-")) {
    return [...args, ...optionsOf(verb, options)].map((name) => `--${name}`);
  }
  const named = args.map((name) => `${name}=`);
  if (verb !== runVerb) return [...named, ...wordsOf(verb, known)];
  const ownWords = words.length === 0 ? verbNames(vocabulary) : [];
  return [...named, ...known.tasks.filter((name) => !words.includes(name)), ...ownWords];
}

function wordsOf({ candidates = [] }: Verb, known: KnownNames): readonly string[] {
  return typeof candidates === "string" ? known[candidates] : candidates;
}

/** `a,b,|`: what stands before the last comma is kept. */
function inList(current: string, values: readonly string[]): readonly string[] {
  const kept = current.slice(0, current.lastIndexOf(",") + 1);
  const taken = kept.split(",");
  return values.filter((value) => !taken.includes(value)).map((value) => kept + value);
}

import { findVerb, type Verb, type Vocabulary, verbNames } from "./invocation.ts";
import type { KnownNames } from "./option-types.ts";
import { optionsOf } from "./options.ts";
import { splitArgv } from "./split-argv.ts";

/** Candidates for the last word. Empty: the shell may offer files. */
export function findCandidates(words: readonly string[], known: KnownNames, vocabulary: Vocabulary): readonly string[] {
  const current = words.at(-1) ?? "";
  const all = candidatesFor(current, words.slice(0, -1), known, vocabulary);
  return [...new Set(all)].filter((candidate) => candidate.startsWith(current) && candidate !== current);
}

function candidatesFor(current: string, before: readonly string[], known: KnownNames, vocabulary: Vocabulary): readonly string[] {
  const { options, runVerb } = vocabulary;
  const split = splitArgv(before, options, () => false);
  if (split.open !== undefined) return inList(current, split.open.type.values?.(known) ?? []);
  const inline = /^(--([a-z-]+)=)(.*)$/.exec(current);
  const spec = options.get(inline?.[2] ?? "");
  if (inline !== null && spec !== undefined) {
    return inList(inline[3] ?? "", spec.type.values?.(known) ?? []).map((value) => `${inline[1]}${value}`);
  }
  const named = findVerb(vocabulary, split.words[0]);
  const verb = named ?? runVerb;
  const words = named === undefined ? split.words : split.words.slice(1);
  const task = words.at(-1);
  const own = verb.args?.map(({ name }) => name) ?? [];
  const args = verb.words === "tasks" && task !== undefined ? known.argsOf(task) : own;
  if (current.startsWith("-")) {
    return [...args, ...optionsOf(verb, options)].map((name) => `--${name}`);
  }
  const pairs = args.map((name) => `${name}=`);
  if (verb !== runVerb) return [...pairs, ...wordsOf(verb, known)];
  const ownWords = words.length === 0 ? verbNames(vocabulary) : [];
  return [...pairs, ...known.tasks.filter((name) => !words.includes(name)), ...ownWords];
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

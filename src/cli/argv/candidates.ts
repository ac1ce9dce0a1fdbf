import { completionScripts } from "../help/completion-scripts.ts";
import { FORMATS, HOST_KEYS, REPORTERS } from "./option-values.ts";
import { findOption, type OptionSpec, optionSpecs } from "./options.ts";
import { findVerb, runVerb, type Verb, verbs } from "./verbs.ts";

/** What completion knows of the deployfile. */
export interface KnownNames {
  readonly tasks: readonly string[];
  readonly roles: readonly string[];
  readonly hosts: readonly string[];
  /** Keys of settings. */
  readonly keys: readonly string[];
  /** Names of a task's arguments. */
  argsOf(task: string): readonly string[];
}

/** Candidates for the last word. Empty: the shell may offer files. */
export function findCandidates(words: readonly string[], known: KnownNames): readonly string[] {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const typed = splitWords(before);
  const all = candidatesFor(current, typed, known);
  return [...new Set(all)].filter((candidate) => candidate.startsWith(current) && candidate !== current);
}

interface Typed {
  readonly verb: Verb;
  /** Words that are no options, without the verb. */
  readonly words: readonly string[];
  /** The option whose value comes next. */
  readonly open: OptionSpec | undefined;
}

function splitWords(before: readonly string[]): Typed {
  const words: string[] = [];
  let open: OptionSpec | undefined;
  for (const word of before) {
    if (open !== undefined) open = undefined;
    else if (word.startsWith("-")) open = openOption(word);
    else words.push(word);
  }
  const verb = words[0] === undefined ? undefined : findVerb(words[0]);
  return { verb: verb ?? runVerb, words: verb === undefined ? words : words.slice(1), open };
}

function openOption(word: string): OptionSpec | undefined {
  const spec = findOption(word.replace(/^--?/, ""));
  return spec === undefined || spec.kind === "flag" ? undefined : spec;
}

function candidatesFor(current: string, { verb, words, open }: Typed, known: KnownNames): readonly string[] {
  if (open !== undefined) return inList(current, valuesOf(open, known));
  const inline = /^(--([a-z-]+)=)(.*)$/.exec(current);
  const spec = findOption(inline?.[2] ?? "");
  if (inline !== null && spec !== undefined) {
    return inList(inline[3] ?? "", valuesOf(spec, known)).map((value) => `${inline[1]}${value}`);
  }
  const task = words.at(-1);
  const args = verb.words === "tasks" && task !== undefined ? known.argsOf(task) : [];
  if (current.startsWith("-")) {
    const options = optionSpecs.filter(({ name }) => verb.options.includes(name)).map(({ name }) => `--${name}`);
    return [...args.map((name) => `--${name}`), ...options];
  }
  const named = args.map((name) => `${name}=`);
  if (verb !== runVerb) return [...named, ...wordsOf(verb, known)];
  const ownWords = words.length === 0 ? verbs.filter(({ hidden }) => hidden !== true).map(({ name }) => name) : [];
  return [...named, ...known.tasks.filter((name) => !words.includes(name)), ...ownWords];
}

function wordsOf({ name, words }: Verb, known: KnownNames): readonly string[] {
  if (name === "completion") return Object.keys(completionScripts);
  if (name === "env") return known.keys;
  return words === "tasks" || name === "graph" ? known.tasks : [];
}

function valuesOf({ name }: OptionSpec, known: KnownNames): readonly string[] {
  switch (name) {
    case "roles":
    case "only":
      return known.roles;
    case "hosts":
    case "exclude":
      return known.hosts;
    case "set":
      return known.keys.map((key) => `${key}=`);
    case "reporter":
      return REPORTERS;
    case "host-keys":
      return HOST_KEYS;
    case "format":
      return FORMATS;
    default:
      return [];
  }
}

/** `a,b,|`: what stands before the last comma is kept. */
function inList(current: string, values: readonly string[]): readonly string[] {
  const kept = current.slice(0, current.lastIndexOf(",") + 1);
  const taken = kept.split(",");
  return values.filter((value) => !taken.includes(value)).map((value) => kept + value);
}

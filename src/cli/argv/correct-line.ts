/** The command line that was meant, from one that is not understood: by what its words mean here or elsewhere, then by their letters. */
import { suggest } from "../../suggest.ts";
import { isFlag } from "./coerce.ts";
import { absentVerbs, foreignOptions, foreignVerbs } from "./foreign-words.ts";
import { findVerb, takesArguments, type Vocabulary, verbNames } from "./invocation.ts";
import { argumentsOf, type Edit, fieldOf, giveUp, isTaskOrVerb, keep, type Line, type LineWords, replace } from "./line.ts";
import { asHosts, meantOption } from "./meant-option.ts";
import { isSwitch } from "./option-types.ts";
import { camelCase, type OptionTable } from "./options.ts";

export interface Correction extends Pick<Line, "reasons"> {
  /** The whole line. Undefined where only a person knows what is missing. */
  readonly argv: readonly string[] | undefined;
}

export function correctLine(argv: readonly string[], vocabulary: Vocabulary, known: LineWords): Correction {
  const line: Line = { argv, vocabulary, known, reasons: new Map(), verb: undefined, owner: undefined, late: [], open: false };
  const front: string[] = [];
  const rest: string[] = [];
  for (let at = 0; at < argv.length; ) {
    const word = argv[at] ?? "";
    if (word === "--") {
      rest.push(...argv.slice(at));
      break;
    }
    const edit = /^-./.test(word) ? readOption(line, word, argv[at + 1]) : readWord(line, word, argv.slice(at));
    (edit.front === true ? front : rest).push(...edit.words);
    at += edit.took;
  }
  return { reasons: line.reasons, argv: line.open ? undefined : [...front, ...rest, ...line.late] };
}

function readOption(line: Line, word: string, next: string | undefined): Edit {
  const { vocabulary } = line;
  const [, shown = word, value] = /^(--?[^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  const isDash = next?.startsWith("-") !== false;
  const option = findOption(vocabulary.options, shown);
  if (option?.name === "roles") return readRoles(line, word, value, next);
  const { words } = option ?? {};
  if (words !== undefined && shown.startsWith("--")) return readSwitch(line, word, words, { value, next });
  if (option !== undefined) return keep(word, option.isAlone || value !== undefined ? undefined : next);
  const key = camelCase(shown.replace(/^--?/, ""));
  const field = shown.startsWith("--") ? fieldOf(line, key) : undefined;
  if (field !== undefined) return keep(word, value !== undefined || isFlag(field as never) || isDash ? undefined : next);
  const behind = isDash || next === undefined || isTaskOrVerb(line, next) ? undefined : next;
  return meantOption(line, shown, key, { value: value ?? behind, took: value === undefined && behind !== undefined ? 2 : 1 });
}

/** `--dry-run connect`, `--dry-run=conect` */
function readSwitch(
  line: Line,
  word: string,
  words: readonly string[],
  { value, next = "" }: Readonly<Record<"value" | "next", string | undefined>>,
): Edit {
  const name = word.replace(/=.*$/s, "");
  if (value === undefined) return words.includes(next) ? { took: 2, words: [`${name}=${next}`] } : keep(word);
  const near = words.includes(value) || isSwitch(value) ? undefined : suggest(value, words);
  return near === undefined ? keep(word) : replace(line, 1, name, `Did you mean ${name}=${near}?`, [`${name}=${near}`]);
}

interface FoundOption {
  readonly name: string;
  /** No word behind it is its value. */
  readonly isAlone: boolean;
  /** What may stand behind its `=`. */
  readonly words: readonly string[] | undefined;
}

function findOption(options: OptionTable, shown: string): FoundOption | undefined {
  const isShort = /^-[^-]/.test(shown);
  for (const [name, { short, type }] of options) {
    const isIt = isShort ? short !== undefined && shown.startsWith(`-${short}`) : shown === `--${name}`;
    // `-Rweb` has its value with it.
    if (isIt) return { name, isAlone: type.isFlag === true || (isShort && shown.length > 2), words: type.words };
  }
  return undefined;
}

/** `-R stagin`, `-R app1` */
function readRoles(line: Line, word: string, inline: string | undefined, next: string | undefined): Edit {
  const { roles, hosts } = line.known;
  const asIs = keep(word, inline === undefined ? next : undefined);
  const names = (inline ?? next ?? "").split(",");
  if (word.startsWith("-R") && word.length > 2 && inline === undefined) return keep(word);
  if (names.every((name) => roles.includes(name))) return asIs;
  const { took } = asIs;
  if (names.every((name) => hosts.includes(name))) {
    for (const name of names) line.reasons.set(name, "It is a host: hosts are selected with -H.");
    return { took, words: ["-H", names.join(",")] };
  }
  const right = names.map((name) => (roles.includes(name) ? name : suggest(name, roles)));
  for (const [at, name] of names.entries()) {
    if (right[at] !== undefined && right[at] !== name) line.reasons.set(name, `Did you mean ${JSON.stringify(right[at])}?`);
  }
  line.open ||= right.includes(undefined);
  return right.includes(undefined) ? asIs : { took, words: ["-R", right.join(",")] };
}

function readWord(line: Line, word: string, from: readonly string[]): Edit {
  const { vocabulary, known } = line;
  const isFirst = line.verb === undefined && line.owner === undefined;
  const verb = isFirst ? findVerb(vocabulary, word) : undefined;
  if (verb !== undefined) return takeVerb(line, verb.name);
  const [, name, value = ""] = /^([A-Za-z][\w-]*)=(.*)$/s.exec(word) ?? [];
  if (name !== undefined) return readPair(line, word, name, value);
  const isForTasks = (line.verb ?? vocabulary.runVerb).words === "tasks";
  const task = known.find(word);
  if (task !== undefined && isForTasks) {
    line.owner = task;
    return keep(word);
  }
  const isOwn = line.verb?.candidates === "keys" ? known.settings.includes(word) : task !== undefined;
  const selection = line.verb?.words === "words" && isOwn ? undefined : asSelection(line, word);
  if (selection !== undefined) return selection;
  // What else a word of `env` or `graph` is, these say themselves.
  if (line.verb?.words === "words") return keep(word);
  if (line.verb?.words === "command") return { took: from.length, words: ["--", ...from] };
  return line.verb === undefined || takesArguments(line.verb) ? readStranger(line, word, isFirst) : giveUp(line, 1);
}

function takeVerb(line: Line, name: string): Edit {
  const verb = findVerb(line.vocabulary, name);
  line.verb = verb;
  if (verb?.words === "arguments") line.owner = name;
  return keep(name);
}

/** A role or a host that stands as a word. */
function asSelection(line: Line, word: string): Edit | undefined {
  const { roles, hosts } = line.known;
  const [option, what] = roles.includes(word) ? ["-R", "role"] : hosts.includes(word) ? ["-H", "host"] : [];
  if (option === undefined || what === undefined) return undefined;
  line.reasons.set(word, `It is a ${what}: ${what}s are selected with ${option}.`);
  const selected = line.argv.filter((_, at) => /^(?:-R|-H|--roles|--hosts)$/.test(line.argv[at - 1] ?? ""));
  // Which of the two is meant, or both, nobody can say.
  if (selected.length > 0 && !selected.includes(word)) line.open = true;
  return { took: 1, words: selected.length > 0 ? [] : [option, word], front: true };
}

/** `key=value`: an argument of the task before it, or else a setting. `BRANCH=main` is Capistrano's way to say it. */
function readPair(line: Line, word: string, name: string, value: string): Edit {
  if (fieldOf(line, camelCase(name)) !== undefined) return keep(word);
  const isShouted = /^[A-Z][A-Z0-9_]*$/.test(name);
  if (isShouted && /^(?:ROLES?|HOSTS?|HOST_?FILTER|ROLE_?FILTER)$/.test(name)) return asHosts(line, name, { value, took: 1 });
  const key = isShouted ? camelCase(name.toLowerCase().replaceAll("_", "-")) : name;
  const isKnown = line.known.settings.includes(key) || foreignOptions.get(`--${key}`)?.is === "revision";
  if (!isKnown) return giveUp(line, 1);
  const edit = meantOption(line, `--${key}`, key, { value, took: 1 });
  const reason = line.reasons.get(`--${key}`);
  if (reason !== undefined) for (const shown of [word, name]) line.reasons.set(shown, reason);
  return edit;
}

/** A word that is no task, no verb, no role and no host. */
function readStranger(line: Line, word: string, isFirst: boolean): Edit {
  const forgotten = line.known.forgotten.get(word);
  if (forgotten !== undefined) return giveUp(line, 1, word, forgotten);
  const absent = isFirst ? absentVerbs.get(word) : undefined;
  if (absent !== undefined) return giveUp(line, 1, word, absent);
  const names = [...line.known.names(), ...(isFirst ? verbNames(line.vocabulary) : [])];
  const last = word.includes(":") ? (word.split(":").at(-1) ?? "") : undefined;
  const meant = [...(last === undefined ? [] : [last, ...(foreignVerbs.get(last) ?? [])]), ...(foreignVerbs.get(word) ?? [])];
  const same = meant.find((name) => names.includes(name));
  if (same !== undefined) return takeName(line, word, same, `It is \`${same}\` here.`);
  const argument = isFirst ? undefined : onlyArgument(line);
  if (argument !== undefined && /^\d/.test(word)) return asArgument(line, word, argument);
  // Of several that are as close, the shortest is meant: "deplo" is no stage of the flow.
  const near = suggest(word, [...names.toSorted((left, right) => left.length - right.length), ...line.known.roles]);
  if (near === undefined) return argument === undefined ? giveUp(line, 1) : asArgument(line, word, argument);
  if (names.includes(near)) return takeName(line, word, near, `Did you mean ${JSON.stringify(near)}?`);
  const selection = asSelection(line, near) as Edit;
  line.reasons.delete(near);
  line.reasons.set(word, `Did you mean the role ${JSON.stringify(near)}? Roles are selected with -R.`);
  return selection;
}

function takeName(line: Line, word: string, name: string, reason: string): Edit {
  line.reasons.set(word, reason);
  if (line.verb === undefined && line.owner === undefined && findVerb(line.vocabulary, name) !== undefined)
    return takeVerb(line, name);
  line.owner = line.known.find(name);
  return { took: 1, words: [name] };
}

function asArgument(line: Line, word: string, name: string): Edit {
  line.reasons.set(word, `An argument is given by its name: --${name}.`);
  return { took: 1, words: [`--${name}`, word] };
}

/** The argument that a value without a name can only be for. */
function onlyArgument(line: Line): string | undefined {
  const names = argumentsOf(line).filter((name) => !isFlag(fieldOf(line, name) as never));
  return names.length === 1 ? names[0] : undefined;
}

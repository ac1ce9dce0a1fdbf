import { hideUrlPasswords } from "../../command/neutralise.ts";
import { quote } from "../../command/quote.ts";
import type { Problem } from "../../errors.ts";
import { correctLine } from "./correct-line.ts";
import type { Invocation } from "./invocation.ts";
import type { LineWords } from "./line.ts";
import { parseInvocation } from "./parse-argv.ts";
import { parseOwnArguments, parseTaskWords } from "./task-words.ts";

/** What is wrong with a command line, said with what was meant. */
export interface Explained {
  readonly problems: readonly Problem[];
  /** The line that was meant: one with which nothing is wrong. */
  readonly meant: Invocation | undefined;
}

/** @param problems all that was found in the line so far */
export function explain(problems: readonly Problem[], invocation: Invocation, known: LineWords): Explained {
  const { argv, vocabulary, options } = invocation;
  const correction = correctLine(argv, vocabulary, known);
  const reasonFor = ({ subject = "" }: Problem): string | undefined =>
    correction.reasons.get(subject) ?? correction.reasons.get(`--${kebabCase(subject)}`);
  const wrongRoles = [...options.roles, ...options.only].filter(
    (role) => !known.roles.includes(role) && correction.reasons.has(role),
  );
  const roles = wrongRoles.map((role): Problem => ({ message: `There is no role ${JSON.stringify(role)}.`, subject: role }));
  const explained = [...problems, ...roles].map((problem) => ({ ...problem, hint: reasonFor(problem) ?? problem.hint }));
  const meant = correction.argv === undefined ? undefined : parseInvocation(correction.argv, vocabulary);
  // Roles that do not exist are told by who selects hosts, where that is still to come.
  if (meant === undefined || explained.length === 0 || !isRight(meant, known)) {
    return { problems: explained.slice(0, problems.length), meant: undefined };
  }
  // What follows from a word that was misunderstood is nothing to be told.
  const causes = explained.filter((problem) => reasonFor(problem) !== undefined);
  const shown = causes.length > 0 ? causes : explained;
  const line = `Write: ${showLine(meant.argv)}`;
  const withLine = shown.map((problem, at) => (at < shown.length - 1 ? problem : { ...problem, hint: join(problem.hint, line) }));
  return { problems: withLine, meant };
}

function join(hint: string | undefined, line: string): string {
  return hint === undefined ? line : `${hint}\n${line}`;
}

function isRight({ verb, words, options, problems, vocabulary }: Invocation, known: LineWords): boolean {
  if (problems.length > 0) return false;
  if (options.help || options.version) return true;
  if (verb.words === "tasks") return words.length > 0 && parseTaskWords(words, known, vocabulary).problems.length === 0;
  if (verb.words !== "arguments") return true;
  return parseOwnArguments(verb.name, words, known.argsOf(verb.name), vocabulary).problems.length === 0;
}

/** What begins so names a secret, mostly: its value is not said again. */
const SECRET = /pass|secret|token|credential|api-?key|private/i;

/** A command line as a person would type it. */
export function showLine(argv: readonly string[]): string {
  const shown = argv.map((word, at) => {
    const [, name, value] = /^([\w-]+=)(.*)$/s.exec(word) ?? [];
    const before = argv[at - 1] ?? "";
    if (name !== undefined && value !== undefined && SECRET.test(name)) return `${name}...`;
    if (/^--[\w-]+$/.test(before) && SECRET.test(before) && !word.startsWith("-")) return "...";
    const safe = hideUrlPasswords(word);
    return /^[\w@%+=:,./-]+$/.test(safe) ? safe : quote(safe);
  });
  return ["fake", ...shown].join(" ");
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

import type { Problem } from "../../errors.ts";
import { suggest } from "../../suggest.ts";
import { findOption, type OptionName, type OptionSpec, optionSpecs } from "./options.ts";

/** An option as it was written, once. */
export interface GivenOption {
  readonly name: OptionName;
  /** Its value; of a flag `true` or `false`. */
  readonly text: string;
}

/** A command line taken apart. Options may stand anywhere before `--`; what else begins with `--` after a word belongs to that word. */
export interface SplitArgv {
  readonly options: readonly GivenOption[];
  /** Everything else, in order. */
  readonly words: readonly string[];
  /** What stands behind `--`; undefined without one. */
  readonly rest: readonly string[] | undefined;
  readonly problems: readonly Problem[];
}

/** @param ownArguments words take arguments of their own, `--key value`: those of tasks */
export function splitArgv(argv: readonly string[], ownArguments: (firstWord: string) => boolean): SplitArgv {
  const end = argv.indexOf("--");
  const tokens = end === -1 ? argv : argv.slice(0, end);
  const options: GivenOption[] = [];
  const words: string[] = [];
  const problems: Problem[] = [];
  const give = ({ name }: OptionSpec, text: string): void => void options.push({ name, text });
  const take = (spec: OptionSpec, shown: string, value: string | undefined, next: string | undefined): number => {
    if (spec.kind === "flag") {
      if (value === undefined || value === "true" || value === "false") give(spec, value ?? "true");
      else problems.push({ message: `${shown} takes no value.`, subject: spec.name });
      return 0;
    }
    if (value !== undefined) {
      give(spec, value);
      return 0;
    }
    if (next === undefined || next.startsWith("-")) {
      const hint = next === undefined ? undefined : `For a value that begins with a dash, write --${spec.name}=${next}.`;
      problems.push({ message: `${shown} needs a value: ${spec.desc}.`, subject: spec.name, hint });
      return 0;
    }
    give(spec, next);
    return 1;
  };
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] ?? "";
    const next = tokens[at + 1];
    const long = /^--([^=]+)(?:=(.*))?$/s.exec(token);
    if (long?.[1] !== undefined) {
      const spec = findLong(long[1]);
      if (spec !== undefined) at += take(spec, `--${spec.name}`, long[2], next);
      else if (words[0] !== undefined && ownArguments(words[0])) words.push(token);
      else problems.push(unknownOption(`--${long[1]}`));
    } else if (/^-[A-Za-z]/.test(token)) at += takeShort(token, next, take, problems);
    else words.push(token);
  }
  return { options, words, rest: end === -1 ? undefined : argv.slice(end + 1), problems };
}

type Take = (spec: OptionSpec, shown: string, value: string | undefined, next: string | undefined) => number;

/** `-v`, `-vy`, `-R web`, `-Rweb`, `-R=web`. */
function takeShort(token: string, next: string | undefined, take: Take, problems: Problem[]): number {
  for (let at = 1; at < token.length; at += 1) {
    const letter = token[at] ?? "";
    const spec = optionSpecs.find(({ short }) => short === letter);
    if (spec === undefined) {
      problems.push(unknownOption(`-${letter}`));
      return 0;
    }
    const behind = token.slice(at + 1);
    if (spec.kind !== "flag") return take(spec, `-${letter}`, behind === "" ? undefined : behind.replace(/^=/, ""), next);
    take(spec, `-${letter}`, undefined, undefined);
  }
  return 0;
}

function findLong(name: string): OptionSpec | undefined {
  const spec = findOption(name);
  return spec?.name === name ? spec : undefined;
}

/** The problem of an option that nobody knows. */
export function unknownOption(shown: string): Problem {
  const near = suggest(
    shown.replace(/^-+/, ""),
    optionSpecs.map(({ name }) => name),
  );
  const hint = near === undefined || !shown.startsWith("--") ? "`fake --help` lists the options." : `Did you mean --${near}?`;
  return { message: `There is no option ${shown}.`, subject: shown, hint };
}

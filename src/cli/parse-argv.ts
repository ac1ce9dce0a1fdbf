import yargs from "yargs";
import type { Problem } from "../errors.ts";
import type { Invocation } from "./invocation.ts";
import { parseOptionValues } from "./option-values.ts";
import { findOption, type OptionSpec, optionSpecs } from "./options.ts";
import { splitArgv } from "./split-argv.ts";
import { findVerb, runVerb, type Verb } from "./verbs.ts";

/** Never throws: what is wrong is in `problems`. */
export async function parseInvocation(argv: readonly string[]): Promise<Invocation> {
  const split = splitArgv(argv, takesArguments);
  const isHelp = split.words[0] === "help";
  const words = isHelp ? split.words.slice(1) : split.words;
  const named = words[0] === undefined ? undefined : findVerb(words[0]);
  const verb = named ?? runVerb;
  const given = await parseOptions(split.options);
  const { options, problems } = parseOptionValues(given);
  const behind = named === undefined ? words : words.slice(1);
  const all = [
    ...split.problems,
    ...unsuitable(verb, split.options),
    ...problems,
    ...(isHelp || options.help ? [] : checkWords(verb, behind, split.rest)),
  ];
  return {
    verb,
    options: isHelp ? { ...options, help: true } : options,
    words: verb.words === "command" ? (split.rest ?? []) : behind,
    problems: all,
  };
}

function takesArguments(firstWord: string): boolean {
  return (findVerb(firstWord) ?? runVerb).words === "tasks";
}

async function parseOptions(options: readonly string[]): Promise<Record<string, unknown>> {
  const parsed: Record<string, unknown> = await yargs([...options])
    .help(false)
    .version(false)
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "greedy-arrays": false,
      "parse-numbers": false,
    })
    .options(Object.fromEntries(optionSpecs.map((spec) => [spec.name, { type: typeOf(spec) }])))
    .exitProcess(false)
    .parseAsync();
  // Given twice: lists add up, of the others the last one counts.
  const single = optionSpecs.filter((spec) => typeOf(spec) !== "array").map(({ name }) => name);
  const last = single.map((name) => [name, Array.isArray(parsed[name]) ? parsed[name].at(-1) : parsed[name]] as const);
  return { ...parsed, ...Object.fromEntries(last) };
}

function typeOf({ kind }: OptionSpec): "boolean" | "string" | "array" {
  if (kind === "flag") return "boolean";
  return kind === "text" ? "string" : "array";
}

/** Options that exist, and mean nothing to this verb. */
function unsuitable(verb: Verb, options: readonly string[]): Problem[] {
  const names = new Set(options.map((option) => /^--([^=]+)/.exec(option)?.[1] ?? ""));
  return [...names]
    .filter((name) => !verb.options.some((known) => known === findOption(name)?.name))
    .map((name) => ({
      message: `${verb.name === "" ? "Running tasks" : `\`fake ${verb.name}\``} takes no --${name}.`,
      subject: name,
      hint:
        name === "json" && verb === runVerb
          ? "Use --reporter json for the events of a run."
          : `\`fake ${verb.name === "" ? "" : `${verb.name} `}--help\` lists what it takes.`,
    }));
}

function checkWords(verb: Verb, words: readonly string[], rest: readonly string[] | undefined): Problem[] {
  const problems: Problem[] = [];
  const first = verb.words === "command" ? words[0] : undefined;
  if (first !== undefined) {
    problems.push({ message: `${JSON.stringify(first)} stands before \`--\`.`, hint: `Usage: fake ${verb.name} ${verb.usage}` });
  }
  if (verb.words === "command" && (rest ?? []).length === 0 && verb.hidden !== true) {
    problems.push({ message: "No command was given.", hint: `Usage: fake ${verb.name} ${verb.usage}` });
  }
  if (verb.words !== "command" && rest !== undefined) {
    problems.push({ message: "Nothing can stand behind `--` here.", hint: "Only `fake exec` takes a command there." });
  }
  if (verb.words === "none" && words[0] !== undefined) {
    problems.push({
      message: `\`fake ${verb.name}\` takes no ${JSON.stringify(words[0])}.`,
      hint: `Usage: fake ${verb.name} [options]`,
    });
  }
  return problems;
}

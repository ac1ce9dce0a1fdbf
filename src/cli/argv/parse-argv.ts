import type { Problem } from "../../errors.ts";
import type { Invocation } from "./invocation.ts";
import { parseOptionValues } from "./option-values.ts";
import { type GivenOption, splitArgv } from "./split-argv.ts";
import { findVerb, runVerb, type Verb } from "./verbs.ts";

/** Never throws: what is wrong is in `problems`. */
export function parseInvocation(argv: readonly string[]): Invocation {
  const split = splitArgv(argv, takesArguments);
  const isHelp = split.words[0] === "help";
  const words = isHelp ? split.words.slice(1) : split.words;
  const named = words[0] === undefined ? undefined : findVerb(words[0]);
  const verb = named ?? runVerb;
  const { options, problems } = parseOptionValues(split.options);
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

/** Options that exist, and mean nothing to this verb. */
function unsuitable(verb: Verb, options: readonly GivenOption[]): Problem[] {
  const names = new Set(options.map(({ name }) => name));
  return [...names]
    .filter((name) => !verb.options.includes(name))
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

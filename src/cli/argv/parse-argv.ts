import type { Problem } from "../../errors.ts";
import { findVerb, type Invocation, takesArguments, type Verb, type Vocabulary } from "./invocation.ts";
import { Fault } from "./option-types.ts";
import { camelCase, type OptionSpec, type Options, type OptionTable, optionsOf, type Reach } from "./options.ts";
import { type GivenOption, splitArgv } from "./split-argv.ts";

/** Never throws: what is wrong is in `problems`. */
export function parseInvocation(argv: readonly string[], vocabulary: Vocabulary): Invocation {
  const { runVerb, options: table } = vocabulary;
  const split = splitArgv(argv, table, (word, name) => {
    const first = findVerb(vocabulary, word) ?? runVerb;
    return takesArguments(first) && !isOptionFor(first, name, table);
  });
  const isHelp = split.words[0] === "help";
  const words = isHelp ? split.words.slice(1) : split.words;
  const named = findVerb(vocabulary, words[0]);
  const verb = named ?? runVerb;
  const { options, problems } = readOptions(split.options, table);
  const behind = named === undefined ? words : words.slice(1);
  return {
    argv,
    vocabulary,
    verb,
    options: isHelp ? { ...options, help: true } : options,
    words: verb.words === "command" ? (split.rest ?? []) : behind,
    problems: [
      ...split.problems,
      ...unsuitable(verb, split.options, vocabulary),
      ...problems,
      ...(isHelp || options.help ? [] : checkWords(verb, behind, split.rest)),
    ],
  };
}

/** False for what only other verbs take: behind a task it is an argument, as `--timeout` may be. */
function isOptionFor({ name: verb }: Verb, name: string, table: OptionTable): boolean {
  const on = table.get(name)?.on;
  return on !== undefined && (typeof on === "string" || on.includes("") || on.includes(verb));
}

/** Everything that is wrong with the values of options; what is wrong has its default in `options`. */
function readOptions(given: readonly GivenOption[], table: OptionTable): { options: Options; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const read = ([name, { type }]: readonly [string, OptionSpec]): readonly [string, unknown] => {
    const texts = given.filter((option) => option.name === name).map(({ text }) => text);
    const readings = (type.isList === true ? texts : texts.slice(-1)).map((text) => type.read(text));
    const faults = readings.filter((reading) => reading instanceof Fault);
    problems.push(...faults.map(({ what, hint }) => ({ message: `--${name} ${what}.`, subject: name, hint })));
    const isRight = readings.length > 0 && faults.length === 0;
    const value = type.isList === true ? [...new Set(readings.flat())] : readings[0];
    return [camelCase(name), isRight ? value : type.fallback];
  };
  const values = [...table].map(read);
  const options = Object.fromEntries(values) as unknown as Options;
  const set = [...table].flatMap(([, { setting }], at) => {
    const value = values[at]?.[1];
    return setting === undefined || value === undefined || value === false ? [] : [{ key: setting, raw: String(value) }];
  });
  return { options: { ...options, set: [...options.set, ...set] }, problems };
}

/** Options that exist, and mean nothing to this verb. */
function unsuitable(verb: Verb, options: readonly GivenOption[], vocabulary: Vocabulary): Problem[] {
  // Of a run there are events; of a look at hosts there is one answer.
  const isLook = options.some(({ name, text }) => name === "dry-run" && text === "connect");
  const taken = optionsOf(verb, vocabulary.options).filter((name) => name !== "json" || verb.name !== "" || isLook);
  const [shown, line] = verb.name === "" ? ["Running tasks", "fake"] : [`\`fake ${verb.name}\``, `fake ${verb.name}`];
  return [...new Set(options.map(({ name }) => name))]
    .filter((name) => !taken.includes(name))
    .map((name) => ({
      message: `${shown} takes no --${name}.`,
      subject: name,
      hint: `${whyNot(verb, name, vocabulary)} \`${line} --help\` lists what it takes.`,
    }));
}

/** What a verb does not do that has not come so far, by what an option is about. */
const OUT_OF_REACH = {
  nothing: "",
  deployfile: "It reads no deployfile.",
  hosts: "It is the same for all hosts and settings.",
  connections: "It connects to no host.",
};

/** Why an option means nothing to a verb. */
function whyNot(verb: Verb, name: string, { runVerb, verbs, options }: Vocabulary): string {
  if (name === "json" && verb === runVerb)
    return "Use --reporter json for the events of a run; --json goes with --dry-run=connect.";
  if (name === "dry-run" && verb.name === "plan") return "It shows what would run without connecting, and runs nothing.";
  const on = options.get(name)?.on;
  if (typeof on === "string") return OUT_OF_REACH[verb.reach === "nothing" ? "deployfile" : (on as Reach)];
  const takers = [runVerb, ...verbs].filter((each) => each.hidden !== true && optionsOf(each, options).includes(name));
  const shown = takers.map((each) => (each === runVerb ? "running tasks" : `\`fake ${each.name}\``));
  return shown.length === 0
    ? ""
    : `It is for ${[shown.slice(0, -1).join(", "), shown.at(-1)].filter((part) => part !== "").join(" and ")}.`;
}

function checkWords(verb: Verb, words: readonly string[], rest: readonly string[] | undefined): Problem[] {
  const [first] = words;
  const hint = `Usage: fake ${verb.name} ${verb.usage ?? "[options]"}`;
  if (verb.words === "command") {
    const before =
      first === undefined ? [] : [{ message: `${JSON.stringify(first)} stands before \`--\`.`, subject: first, hint }];
    const isGiven = (rest ?? []).length > 0 || verb.hidden === true;
    return [...before, ...(isGiven ? [] : [{ message: "No command was given.", hint }])];
  }
  const behind = { message: "Nothing can stand behind `--` here.", hint: "Only `fake exec` takes a command there." };
  const extra = { message: `\`fake ${verb.name}\` takes no ${JSON.stringify(first)}.`, subject: first, hint };
  return [...(rest === undefined ? [] : [behind]), ...(verb.words === undefined && first !== undefined ? [extra] : [])];
}

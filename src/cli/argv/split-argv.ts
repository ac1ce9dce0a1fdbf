import { parseArgs } from "node:util";
import type { Problem } from "../../errors.ts";
import { isSwitch } from "./option-types.ts";
import { type OptionSpec, type OptionTable, suggestOption } from "./options.ts";

/** An option as it was written, once. */
export interface GivenOption {
  readonly name: string;
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
  /** The option at the end, whose value is missing. */
  readonly open: OptionSpec | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Node's own parser takes the tokens apart (decision 019).
 * @param ownArgument words take arguments of their own, `--key value`: those of tasks. Said of one behind the first word
 */
export function splitArgv(
  argv: readonly string[],
  table: OptionTable,
  ownArgument: (firstWord: string, name: string) => boolean,
): SplitArgv {
  const end = argv.indexOf("--");
  const args = end === -1 ? [...argv] : argv.slice(0, end);
  const specs = [...table].map(([name, { short, type }]) => {
    const kind = type.isFlag === true ? ("boolean" as const) : ("string" as const);
    return [name, { type: kind, multiple: true, ...(short === undefined ? {} : { short }) }] as const;
  });
  const { tokens } = parseArgs({ args, options: Object.fromEntries(specs), strict: false, tokens: true });
  const options: GivenOption[] = [];
  const words: string[] = [];
  const problems: Problem[] = [];
  let unknown = -1;
  let told = -1;
  let open: OptionSpec | undefined;
  for (const token of tokens) {
    const written = args[token.index] ?? "";
    // Letters of one word: `-zv`. The first that nobody knows was told.
    if (token.kind === "option-terminator" || token.index === unknown || token.index === told) continue;
    if (token.kind === "positional") {
      words.push(token.value);
      continue;
    }
    const { name, rawName, value, inlineValue } = token;
    const spec = table.get(name);
    const isOwn = written.startsWith("--") && words[0] !== undefined && ownArgument(words[0], name);
    if (spec !== undefined && isOwn) words.push(written, ...(inlineValue === false ? [value] : []));
    else if (spec === undefined) {
      unknown = token.index;
      if (isOwn || !/^--|^-[A-Za-z]/.test(written)) words.push(written);
      else problems.push({ message: `There is no option ${rawName}.`, subject: rawName, hint: suggestOption(rawName, table) });
    } else if (spec.type.isFlag === true) {
      const { words: values = [] } = spec.type;
      const next = args[token.index + 1] ?? "";
      if (value === undefined && written.startsWith("--") && values.includes(next)) {
        // It may as well be the name of a task: nobody is to wonder which of the two was meant.
        const hint = `Write ${rawName}=${next}. A task of that name stands before ${rawName}.`;
        problems.push({ message: `${rawName} is followed by ${JSON.stringify(next)}, without a =.`, subject: name, hint });
        told = token.index + 1;
      } else if (value === undefined || isSwitch(value) || values.length > 0) options.push({ name, text: value ?? "true" });
      else problems.push({ message: `${rawName} takes no value.`, subject: name });
    } else if (value === undefined || (inlineValue === false && value.startsWith("-"))) {
      if (value === undefined) open = spec;
      const hint = value === undefined ? undefined : `For a value that begins with a dash, write --${name}=${value}.`;
      problems.push({ message: `${rawName} needs a value: ${spec.desc}.`, subject: name, hint });
    } else {
      // `-R=web`
      options.push({ name, text: inlineValue === true && !rawName.startsWith("--") ? value.replace(/^=/, "") : value });
    }
  }
  return { options, words, rest: end === -1 ? undefined : argv.slice(end + 1), open, problems };
}

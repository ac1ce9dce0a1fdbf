import type { SealedApp } from "../../dsl/sealed-app.ts";
import type { Declared, OptionDefinition, VerbDefinition } from "../../dsl/verb.ts";
import type { Problem } from "../../errors.ts";
import { argUsage, describeArgs } from "../help/describe-args.ts";
import type { Verb, VerbFunction, Vocabulary } from "./invocation.ts";
import { amount, duration, flag, type OptionType, text } from "./option-types.ts";
import type { OptionSpec, OptionTable } from "./options.ts";

const TYPES: { readonly [T in NonNullable<OptionDefinition["type"]>]: OptionType<unknown> } = {
  text,
  flag,
  number: amount,
  duration,
};

/** The words of the command line, and those that recipes bring. What is there already stays. */
export function addRecipeWords(
  { verbs, runVerb, options }: Vocabulary,
  app: Pick<SealedApp, "verbs" | "options">,
  load: LoadVerb,
): Vocabulary {
  const newVerbs = [...app.verbs].filter(([name]) => !verbs.some((verb) => verb.name === name));
  const newOptions = [...app.options].filter((option) => !isTaken(option, options));
  return {
    runVerb,
    verbs: [...verbs, ...newVerbs.map(([name, { definition }]) => toVerb(name, definition, load))],
    options: new Map([...options, ...newOptions.map(([name, { definition }]) => [name, toOption(definition)] as const)]),
  };
}

/** Options that recipes cannot have: they are `fake`'s own. */
export function takenOptions({ options }: Vocabulary, app: Pick<SealedApp, "options">): readonly Problem[] {
  const taken = [...app.options].filter((option) => isTaken(option, options));
  return taken.map(([name, { definition, where }]) => {
    const said = options.has(name) ? `"${name}"` : `"${name}" with the letter -${definition.short}`;
    return { message: `An option cannot be named ${said}: fake has one of that name.`, subject: name, where };
  });
}

function isTaken([name, { definition }]: readonly [string, Declared<OptionDefinition>], options: OptionTable): boolean {
  const { short } = definition;
  return options.has(name) || (short !== undefined && [...options.values()].some((other) => other.short === short));
}

type LoadVerb = (name: string, definition: VerbDefinition) => Promise<VerbFunction>;

function toVerb(name: string, definition: VerbDefinition, load: LoadVerb): Verb {
  const { desc, args, examples = [[`${name} -R production`, "on these hosts"]] } = definition;
  const shown = describeArgs(args);
  return {
    name,
    summary: desc,
    usage: argUsage(shown).join(" "),
    reach: "connections",
    options: ["json", "yes", "reporter", "verbose", "log-file", "parallel", "no-fuse"],
    words: "arguments",
    examples,
    args: shown,
    load: () => load(name, definition),
  };
}

function toOption({ desc, setting, type = "text", short, verbs = [] }: OptionDefinition): OptionSpec {
  return { ...(short !== undefined && { short }), type: TYPES[type], on: ["", ...verbs], group: "Run", desc, setting };
}

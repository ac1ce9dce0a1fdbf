import yargs from "yargs";
import type { Verb, Vocabulary } from "../argv/invocation.ts";
import { optionsOf } from "../argv/options.ts";

/** Help for a verb; for running tasks, with the list of verbs. @param columns of the screen */
export async function helpFor(verb: Verb, { runVerb, verbs, options }: Vocabulary, columns: number): Promise<string> {
  const line = `fake ${[verb.name, verb.usage ?? ""].filter((part) => part !== "").join(" ")}`;
  const parser = yargs([])
    .scriptName("fake")
    .usage(`${line}\n\n${verb.summary}`)
    .help(false)
    .version(false)
    .exitProcess(false)
    .wrap(Math.min(columns, 100));
  if (verb === runVerb) for (const each of verbs) if (each.hidden !== true) parser.command(each.name, each.summary);
  const taken = optionsOf(verb, options);
  for (const [name, { short, desc, group }] of options) {
    if (!taken.includes(name)) continue;
    // All as flags: yargs would add the type of the value to each line, in place of saying what it is.
    parser.option(name, {
      ...(short === undefined ? {} : { alias: short }),
      describe: desc,
      group: `${group}:`,
      type: "boolean",
    });
  }
  for (const { name, desc, required } of verb.args ?? []) {
    parser.option(name, { describe: `${desc ?? ""}${required ? " (required)" : ""}`, group: "Arguments:", type: "boolean" });
  }
  for (const [example, what] of verb.examples) parser.example(`fake ${example}`, what);
  const text = await parser.getHelp();
  return `${text.replace(/\s*\[boolean\]$/gm, "").trimEnd()}\n`;
}

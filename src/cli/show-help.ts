import { type ExitCode, ProblemsError } from "../errors.ts";
import { describeArgs } from "./describe-args.ts";
import { helpFor } from "./help.ts";
import type { Invocation } from "./invocation.ts";
import { type CliIo, eyes } from "./io.ts";
import { loadApp } from "./load-app.ts";
import { drawColumns } from "./table.ts";
import { runVerb } from "./verbs.ts";

/** `--help`, `help`, and nothing at all: help on the verb, or on the task that was named. */
export async function showHelp({ verb, words, options }: Invocation, io: CliIo): Promise<ExitCode> {
  const [task] = words;
  if (verb !== runVerb || task === undefined) {
    const isAsked = options.help;
    (isAsked ? io.stdout : eyes(io)).write(await helpFor(verb, io.stdout.columns));
    return 0;
  }
  io.stdout.write(await taskHelp(task, options.file, io));
  return 0;
}

async function taskHelp(word: string, file: string | undefined, io: CliIo): Promise<string> {
  const { sealed, problems } = await loadApp({ file }, io);
  if (problems.length > 0) throw new ProblemsError("DEPLOYFILE", problems);
  const { name, options } = sealed.graph.get(word);
  const args = describeArgs(sealed.argsSchema(name));
  const usage = args.map((arg) => (arg.required ? `${arg.name}=...` : `[${arg.name}=...]`));
  const parts = [`fake [options] ${[name, ...usage].join(" ")}\n`];
  if (options.desc !== undefined) parts.push(`${options.desc}\n`);
  if ((options.aliases ?? []).length > 0) parts.push(`Also: ${options.aliases?.join(", ")}\n`);
  if (args.length > 0) {
    const rows = args.map((arg) => [`  ${arg.name}`, `${arg.desc ?? ""}${arg.required ? " (required)" : ""}`]);
    parts.push(`Arguments:\n${drawColumns(rows)}`);
  }
  parts.push(`See also: fake graph ${name}, fake plan ${name}, and \`fake --help\` for the options.\n`);
  return parts.join("\n");
}

import { drawColumns } from "../../columns.ts";
import { ProblemsError } from "../../errors.ts";
import type { LoadedApp } from "../../execution/load-app.ts";
import { createProblemBook } from "../../prepare/problem-book.ts";
import { findVerb, type Invocation } from "../argv/invocation.ts";
import { readDeployfile } from "../read-deployfile.ts";
import { addShippedWords } from "../shipped-recipes.ts";
import type { CliIo } from "../terminal/io.ts";
import { argUsage, describeArgs } from "./describe-args.ts";
import { helpFor } from "./help.ts";

/**
 * Help on a task of the deployfile, or on a verb that a recipe brings.
 * @throws DeployfileError, ProblemsError, UsageError for a task that is not there
 */
export async function helpOnWord(first: Invocation, io: CliIo): Promise<string> {
  const read = await readDeployfile(first, io, createProblemBook()).catch(async (error: unknown) => {
    // A verb that ships with us needs no deployfile to be told about.
    const vocabulary = await addShippedWords(first.vocabulary);
    const verb = findVerb(vocabulary, first.words[0]);
    if (verb === undefined) throw error;
    return { app: undefined, invocation: { ...first, vocabulary, verb } };
  });
  const { verb, vocabulary, words } = read.invocation;
  if (verb.name !== "" || read.app === undefined) return await helpFor(verb, vocabulary, io.stdout.columns);
  return taskHelp(words[0] ?? "", read.app);
}

function taskHelp(word: string, { sealed, problems }: LoadedApp): string {
  if (problems.length > 0) throw new ProblemsError("DEPLOYFILE", problems);
  const { name, options } = sealed.graph.get(word);
  const args = describeArgs(sealed.argsSchema(name));
  const parts = [`fake [options] ${[name, ...argUsage(args)].join(" ")}\n`];
  if (options.desc !== undefined) parts.push(`${options.desc}\n`);
  if ((options.aliases ?? []).length > 0) parts.push(`Also: ${options.aliases?.join(", ")}\n`);
  if (args.length > 0) {
    const rows = args.map((arg) => [`  ${arg.name}`, `${arg.desc ?? ""}${arg.required ? " (required)" : ""}`]);
    parts.push(`Arguments:\n${drawColumns(rows)}`);
  }
  parts.push(`See also: fake graph ${name}, fake plan ${name}, and \`fake --help\` for the options.\n`);
  return parts.join("\n");
}

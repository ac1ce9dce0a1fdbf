import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import type { Problem } from "../../errors.ts";
import { prepareRun } from "../../prepare/prepare-run.ts";
import type { ProblemBook } from "../../prepare/problem-book.ts";
import type { ReadDeployfile } from "../read-deployfile.ts";
import type { CliIo } from "../terminal/io.ts";
import type { Options } from "./options.ts";
import { parseTaskWords } from "./task-words.ts";

/** From words and options to a plan. @param book holds what is known to be wrong @throws FakeError with everything that is wrong */
export async function prepareInvocation({ app, invocation }: ReadDeployfile, io: CliIo, book: ProblemBook) {
  const { options, words, problems, vocabulary } = invocation;
  book.add([...problems, ...unreadableFiles(options, io.cwd)]);
  const { graph, argsSchema, words: names } = app.sealed;
  const asked = parseTaskWords(words, { find: (word) => graph.find(word)?.name, names, argsOf: argsSchema }, vocabulary);
  book.add(asked.problems);
  if (words.length === 0) book.add([{ message: "No task was named.", hint: "`fake tasks` lists them." }]);
  return { asked, ...(await prepareRun(app, { ...options, tasks: asked.names, args: asked.args, redactor: io.redactor }, book)) };
}

function unreadableFiles({ sshConfig }: Options, cwd: string): Problem[] {
  if (sshConfig === undefined) return [];
  try {
    accessSync(resolve(cwd, sshConfig), constants.R_OK);
    return [];
  } catch {
    const message = `The ssh config ${sshConfig} cannot be read.`;
    return [{ message, subject: "ssh-config", hint: "Check the path given with --ssh-config." }];
  }
}

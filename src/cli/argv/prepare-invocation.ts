import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import type { Problem } from "../../errors.ts";
import { prepareRun } from "../../prepare/prepare-run.ts";
import type { ProblemBook } from "../../prepare/problem-book.ts";
import { explainInto } from "../explain-into.ts";
import type { ReadDeployfile } from "../read-deployfile.ts";
import type { CliIo } from "../terminal/io.ts";
import type { Invocation } from "./invocation.ts";
import type { Options } from "./options.ts";
import { type AskedTasks, parseTaskWords } from "./task-words.ts";

/** From words and options to a plan. @param book holds what is known to be wrong @throws FakeError with everything that is wrong */
export async function prepareInvocation({ app, invocation }: ReadDeployfile, io: CliIo, book: ProblemBook) {
  const { graph, argsSchema, words: names } = app.sealed;
  const read = ({ words, vocabulary }: Invocation): AskedTasks =>
    parseTaskWords(words, { find: (word) => graph.find(word)?.name, names, argsOf: argsSchema }, vocabulary);
  const given = read(invocation);
  const none = invocation.words.length === 0 ? [{ message: "No task was named.", hint: "`fake tasks` lists them." }] : [];
  // What else is wrong is looked for with the line that was meant: what follows from a mistake in it is nothing to be told.
  const meant = await explainInto(book, [...invocation.problems, ...none, ...given.problems], invocation, app);
  if (meant !== undefined && meant.verb !== invocation.verb) throw book.toError();
  const { options } = meant ?? invocation;
  book.add(unreadableFiles(options, io.cwd));
  const asked = meant === undefined ? given : read(meant);
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

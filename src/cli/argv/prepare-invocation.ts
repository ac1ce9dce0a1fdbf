import { type Problem, UsageError } from "../../errors.ts";
import { prepareRun } from "../../prepare/prepare-run.ts";
import type { ProblemBook } from "../../prepare/problem-book.ts";
import { explainInto } from "../explain-into.ts";
import type { ReadDeployfile } from "../read-deployfile.ts";
import { sshConfigProblems } from "../ssh-config.ts";
import type { CliIo } from "../terminal/io.ts";
import type { Invocation } from "./invocation.ts";
import { type Options, twoForms } from "./options.ts";
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
  book.add(sshConfigProblems(options, io));
  const asked = meant === undefined ? given : read(meant);
  book.add([...waitsForNothing(options), ...twoForms(options)]);
  const request = { ...options, tasks: asked.names, args: asked.args, redactor: io.redactor };
  const prepared = await prepareRun(app, request, book);
  if (options.batch === undefined || prepared.plan.sections.some(({ rolling }) => rolling)) return { asked, ...prepared };
  throw new UsageError(
    "USAGE",
    `--batch goes through hosts in groups, and nothing of ${asked.names.join(", ")} is done in groups.`,
    {
      hint: "Flows are, from the stage in `rollingFrom` on: deploy, rollback. For tasks, -P says how many hosts are at work at once.",
    },
  );
}

/** Waiting between what is not one after another. */
export function waitsForNothing({ waitBetween, batch, parallel }: Options): Problem[] {
  if (waitBetween === undefined || batch !== undefined || parallel !== undefined) return [];
  const message = "--wait-between waits between groups of hosts, and all hosts are at work at once.";
  return [
    {
      message,
      subject: "wait-between",
      hint: "Say how many are one group with --batch, or how many are at work at once with -P.",
    },
  ];
}

import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import type { Problem } from "../../errors.ts";
import type { LoadedApp } from "../../execution/load-app.ts";
import { type PreparedRun, prepareRun } from "../../prepare/prepare-run.ts";
import { createProblemBook } from "../../prepare/problem-book.ts";
import { openApp } from "../open-app.ts";
import type { CliIo } from "../terminal/io.ts";
import type { Invocation } from "./invocation.ts";
import type { SetOption } from "./option-types.ts";
import type { Options } from "./options.ts";
import { type AskedTasks, parseTaskWords } from "./task-words.ts";

/** A run that was asked for on the command line, and can start. */
export interface PreparedInvocation extends PreparedRun {
  readonly app: LoadedApp;
  readonly asked: AskedTasks;
}

/** From words and options to a plan. @throws FakeError, a ProblemsError with everything that is wrong */
export async function prepareInvocation(invocation: Invocation, io: CliIo): Promise<PreparedInvocation> {
  const { options, words, problems, vocabulary } = invocation;
  const book = createProblemBook([...problems, ...unreadableFiles(options, io.cwd)]);
  const app = await book.attempt(() => openApp(invocation, io));
  if (app === undefined) throw book.toError();

  book.add(app.problems);
  const asked = parseTaskWords(words, knownTasks(app), vocabulary);
  book.add(asked.problems);
  if (words.length === 0) book.add([{ message: "No task was named.", hint: "`fake tasks` lists them." }]);

  const set = [...options.set, ...lockWaitOf(options)];
  return { app, asked, ...(await prepareRun(app, { ...options, set, tasks: asked.names, redactor: io.redactor }, book)) };
}

function knownTasks({ sealed }: LoadedApp): Parameters<typeof parseTaskWords>[1] {
  return {
    find: (word) => sealed.graph.find(word)?.name,
    names: () => sealed.words().map(({ word }) => word),
    argsOf: (task) => sealed.argsSchema(task),
  };
}

/** The deploy recipe's setting: the option is the short way to it. */
function lockWaitOf({ lockWait }: Options): readonly SetOption[] {
  return lockWait === undefined ? [] : [{ key: "lockWait", raw: lockWait }];
}

function unreadableFiles({ sshConfig }: Options, cwd: string): Problem[] {
  if (sshConfig === undefined) return [];
  try {
    accessSync(resolve(cwd, sshConfig), constants.R_OK);
    return [];
  } catch {
    return [
      {
        message: `The ssh config ${sshConfig} cannot be read.`,
        subject: "ssh-config",
        hint: "Check the path given with --ssh-config.",
      },
    ];
  }
}

import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import type { Problem } from "../errors.ts";
import { planFor } from "../graph/build-plan.ts";
import type { Plan } from "../graph/plan.ts";
import type { TaskBody } from "../runner/context.ts";
import { askedHosts } from "./asked-hosts.ts";
import type { Invocation } from "./invocation.ts";
import type { CliIo } from "./io.ts";
import { type LoadedApp, loadApp } from "./load-app.ts";
import type { Options } from "./option-values.ts";
import { createProblemBook } from "./problems.ts";
import { requiredKeys } from "./required-keys.ts";
import { createTargetEnv, type Target } from "./target.ts";
import { type AskedTasks, parseTaskWords } from "./task-words.ts";

/** A run that can start: everything about it that can be checked without a host has been. */
export interface PreparedRun {
  readonly app: LoadedApp;
  readonly asked: AskedTasks;
  readonly target: Target;
  readonly plan: Plan<TaskBody>;
}

/** From words and options to a plan. @throws FakeError, a ProblemsError with everything that is wrong */
export async function prepareRun({ options, words, problems }: Invocation, io: CliIo): Promise<PreparedRun> {
  const book = createProblemBook([...problems, ...unreadableFiles(options, io.cwd)]);
  const app = await book.attempt(() => loadApp({ file: options.file }, io));
  if (app === undefined) throw book.toError();

  book.add(app.problems);
  const asked = parseTaskWords(words, knownTasks(app));
  book.add(asked.problems);
  if (words.length === 0) book.add([{ message: "No task was named.", hint: "`fake tasks` lists them." }]);

  const selected = await book.attempt(() => askedHosts(app, asked, options, io));
  const target = createTargetEnv(app, selected?.hosts ?? [], options, io);
  book.add(target.env.problems());
  book.check();

  const hosts = target.hosts.map(({ host }) => ({ id: host.id, roles: host.roles }));
  const plan = planFor(app.sealed.graph, asked.names, hosts, { hostsOf: selected?.hostsOf });
  book.add(target.env.missing(requiredKeys(app, plan)));
  book.check();
  return { app, asked, target, plan };
}

function knownTasks({ sealed }: LoadedApp): Parameters<typeof parseTaskWords>[1] {
  return {
    find: (word) => sealed.graph.find(word)?.name,
    names: () => sealed.words().map(({ word }) => word),
    argsOf: (task) => sealed.argsSchema(task),
  };
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

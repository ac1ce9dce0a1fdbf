import type { Recipe } from "../dsl/app.ts";
import { inWords } from "../dsl/value-words.ts";
import type { SettingInputs } from "../env/settings.ts";
import { UsageError } from "../errors.ts";
import { createExecution } from "../execution/execution.ts";
import type { Selection } from "../hosts/select.ts";
import { type FilledApp, fillApp } from "../prepare/filled-app.ts";
import { prepareRun } from "../prepare/prepare-run.ts";
import { createProblemBook } from "../prepare/problem-book.ts";
import type { RunEvent } from "../runner/events.ts";
import { CONTROL_MACHINE } from "../runner/machine/login.ts";
import type { RunResult } from "../runner/result.ts";
import { didYouMean, unknownKeys } from "../suggest.ts";
import type { MemoryScript } from "../transport/memory/script.ts";
import { createMemoryTransport, type MemoryTransport } from "../transport/memory/transport.ts";
import { type Answers, createAnsweringPrompter } from "./answers.ts";
import { type EventRecord, recordEvents } from "./event-record.ts";
import { findTasks, readArgs, type TestArgs, toOptionSettings } from "./read-options.ts";

/** What to run, where, and what the hosts answer. Hosts are selected as on the command line; none are ever implied. */
export interface TestRunOptions<S = unknown> extends Selection {
  /** Tasks by name or alias, run one after another. */
  readonly tasks: readonly string[];
  /** Arguments of tasks, by the task's name. @default none */
  readonly args?: TestArgs | undefined;
  /** Settings that win over all others, as those of `-s` do. A key that nobody declares or sets is a problem. @default none */
  readonly set?: SettingInputs<S> | undefined;
  /** What hosts answer; the control machine is the host `local`. @default every command succeeds without output */
  readonly replies?: MemoryScript | undefined;
  /** Answers to what tasks ask, by question, or by host and question: `[app1] Sure?` for one that each host asks. @default others take their default, or fail naming what they ask */
  readonly answers?: Answers | undefined;
  /** Connects nowhere: command bodies are shown, functions are not called. @default false */
  readonly dryRun?: boolean | undefined;
}

/** What came of a run on hosts in memory. */
export interface TestRun extends Pick<EventRecord, "of"> {
  /** Every host's outcome, every failure. */
  readonly result: RunResult;
  /** Everything that happened, in order: what reporters are told. */
  readonly events: readonly RunEvent[];
  /**
   * The commands of a host in order, as reporters show them; `local` is the control machine. Those that reporters do not show
   * (probes that no task wrote) are in `memory`.
   * @throws UsageError for a host that is not in the run
   */
  commands(host: string): readonly string[];
  /** The hosts: each command as it came, with what it was sent on its standard input. */
  readonly memory: MemoryTransport;
}

/**
 * Runs tasks of a deployfile on hosts in memory: settings, plan, hooks and runner are those of `fake`; no network, no clock.
 * `confirm` of tasks counts as confirmed. What tasks do is never thrown: it is in `result`.
 * @throws ProblemsError with everything that is wrong with the deployfile or with what is asked for, as `fake` would report it;
 * UsageError when that is one thing about tasks or hosts; what the deployfile itself throws
 * @example
 * const run = await createTestRun(deployfile, { roles: ["web"], tasks: ["restart"] });
 * assert.equal(run.result.ok, true);
 * assert.deepEqual(run.commands("app1.example.com"), ["systemctl restart shop"]);
 */
export async function createTestRun<S>(deployfile: Recipe<unknown, S>, options: TestRunOptions<S>): Promise<TestRun> {
  const { answers = {}, dryRun = false, replies } = options;
  const app = await fill(deployfile as Recipe);
  const book = createProblemBook(app.problems);
  for (const { key, hint } of unknownKeys(options, OPTIONS))
    book.add([{ message: `createTestRun takes no ${JSON.stringify(key)}.`, subject: key, hint }]);
  const tasks = findTasks(app, options.tasks, book.add);
  const args = readArgs(app, tasks, options.args ?? {}, book.add);
  const request = { ...options, tasks, args, set: toOptionSettings(options.set ?? {}), dryRun };
  const { target, plan } = await prepareRun(app, request, book);
  const memory = createMemoryTransport(replies);
  const { emit, events, of } = recordEvents();
  const execution = createExecution({
    cwd: "/",
    env: {},
    confirmed: true,
    run: { dryRun },
    emit,
    prompter: createAnsweringPrompter(answers),
    now: () => 0,
    transports: { get: () => memory, close: () => memory.close() },
  });
  const result = await execution.run({ plan, graph: app.sealed.graph, target, runId: "test", args });
  await execution.close();
  const hosts = [
    ...new Set([...target.hosts.map(({ host }) => host.id), ...result.hosts.map(({ host }) => host), CONTROL_MACHINE]),
  ];
  const commands = (host: string): readonly string[] => {
    if (!hosts.includes(host)) throw notInRun(host, hosts);
    return of("commandStarted").flatMap((event) => (event.host === host && !event.quiet ? [event.command] : []));
  };
  return { result, events, of, memory, commands };
}

const OPTIONS: readonly string[] = Object.keys({
  tasks: true,
  args: true,
  set: true,
  replies: true,
  answers: true,
  dryRun: true,
  roles: true,
  only: true,
  hosts: true,
  exclude: true,
  all: true,
  where: true,
} satisfies { readonly [K in keyof Required<TestRunOptions>]: true });

async function fill(deployfile: Recipe): Promise<FilledApp> {
  if (typeof deployfile === "function") return await fillApp(deployfile);
  throw new UsageError("NO_DEPLOYFILE", `createTestRun was given ${inWords(deployfile)} in place of a deployfile's function.`, {
    hint: 'Import what the deployfile exports by default: import deployfile from "./deployfile.ts".',
  });
}

/** An assertion about a host that was mistyped would hold whatever happens. */
function notInRun(host: string, hosts: readonly string[]): UsageError {
  const hint = didYouMean(host, hosts, String) ?? `There are: ${hosts.join(", ")}.`;
  return new UsageError("UNKNOWN_HOST", `${JSON.stringify(host)} is not a host of this run.`, { hint });
}

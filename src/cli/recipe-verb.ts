import { neutralise } from "../command/neutralise.ts";
import type { VerbDefinition, VerbHost, VerbOutcome } from "../dsl/verb.ts";
import type { ExitCode, SourceLocation } from "../errors.ts";
import type { LoadedApp } from "../execution/load-app.ts";
import { nameOf } from "../graph/task.ts";
import { settingsOfArguments } from "../prepare/argument-settings.ts";
import { createProblemBook } from "../prepare/problem-book.ts";
import { type RunTarget, selectTarget } from "../prepare/target.ts";
import { createPaint } from "../report/paint.ts";
import type { Reporter, Screen } from "../report/reporter.ts";
import type { Emit } from "../runner/events.ts";
import { Semaphore } from "../semaphore.ts";
import { toOwnError } from "../source-location.ts";
import { refuseUnknown } from "../suggest.ts";
import type { VerbFunction } from "./argv/invocation.ts";
import { type Options, twoForms } from "./argv/options.ts";
import { parseOwnArguments } from "./argv/task-words.ts";
import { createOutcomes } from "./exec-outcomes.ts";
import { explainInto } from "./explain-into.ts";
import { openExecution } from "./open-execution.ts";
import { openReporter } from "./open-reporter.ts";
import { printWarnings } from "./print-problems.ts";
import { type EachResult, exitCodeOfEach, runCommand, runOnEach, type ToCommand } from "./run-on-each.ts";
import { withSshConfig } from "./ssh-config.ts";
import type { CliIo } from "./terminal/io.ts";

/** What a verb that a recipe brings does with its hosts. */
export function recipeVerb(name: string, definition: VerbDefinition, app: LoadedApp): VerbFunction {
  return async (invocation, io) => {
    const asked = parseOwnArguments(name, invocation.words, definition.args, invocation.vocabulary);
    const book = createProblemBook();
    const meant = await explainInto(book, [...invocation.problems, ...asked.problems], invocation, app);
    if (meant !== undefined && meant.verb !== invocation.verb) throw book.toError();
    const { options: given } = meant ?? invocation;
    book.add(twoForms(given));
    const set = [...given.set, ...settingsOfArguments(name, definition.sets, asked.args.get(name), given.set, book)];
    const target = await book.attempt(() => selectTarget(app, { ...given, set, redactor: io.redactor }));
    if (target !== undefined) book.add(target.env.missing(definition.requires ?? []));
    book.check();
    if (target === undefined) throw book.toError();

    const options = await withSshConfig(given, io, app, target);
    const { where } = app.sealed.verbs.get(name) ?? {};
    const work = { name: `fake ${name}`, where, app, options, target, args: asked.args.get(name) };
    return await runOnHosts({ ...work, run: (t) => definition.run(t) }, io);
  };
}

/** What is done with hosts, each by itself. */
export interface HostsWork {
  /** What failed when it throws, and where that was written. */
  readonly name: string;
  readonly where: SourceLocation | undefined;
  readonly app: LoadedApp;
  readonly options: Options;
  readonly target: RunTarget;
  /** Validated. */
  readonly args: unknown;
  readonly run: VerbDefinition["run"];
  /** Listens as well. */
  readonly beside?: Reporter | undefined;
}

/** Calls it with all that it may use, and shows what it returns. */
export async function runOnHosts(work: HostsWork, io: CliIo): Promise<ExitCode> {
  const { app, options, target, args, run, beside = NO_REPORTER } = work;
  // Where events go to stdout, what is for eyes does not.
  const out = options.reporter === "json" ? io.stderr : io.stdout;
  const print = (text: string): void => out.write(neutralise(target.redactor.redact(text)));
  const hosts = target.hosts.map(({ host }): VerbHost => ({ host, env: target.env.forHost(host.id).reader }));
  const isShown = options.reporter !== "auto" || options.verbose;
  const reporter = await openReporter(options, io, isShown ? undefined : NO_REPORTER);
  const failures = isShown ? (): void => undefined : createFailuresListener(io.stderr);
  let hear: Emit = failures;
  const execution = openExecution(options, io, (event) => {
    hear(event);
    reporter.on(event);
    beside.on(event);
  });
  const ui = execution.ui(target.redactor);
  const { parallel, json } = options;
  const results: EachResult[] = [];
  const chosen = (asked: readonly VerbHost[]): RunTarget => {
    const ids = asked.map(({ host }) => host.id);
    return { ...target, hosts: target.hosts.filter(({ host }) => ids.includes(host.id)) };
  };
  // One after another: what is heard is of one command.
  const turn = new Semaphore(1);
  const exec = async (toCommand: ToCommand, asked: RunTarget): Promise<readonly VerbOutcome[]> => {
    const outcomes = createOutcomes(asked, io.stderr);
    hear = outcomes.hear;
    try {
      results.push(...(await runCommand(toCommand, { execution, target: asked, parallel })));
      return outcomes.all();
    } finally {
      hear = failures;
    }
  };
  try {
    const result = await run({
      args,
      hosts,
      ui: options.yes ? { ...ui, confirm: async () => true } : ui,
      print: (text) => (json ? undefined : print(text)),
      async run(task, given = {}) {
        refuseUnknown("run", given, ["hosts", "args"] satisfies (keyof typeof given)[]);
        const { hosts: asked = hosts, args: argsOf } = given;
        const argsFor = (id: string): unknown => argsOf?.((hosts.find(({ host }) => host.id === id) as VerbHost).host);
        const each = await runOnEach({ execution, target: chosen(asked), parallel }, app.sealed.graph, nameOf(task), argsFor);
        results.push(...each);
        const well = each.filter(({ result }) => result.ok).map(({ host }) => host.host.id);
        return asked.filter(({ host }) => well.includes(host.id));
      },
      async exec(command, given = {}) {
        refuseUnknown("exec", given, ["hosts"] satisfies (keyof typeof given)[]);
        return await turn.run(() => exec(command, chosen(given.hosts ?? hosts)));
      },
    });
    const refusal = execution.refusedExit();
    if (refusal !== undefined) throw refusal;
    if (json) print(`${JSON.stringify(result?.data ?? null, null, 2)}\n`);
    else print(String(result?.text ?? ""));
    const code = exitCodeOfEach(results);
    return code === 0 && result?.ok === false ? 1 : code;
  } catch (error) {
    throw toOwnError(error, work.name, work.where);
  } finally {
    await reporter.end();
    await execution.close();
  }
}

const NO_REPORTER: Reporter = { on: () => undefined, end: async () => undefined };

/** For verbs with a result of their own: tells what failed on which host, and nothing else. */
function createFailuresListener(screen: Screen): Emit {
  const label = createPaint(screen.color).red("error:");
  return (event) => {
    if (event.kind === "message" && event.level === "warn") printWarnings([{ message: event.text }], screen);
    if (event.kind !== "runFinished") return;
    for (const { host, error } of event.result.failures) {
      const where = error.where === undefined ? "" : ` (${error.where})`;
      const rows = [error.message + where, error.stderr, error.hint].filter((part) => part !== undefined && part !== "");
      screen.write(`${label} ${host}: ${neutralise(rows.join("\n")).trimEnd().replaceAll("\n", "\n  ")}\n`);
    }
  };
}

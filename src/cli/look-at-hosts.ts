import type { TaskDefinition } from "../dsl/app.ts";
import type { VerbContext, VerbHost, VerbOutcome, VerbResult } from "../dsl/verb.ts";
import type { ExitCode } from "../errors.ts";
import { placeOf } from "../errors.ts";
import type { LoadedApp } from "../execution/load-app.ts";
import { drawGroups } from "../graph/draw-table.ts";
import type { Plan } from "../graph/plan.ts";
import type { Task } from "../graph/task.ts";
import type { TaskGraph } from "../graph/task-graph.ts";
import { prepareRun } from "../prepare/prepare-run.ts";
import { createProblemBook } from "../prepare/problem-book.ts";
import type { Reporter } from "../report/reporter.ts";
import { toGroups } from "../runner/order/groups.ts";
import type { Options } from "./argv/options.ts";
import type { AskedTasks } from "./argv/task-words.ts";
import { openExecution } from "./open-execution.ts";
import { openReporter } from "./open-reporter.ts";
import { runOnHosts } from "./recipe-verb.ts";
import { withSshConfig } from "./ssh-config.ts";
import type { CliIo } from "./terminal/io.ts";

export interface AskedLook {
  readonly app: LoadedApp;
  readonly options: Options;
  readonly asked: AskedTasks;
  /** Listens as well. */
  readonly beside?: Reporter | undefined;
}

/**
 * `--dry-run=connect`: connects to the hosts of each task, and says what the task's own look at them comes to. A task without one is shown
 * as by `--dry-run`. Changes nothing.
 */
export async function lookAtHosts({ app, options, asked, beside }: AskedLook, io: CliIo): Promise<ExitCode> {
  const codes: ExitCode[] = [];
  for (const name of asked.names) {
    const look = app.sealed.lookOf(name);
    const prepare = async (dryRun: boolean) => {
      const request = { ...options, dryRun, tasks: [name], args: asked.args, redactor: io.redactor };
      const { target, plan } = await prepareRun(app, request, createProblemBook());
      return { options: await withSshConfig({ ...options, dryRun }, io, app, target), target, plan };
    };
    const real = await prepare(false);
    const task = app.sealed.graph.get(name);
    const run = (t: VerbContext) => lookAt(t, { task, look, plan: real.plan, options, graph: app.sealed.graph });
    const { where } = task;
    codes.push(
      await runOnHosts({ name: `The look of ${name}`, where, app, ...real, args: asked.args.get(name), run, beside }, io),
    );
    if (look !== undefined) continue;
    const shown = await prepare(true);
    const reporter = await openReporter(options, io);
    const execution = openExecution(shown.options, io, reporter.on);
    try {
      codes.push((await execution.run({ ...shown, graph: app.sealed.graph, args: asked.args })).exitCode);
    } finally {
      await reporter.end();
      await execution.close();
    }
  }
  return codes.find((code) => code !== 0) ?? 0;
}

interface LookedTask {
  readonly task: Task;
  readonly look: TaskDefinition["look"];
  readonly plan: Plan;
  readonly graph: TaskGraph<unknown>;
  readonly options: Pick<Options, "batch" | "skipUnreachable">;
}

async function lookAt(t: VerbContext, { task, look, plan, options, graph }: LookedTask): Promise<VerbResult> {
  const { name } = task;
  const outcomes = await t.exec((at) => at.cmd({ timeout: "30s", quiet: "output" })`:`);
  const lost = outcomes.filter(({ status }) => status !== "ok");
  const hosts = t.hosts.filter(({ host }) => !lost.some((outcome) => outcome.host === host.id));
  const seen = look === undefined || hosts.length === 0 ? undefined : await look(onThese(t, hosts));
  const goesOn = lost.length === 0 || (options.skipUnreachable && hosts.length > 0);
  const groups =
    options.batch === undefined
      ? []
      : toGroups(
          hosts.map(({ host }) => host.id),
          options.batch,
        );
  const text = [
    ...(seen === undefined ? [connectedTo(name, hosts)] : [seen.text ?? ""]),
    ...(seen === undefined ? [] : [drawGroups(groups), notLookedAt(task, plan, graph)]),
    ...lost.map(tellLost),
    ...(look === undefined && lost.length === 0 ? [] : [verdict(name, seen?.ok !== false && goesOn, lost)]),
  ];
  const unreachable = lost.map(({ host, status, error }) => ({ host, error: error ?? status }));
  const ok = lost.length === 0 && seen?.ok !== false;
  return { ok, data: { task: name, ok, unreachable, look: seen?.data ?? null }, text: text.join("").replace(/^\n/, "") };
}

/** The same for some of its hosts. */
function onThese(t: VerbContext, hosts: readonly VerbHost[]): VerbContext {
  return {
    ...t,
    hosts,
    run: (task, options) => t.run(task, { hosts, ...options }),
    exec: (command, options) => t.exec(command, { hosts, ...options }),
  };
}

function connectedTo(name: string, hosts: readonly VerbHost[]): string {
  if (hosts.length === 0) return "";
  const names = hosts.map(({ host }) => host.id).join(", ");
  return `${names}: connected. What ${name} finds there only ${name} itself knows; this is what --dry-run shows:\n`;
}

/**
 * What a look of a recipe cannot know: tasks that a deployfile has added to its flow, or replaced in it. What a recipe defines is all at the
 * place where it is used; one that is part of the project has a place for each, and nobody can tell.
 */
function notLookedAt({ name, where, stages = [] }: Task, { sections }: Plan, graph: TaskGraph<unknown>): string {
  const isOwn = (task: Task | undefined): boolean => placeOf(task?.where) === placeOf(where);
  const tasks = sections.flatMap(({ steps }) => steps.map((step) => step.task));
  const others = tasks.filter((task) => task.body !== undefined && !isOwn(task));
  if (others.length === 0 || !stages.every((stage) => isOwn(graph.find(stage)))) return "";
  const names = [...new Set(others.map((task) => task.name))].join(", ");
  return `Not looked at is what your own tasks in it do: ${names}. ${name} --dry-run shows that.\n`;
}

function tellLost({ host, status, stderr, error }: VerbOutcome): string {
  const why = error ?? (stderr.trim() || status);
  return `\n${host} could not be looked at: ${why.replaceAll("\n", "\n  ")}\n`;
}

/** One, for all that was found. */
function verdict(name: string, starts: boolean, lost: readonly VerbOutcome[]): string {
  const without = starts && lost.length > 0 ? ` without ${lost.map(({ host }) => host).join(", ")}` : "";
  return `\n${name} would ${starts ? "" : "not "}start${without}. Nothing was changed.\n`;
}

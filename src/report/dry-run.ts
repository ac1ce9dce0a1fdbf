import { neutralise } from "../command/neutralise.ts";
import { groupBy } from "../group-by.ts";
import type { EventOf } from "../runner/events.ts";
import { commandLines } from "./command-lines.ts";
import { describeError } from "./failures.ts";
import { createHandledReporter } from "./handle.ts";
import { countHosts, nameHosts, withoutHost } from "./host-list.ts";
import { createPaint, type Paint } from "./paint.ts";
import { createPrinter } from "./printer.ts";
import type { EventHandlers, Reporter, ReporterOptions } from "./reporter.ts";
import { summaryLines } from "./summary.ts";

type DryRunScreen = Pick<ReporterOptions, "screen" | "verbosity">;

/** A task on a host, and what it would do there: lines, and tasks that it executes. */
interface Shown {
  readonly task: string;
  readonly host: string;
  readonly parts: (Shown | string)[];
}

/** A dry run is something to read: tasks in the order of the plan, each with its hosts, and those that do the same told once. */
export function createDryRunReporter({ screen, verbosity }: DryRunScreen): Reporter {
  const paint = createPaint(screen.color);
  const printer = createPrinter(screen);
  let hosts = 0;
  /** A task on its hosts, as far as it was told. */
  let task: Shown[] = [];
  /** What is open: a task, and inside of it what it executes. */
  const open: Shown[] = [];
  const print = (): void => {
    printer.print(drawTasks(task, { paint, hosts, indent: "  " }));
    task = [];
  };
  const find = (name: string | undefined, host: string): Shown | undefined =>
    open.findLast((shown) => shown.task === name && shown.host === host);
  const add = (name: string | undefined, host: string, lines: readonly string[]): void => {
    const to = find(name, host) ?? open.at(-1);
    if (to === undefined) printer.print(lines.map((line) => (host === "" ? line : `[${neutralise(host)}] ${line}`)));
    else to.parts.push(...lines.map((line) => (host === to.host ? line : `${paint.cyan(`[${neutralise(host)}]`)} ${line}`)));
  };
  const handlers: Partial<EventHandlers> = {
    runStarted(event) {
      hosts = event.hosts.length;
      const where = hosts === 0 ? "" : ` on ${countHosts(hosts)}: ${nameHosts(event.hosts)}`;
      printer.print([paint.bold(`dry run of ${neutralise(event.tasks.join(" "))}${where}`)]);
    },
    stageStarted({ stage }) {
      print();
      printer.print([paint.bold(`== ${neutralise(stage)}`)]);
    },
    taskStarted({ task: name, host }) {
      const shown: Shown = { task: name, host, parts: [] };
      const last = open.at(-1);
      const around = last?.task === name && last.host !== host ? undefined : last;
      if (around !== undefined) around.parts.push(shown);
      else {
        if (task[0] !== undefined && task[0].task !== name) print();
        task.push(shown);
      }
      open.push(shown);
    },
    taskFinished({ task: name, host, outcome, error }) {
      const shown = find(name, host);
      if (shown === undefined) return;
      if (outcome === "failed" && error !== undefined) shown.parts.push(paint.red(`✖ cannot be shown: ${describeError(error)}`));
      open.splice(open.lastIndexOf(shown), 1);
    },
    commandStarted: (event) => add(event.task, event.host, linesOf(event, verbosity > 0, paint)),
    message({ task: name, host = "", level, text }) {
      if (level === "debug" && verbosity === 0) return;
      const label = level === "warn" ? paint.yellow("warning: ") : level === "error" ? paint.red("error: ") : "";
      add(
        name,
        host,
        neutralise(text)
          .split("\n")
          .map((line) => label + line),
      );
    },
    prompt: printer.prompt,
    runFinished({ result }) {
      print();
      const notShown = verbosity > 0 ? undefined : "the text of commands (shown with -v)";
      printer.print(summaryLines(result, screen, notShown));
    },
  };
  return createHandledReporter({ handlers, end: printer.close });
}

/** What a reporter for eyes is for all but dry runs: these are read. */
export function unlessDryRun(options: DryRunScreen, reporter: Reporter): Reporter {
  let chosen = reporter;
  return {
    on(event) {
      if (event.kind === "runStarted" && event.dryRun) chosen = createDryRunReporter(options);
      chosen.on(event);
    },
    end: () => chosen.end(),
    restore: () => reporter.restore?.(),
  };
}

/** Its title, where it has one; its text whole where that is asked for. */
function linesOf({ command, title }: EventOf<"commandStarted">, whole: boolean, paint: Paint): readonly string[] {
  const text = commandLines({ command, titled: undefined });
  if (title !== undefined) return [neutralise(title), ...(whole ? text.map((line) => `  ${paint.dim(line)}`) : [])];
  return whole || text.length <= 2 ? text : [`${text[0]} … (${text.length - 1} more lines)`];
}

interface Look {
  readonly paint: Paint;
  /** In the run. */
  readonly hosts: number;
  readonly indent: string;
  /** The host of the task that executes them. */
  readonly around?: string;
}

/** One after another: those of one name, on hosts where they do the same, as one. */
function drawTasks(tasks: readonly Shown[], look: Look): readonly string[] {
  const { paint, hosts, indent, around } = look;
  return groupBy(tasks, ({ task }) => task).flatMap((same) =>
    groupBy(same, ({ parts, host }) => withoutHost(JSON.stringify(parts), host)).flatMap((group) => {
      const [first] = group;
      const names = group.map(({ host }) => host);
      const lines = drawParts(first.parts, { ...look, indent: `${indent}  `, around: first.host });
      const isHere = names.length === 1 && names[0] === "local";
      const isAll = !isHere && (names.length === hosts || (names.length === 1 && names[0] === around));
      const where = isAll ? "" : ` ${paint.cyan(isHere ? "(this machine)" : `(${nameHosts(names)})`)}`;
      const shown = names.length > 1 ? lines.map((line) => withoutHost(line, first.host)) : lines;
      return [`${indent}${neutralise(first.task)}${where}`, ...shown];
    }),
  );
}

function drawParts(parts: readonly (Shown | string)[], look: Look): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at];
    if (typeof part === "string") lines.push(look.indent + part);
    else {
      const next = parts.findIndex((other, index) => index > at && typeof other === "string");
      const tasks = parts.slice(at, next === -1 ? parts.length : next) as Shown[];
      lines.push(...drawTasks(tasks, look));
      at += tasks.length - 1;
    }
  }
  return lines;
}

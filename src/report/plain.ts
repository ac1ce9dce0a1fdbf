import { neutralise } from "../command/neutralise.ts";
import type { EventOf } from "../runner/events.ts";
import { commandLines } from "./command-lines.ts";
import { unlessDryRun } from "./dry-run.ts";
import { formatElapsed } from "./elapsed.ts";
import { describeError } from "./failures.ts";
import { createHandledReporter } from "./handle.ts";
import { busyHosts, countHosts, nameHosts } from "./host-list.ts";
import { describeInterruption } from "./interruption.ts";
import { createLines, type Lines, linesOf } from "./lines.ts";
import { createNotShown } from "./not-shown.ts";
import { createPaint } from "./paint.ts";
import { createPrinter } from "./printer.ts";
import { createProgressLines } from "./progress.ts";
import type { EventHandlers, Reporter, ReporterOptions } from "./reporter.ts";
import { summaryLines } from "./summary.ts";

/** Output of a command, on its way to the screen. */
interface Stream {
  readonly host: string;
  readonly lines: Lines;
  /** Lines shown at most. */
  readonly most: number;
  said: number;
  left: number;
  /** Lines left out since the last one that was shown. */
  unread: number;
}

/** Lines shown of output that a program reads: enough to see what it is. */
const FOR_PROGRAMS = 5;

/** One line for each thing that happens, with its host in front: for logs, pipes and small screens. */
export function createPlainReporter(options: Pick<ReporterOptions, "screen" | "verbosity" | "logFile">): Reporter {
  const { screen } = options;
  const paint = createPaint(screen.color);
  const printer = createPrinter(screen);
  const streams = new Map<string, Stream>();
  const notShown = createNotShown({ option: "-v", logFile: options.logFile });
  const progress = createProgressLines();
  const showAll = options.verbosity > 0;

  const on = (host: string | undefined, text: string): void => {
    printer.print([host === undefined ? text : `${paint.cyan(`[${neutralise(host)}]`)} ${text}`]);
  };
  const sayUnread = (stream: Stream): void => {
    if (stream.unread > 0) on(stream.host, paint.dim(`… ${stream.unread} lines left out: nobody read as fast`));
    stream.unread = 0;
  };
  const sayOutput = (stream: Stream, lines: readonly string[]): void => {
    if (screen.behind === true) {
      stream.unread += lines.length;
      return;
    }
    sayUnread(stream);
    const room = Math.max(0, stream.most - stream.said);
    for (const line of lines.slice(0, room)) on(stream.host, line);
    stream.said += Math.min(room, lines.length);
    stream.left += Math.max(0, lines.length - room);
  };
  const flush = (key: string): void => {
    const stream = streams.get(key);
    if (stream === undefined) return;
    sayOutput(stream, stream.lines.flush());
    sayUnread(stream);
    if (stream.left > 0) on(stream.host, paint.dim(`… ${stream.left} more lines that a program reads`));
    streams.delete(key);
  };
  const ended = (event: EventOf<"commandFinished">): string => {
    const time = paint.dim(`(${formatElapsed(event.duration)})`);
    const signal = event.signal === undefined ? undefined : neutralise(event.signal);
    if (event.exitCode === undefined) return `${signal === undefined ? event.status : `killed by ${signal}`} ${time}`;
    return `exit code ${event.exitCode}${signal === undefined ? "" : `, ${signal}`} ${time}`;
  };

  const handlers: EventHandlers = {
    runStarted(event) {
      const names = busyHosts(event);
      const hosts = names.length > 0 ? ` on ${countHosts(names.length)}: ${nameHosts(names)}` : "";
      on(undefined, paint.bold(`${neutralise(event.tasks.join(" "))}${hosts}`));
    },
    hostConnecting() {},
    hostConnected: (event) => on(event.host, `connected ${paint.dim(`(${formatElapsed(event.duration)})`)}`),
    hostLost: (event) => on(event.host, paint.red(`lost: ${neutralise(event.message)}`)),
    settingsResolved() {},
    flightFinished() {},
    stageStarted({ stage, hosts, group }) {
      const where = hosts.length === 0 ? "this machine" : countHosts(hosts.length);
      const part = group === undefined ? "" : `group ${group.number} of ${group.of}: `;
      on(undefined, paint.bold(`== ${neutralise(stage)} (${part}${where})`));
    },
    stageFinished({ stage, outcome, duration }) {
      on(undefined, paint.dim(`== ${neutralise(stage)} ${outcome === "ok" ? "done" : outcome} (${formatElapsed(duration)})`));
    },
    taskStarted() {},
    taskFinished(event) {
      const task = neutralise(event.task);
      const time = paint.dim(`(${formatElapsed(event.duration)})`);
      if (event.outcome === "failed" || event.outcome === "stopped") {
        const reason = event.error === undefined ? "" : `: ${describeError(event.error)}`;
        const colour = event.outcome === "failed" ? paint.red : paint.yellow;
        on(event.host, colour(`${task} ${event.outcome}${reason} `) + time);
      } else if (event.outcome === "ok") on(event.host, `${task} ok ${time}`);
      else on(event.host, paint.dim(`${task} ${event.outcome}`));
    },
    commandStarted(event) {
      if (event.quiet && !showAll) return;
      const lines = commandLines(event);
      const shown = showAll || lines.length <= 2 ? lines : [`${lines[0]} … (${lines.length - 1} more lines)`];
      for (const line of shown) on(event.host, paint.dim(line));
    },
    commandOutput(event) {
      if (event.quiet && !showAll) return notShown.hear(event);
      const key = `${event.id} ${event.stream}`;
      const most = event.quiet ? FOR_PROGRAMS : Number.POSITIVE_INFINITY;
      const stream = streams.get(key) ?? { host: event.host, lines: createLines(), most, said: 0, left: 0, unread: 0 };
      streams.set(key, stream);
      sayOutput(stream, stream.lines.push(event.text));
    },
    transferProgress(event) {
      const text = progress.hear(event);
      if (text !== undefined) on(event.host, paint.dim(neutralise(text)));
    },
    commandFinished(event) {
      notShown.finish(event);
      progress.finish(event);
      flush(`${event.id} stdout`);
      flush(`${event.id} stderr`);
      if (event.status !== "ok" && (!event.quiet || showAll)) on(event.host, ended(event));
    },
    message(event) {
      if (event.level === "debug" && options.verbosity === 0) return notShown.addMessage();
      const label = event.level === "warn" ? paint.yellow("warning: ") : event.level === "error" ? paint.red("error: ") : "";
      for (const line of linesOf(event.text)) on(event.host, label + line);
    },
    changed: (event) => on(event.host, paint.green(`changed: ${neutralise(event.text)}`)),
    prompt: printer.prompt,
    interrupted: (event) => on(undefined, paint.yellow(describeInterruption(event.signal, event.count))),
    runFinished: ({ result }) => printer.print(summaryLines(result, screen, notShown.describe())),
  };
  const reporter = createHandledReporter({
    handlers,
    end() {
      for (const key of [...streams.keys()]) flush(key);
      printer.close();
    },
  });
  return unlessDryRun(options, reporter);
}

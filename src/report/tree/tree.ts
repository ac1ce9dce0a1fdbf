import { neutralise } from "../../command/neutralise.ts";
import { groupBy } from "../../group-by.ts";
import type { EventOf } from "../../runner/events.ts";
import type { RunResult } from "../../runner/result.ts";
import { unlessDryRun } from "../dry-run.ts";
import { createGuard, createHandledReporter } from "../handle.ts";
import { busyHosts, nameHosts } from "../host-list.ts";
import { describeInterruption } from "../interruption.ts";
import { linesOf } from "../lines.ts";
import { createNotShown } from "../not-shown.ts";
import { atPace } from "../pace.ts";
import { createPaint } from "../paint.ts";
import { createPainter } from "../painter.ts";
import type { EventHandlers, Reporter, ReporterOptions } from "../reporter.ts";
import { summaryLines } from "../summary.ts";
import { Board } from "./board.ts";
import { frameLines } from "./frame.ts";

type Message = EventOf<"message">;

/** Between two pictures: more often nobody sees, and each costs. */
const PACE_MS = 80;
/** Different messages kept between two pictures. */
const MESSAGES = 100;

/** The run as a tree that is drawn in place: stages, tasks, the hosts at work in them, and what they run. */
export function createTreeReporter(options: Omit<ReporterOptions, "stdout">): Reporter {
  const { screen, now, every = atPace } = options;
  const paint = createPaint(screen.color);
  const painter = createPainter(screen);
  const board = new Board();
  const notShown = createNotShown({ option: "-v", logFile: options.logFile });
  let messages: Message[] = [];
  let unsaid = 0;
  let prompts = 0;
  let tick = 0;
  let stop: (() => void) | undefined;
  let result: RunResult | undefined;

  const picture = (): readonly string[] =>
    frameLines(board, {
      paint,
      now: now(),
      tick,
      rows: Math.max(1, (screen.rows > 0 ? screen.rows : 24) - 1),
      columns: Math.max(1, screen.columns - 1),
    });
  const say = (): void => {
    const lines = groupBy(messages, (message) => `${message.level} ${message.text}`).flatMap((group) =>
      messageLines(group, paint),
    );
    if (unsaid > 0) lines.push(paint.dim(`… ${unsaid} more messages`));
    messages = [];
    unsaid = 0;
    painter.above(lines);
  };
  const draw = (): void => {
    if (prompts > 0 || stop === undefined) return;
    tick++;
    say();
    painter.draw(picture());
  };
  const halt = (): void => {
    stop?.();
    stop = undefined;
  };
  const leave = (): void => {
    halt();
    painter.release();
  };
  const guard = createGuard(leave);

  const handlers: EventHandlers = {
    runStarted(event) {
      board.title = neutralise(event.tasks.join(" "));
      board.hosts = busyHosts(event).length;
      board.since = now();
      board.ahead = event.stages;
      stop ??= every(PACE_MS, () => guard(draw));
      draw();
    },
    hostConnecting: (event) => void board.connecting.add(event.host),
    hostConnected: (event) => void board.connecting.delete(event.host),
    hostLost(event) {
      board.connecting.delete(event.host);
      board.lost.add(event.host);
    },
    settingsResolved() {},
    flightFinished() {},
    stageStarted: (event) => void board.openStage(event, now()),
    stageFinished: (event) => board.closeStage(event),
    taskStarted: (event) => board.startTask(event, now()),
    taskFinished: (event) => board.finishTask(event),
    commandStarted: (event) => board.startCommand(event, now()),
    commandOutput(event) {
      notShown.hear(event);
      board.hearCommand(event);
    },
    transferProgress: (event) => board.hearProgress(event),
    commandFinished(event) {
      notShown.finish(event);
      board.finishCommand(event);
    },
    message(event) {
      if (event.level === "debug" && options.verbosity === 0) return notShown.addMessage();
      if (messages.length < MESSAGES) messages.push(event);
      else unsaid++;
    },
    // The summary lists what was changed, folded.
    changed() {},
    prompt(event) {
      prompts = Math.max(0, prompts + (event.state === "opened" ? 1 : -1));
      if (event.state === "opened") painter.clear();
      else draw();
    },
    interrupted(event) {
      board.interrupted = describeInterruption(event.signal, event.count);
      draw();
    },
    runFinished(event) {
      result = event.result;
    },
  };

  const tree = createHandledReporter({
    handlers,
    end() {
      halt();
      board.over = true;
      if (prompts === 0) say();
      // A run that was never begun (somebody said no) has none.
      if (board.title !== "") painter.draw(picture());
      painter.release();
      if (result === undefined) return;
      screen.write(`${summaryLines(result, screen, notShown.describe()).join("\n")}\n`);
    },
    restore: leave,
    guard,
  });
  return unlessDryRun(options, tree);
}

function messageLines(group: readonly [Message, ...Message[]], paint: ReturnType<typeof createPaint>): readonly string[] {
  const [{ level, text }] = group;
  const hosts = [...new Set(group.flatMap(({ host }) => host ?? []))];
  const who = hosts.length === 0 ? "" : `${paint.cyan(`[${nameHosts(hosts, 3)}]`)} `;
  const label = level === "warn" ? paint.yellow("warning: ") : level === "error" ? paint.red("error: ") : "";
  return linesOf(text).map((line) => `${who}${label}${line}`);
}

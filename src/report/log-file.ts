import { appendFileSync, closeSync, openSync } from "node:fs";
import { formatTime } from "../amounts.ts";
import { neutralise } from "../command/neutralise.ts";
import { toError, UsageError } from "../errors.ts";
import type { EventError } from "../runner/result.ts";
import { commandLines } from "./command-lines.ts";
import { createGuard, createHandledReporter, dispatch } from "./handle.ts";
import { createLines, type Lines, linesOf } from "./lines.ts";
import { createProgressLines } from "./progress.ts";
import type { EventHandlers, Reporter } from "./reporter.ts";
import { summaryLines } from "./summary.ts";

export interface LogFileOptions {
  readonly path: string;
  /** Time of day. */
  readonly clock: () => Date;
  /** Told when the file cannot be written any more; logging stops. */
  readonly onFailure?: ((error: Error) => void) | undefined;
}

/** Characters of output that wait to be written at most. */
const BUFFER = 16_384;

/**
 * Everything that happens, line by line with the time, appended to a file that only its owner may read.
 * Written in order, and at once but for output, so that a crash loses nothing that happened before.
 * @throws UsageError when the file cannot be opened
 */
export function createLogFile({ path, clock, onFailure }: LogFileOptions): Reporter {
  const file = open(path);
  const streams = new Map<string, Lines>();
  const progress = createProgressLines();
  let waiting = "";
  const flush = (): void => {
    const text = waiting;
    waiting = "";
    if (text !== "") appendFileSync(file, text);
  };
  const log = (host: string | undefined, lines: readonly string[]): void => {
    const time = clock().toISOString();
    for (const line of lines) waiting += `${time} ${host === undefined ? "" : `[${neutralise(host)}] `}${line}\n`;
  };
  const say = (host: string | undefined, text: string): void => log(host, linesOf(text));

  const handlers: EventHandlers = {
    runStarted({ runId, tasks, hosts, dryRun }) {
      say(undefined, `run ${runId}: ${tasks.join(" ")} on ${hosts.join(", ")}${dryRun ? " (dry run)" : ""}`);
    },
    hostConnecting: (event) => say(event.host, "connecting"),
    hostConnected: (event) => say(event.host, `connected after ${formatTime(event.duration)}`),
    hostLost: (event) => say(event.host, `lost: ${event.message}${event.hint === undefined ? "" : `\n${event.hint}`}`),
    settingsResolved: (event) => say(undefined, `resolved ${event.keys.join(", ")} after ${formatTime(event.duration)}`),
    flightFinished: ({ host, commands, duration }) =>
      say(host, `flight of ${commands} ${commands === 1 ? "command" : "commands"} took ${formatTime(duration)}`),
    stageStarted: (event) => say(undefined, `stage ${event.stage} started on ${event.hosts.join(", ")}`),
    stageFinished: (event) =>
      say(undefined, `stage ${event.stage} ${event.ok ? "done" : event.outcome} after ${formatTime(event.duration)}`),
    taskStarted: (event) => say(event.host, `task ${event.task} started`),
    taskFinished(event) {
      say(event.host, `task ${event.task} ${event.outcome} after ${formatTime(event.duration)}`);
      if (event.error !== undefined) say(event.host, describe(event.error));
    },
    commandStarted(event) {
      const lines = commandLines(event).map((line) => `#${event.id} ${line}`);
      log(event.host, lines);
    },
    commandOutput({ id, stream, host, text }) {
      const key = streamMark(id, stream);
      const lines = streams.get(key) ?? createLines();
      streams.set(key, lines);
      const complete = lines.push(text).map((line) => key + line);
      log(host, complete);
    },
    transferProgress(event) {
      const text = progress.hear(event);
      if (text !== undefined) say(event.host, `#${event.id} ${text}`);
    },
    commandFinished({ id, host, status, exitCode, signal, duration }) {
      progress.finish({ id });
      for (const key of [streamMark(id, "stdout"), streamMark(id, "stderr")]) {
        const rest = streams.get(key)?.flush() ?? [];
        const lines = rest.map((line) => key + line);
        streams.delete(key);
        log(host, lines);
      }
      const exit = exitCode === undefined ? "" : `, exit code ${exitCode}`;
      say(host, `#${id} ${status}${exit}${signal === undefined ? "" : `, signal ${signal}`} after ${formatTime(duration)}`);
    },
    message: (event) => say(event.host, `${event.level}: ${event.text}`),
    changed: (event) => say(event.host, `changed: ${event.text}`),
    prompt: (event) => say(undefined, `prompt ${event.state}`),
    interrupted: (event) => say(undefined, `interrupted by ${event.signal} (${event.count})`),
    runFinished: ({ result }) => log(undefined, summaryLines(result, { color: false, isTTY: false, columns: 0 })),
  };
  return createHandledReporter({
    handlers(event) {
      dispatch(handlers, event);
      if (event.kind !== "commandOutput" || waiting.length > BUFFER) flush();
    },
    end() {
      try {
        flush();
      } finally {
        closeSync(file);
      }
    },
    restore: flush,
    guard: createGuard(onFailure),
  });
}

function open(path: string): number {
  try {
    return openSync(path, "a", 0o600);
  } catch (error) {
    throw new UsageError("LOG_FILE", `The log file ${path} cannot be written: ${toError(error).message}`, {
      hint: "Name a file in a directory that exists and that you may write to.",
      cause: error,
    });
  }
}

/** Stands before each line of output. */
function streamMark(id: number, stream: "stdout" | "stderr"): string {
  return `#${id} ${stream === "stdout" ? "|" : "!"} `;
}

function describe(error: EventError): string {
  return [`${error.code ?? error.name}: ${error.message}`, error.hint, error.stack]
    .filter((part) => part !== undefined)
    .join("\n");
}

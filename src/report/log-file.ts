import { closeSync, openSync, writeSync } from "node:fs";
import { neutralise } from "../command/neutralise.ts";
import { toError, UsageError } from "../errors.ts";
import type { EventError } from "../runner/result.ts";
import { commandLines } from "./command-lines.ts";
import { createGuard, createHandledReporter } from "./handle.ts";
import { createLines, type Lines, linesOf } from "./lines.ts";
import { createPaint } from "./paint.ts";
import type { EventHandlers, Reporter } from "./reporter.ts";
import { summaryLines } from "./summary.ts";

export interface LogFileOptions {
  readonly path: string;
  /** Time of day. */
  readonly clock: () => Date;
  /** Told when the file cannot be written any more; logging stops. */
  readonly onFailure?: ((error: Error) => void) | undefined;
}

/** Characters that wait to be written at most. */
const BUFFER = 16_384;

/**
 * Everything that happens, line by line with the time, appended to a file that only its owner may read.
 * Written in order and at once where it matters, so that a crash loses nothing that happened before.
 * @throws UsageError when the file cannot be opened
 */
export function createLogFile({ path, clock, onFailure }: LogFileOptions): Reporter {
  const file = open(path);
  const streams = new Map<string, Lines>();
  let waiting = "";
  const flush = (): void => {
    const text = waiting;
    waiting = "";
    if (text !== "") writeAll(file, text);
  };
  const log = (host: string | undefined, lines: readonly string[]): void => {
    const time = clock().toISOString();
    for (const line of lines) waiting += `${time} ${host === undefined ? "" : `[${neutralise(host)}] `}${line}\n`;
    if (waiting.length > BUFFER) flush();
  };
  const say = (host: string | undefined, text: string): void => log(host, linesOf(text));
  const finish = (key: string, host: string, mark: string): void => {
    const lines = streams.get(key)?.flush() ?? [];
    streams.delete(key);
    log(
      host,
      lines.map((line) => mark + line),
    );
  };

  const handlers: EventHandlers = {
    runStarted: (event) =>
      say(
        undefined,
        `run ${event.runId}: ${event.tasks.join(" ")} on ${event.hosts.join(", ")}${event.dryRun ? " (dry run)" : ""}`,
      ),
    hostConnecting: (event) => say(event.host, "connecting"),
    hostConnected: (event) => say(event.host, `connected after ${event.duration} ms`),
    hostLost: (event) => say(event.host, `lost: ${event.message}${event.hint === undefined ? "" : `\n${event.hint}`}`),
    settingsResolved: (event) => say(undefined, `resolved ${event.keys.join(", ")} after ${event.duration} ms`),
    flightFinished: ({ host, commands, duration }) =>
      say(host, `flight of ${commands} ${commands === 1 ? "command" : "commands"} took ${duration} ms`),
    stageStarted: (event) => say(undefined, `stage ${event.stage} started on ${event.hosts.join(", ")}`),
    stageFinished(event) {
      say(undefined, `stage ${event.stage} ${event.ok ? "done" : "failed"} after ${event.duration} ms`);
      flush();
    },
    taskStarted: (event) => say(event.host, `task ${event.task} started`),
    taskFinished(event) {
      say(event.host, `task ${event.task} ${event.outcome} after ${event.duration} ms`);
      if (event.error !== undefined) say(event.host, describe(event.error));
      flush();
    },
    commandStarted(event) {
      log(
        event.host,
        commandLines(event).map((line) => `#${event.id} ${line}`),
      );
      flush();
    },
    commandOutput(event) {
      const key = `${event.id} ${event.stream}`;
      const lines = streams.get(key) ?? createLines();
      streams.set(key, lines);
      const mark = markOf(event.id, event.stream);
      log(
        event.host,
        lines.push(event.text).map((line) => mark + line),
      );
    },
    commandFinished(event) {
      for (const stream of ["stdout", "stderr"] as const) finish(`${event.id} ${stream}`, event.host, markOf(event.id, stream));
      const exit = event.exitCode === undefined ? "" : `, exit code ${event.exitCode}`;
      const signal = event.signal === undefined ? "" : `, signal ${event.signal}`;
      say(event.host, `#${event.id} ${event.status}${exit}${signal} after ${event.duration} ms`);
      flush();
    },
    message: (event) => say(event.host, `${event.level}: ${event.text}`),
    changed: (event) => say(event.host, `changed: ${event.text}`),
    prompt: (event) => say(undefined, `prompt ${event.state}`),
    interrupted(event) {
      say(undefined, `interrupted by ${event.signal} (${event.count})`);
      flush();
    },
    runFinished(event) {
      log(undefined, summaryLines(event.result, { paint: createPaint(false) }));
      flush();
    },
  };
  return createHandledReporter({
    handlers,
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

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

function markOf(id: number, stream: "stdout" | "stderr"): string {
  return `#${id} ${stream === "stdout" ? "|" : "!"} `;
}

function describe(error: EventError): string {
  return [`${error.code ?? error.name}: ${error.message}`, error.hint, error.stack]
    .filter((part) => part !== undefined)
    .join("\n");
}

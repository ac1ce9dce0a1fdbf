import type { Command } from "../command/command.ts";
import { displayCommand } from "../command/display.ts";
import type { CommandEvent, CommandResult } from "../transport/transport.ts";
import type { Running } from "./running.ts";

export interface CommandReportOptions {
  readonly command: Command;
  readonly host: string;
  readonly task: string;
  readonly mute: boolean;
  readonly onStarted: () => void;
  readonly onFinished: (result: CommandResult) => void;
}

/** Turns what a transport tells about one command into events of the run: redacted, started before finished, each once. */
export interface CommandReport {
  readonly started: boolean;
  on(event: CommandEvent): void;
  /** Says what the transport left out, when the results are there. */
  settle(result: CommandResult): void;
}

type Stream = "stdout" | "stderr";

export function createCommandReport(running: Running, options: CommandReportOptions): CommandReport {
  const { command, host, task } = options;
  const quiet = command.quiet === true;
  const isMuted = quiet || command.quiet === "output";
  const titled = command.title === undefined ? undefined : true;
  const streams = new Map<Stream, ReturnType<Running["deps"]["redactor"]["stream"]>>();
  let shown = "";
  let id: number | undefined;
  let finished = false;

  const start = (): number => {
    if (id !== undefined) return id;
    options.onStarted();
    id = running.nextId();
    shown = running.redact(displayCommand(command));
    running.emit({ kind: "commandStarted", id, host, task, command: shown, titled, quiet });
    return id;
  };
  const say = (stream: Stream, text: string): void => {
    if (text !== "") running.emit({ kind: "commandOutput", id: start(), host, task, stream, text, quiet: isMuted });
  };
  const finish = (result: CommandResult): void => {
    if (finished) return;
    finished = true;
    start();
    for (const [stream, redacted] of streams) say(stream, redacted.flush());
    const { status, exitCode, signal, duration } = result;
    running.emit({ kind: "commandFinished", id: start(), host, task, command: shown, status, exitCode, signal, duration, quiet });
    options.onFinished(result);
  };
  return {
    get started() {
      return id !== undefined;
    },
    on(event) {
      if (finished) return;
      if (event.kind === "started") start();
      else if (event.kind === "finished") {
        if (event.result.status !== "skipped") finish(event.result);
      } else if (!options.mute) {
        const stream = streams.get(event.stream) ?? running.deps.redactor.stream();
        streams.set(event.stream, stream);
        start();
        say(event.stream, stream.push(event.text));
      }
    },
    settle(result) {
      if (id !== undefined || result.status !== "skipped") finish(result);
    },
  };
}

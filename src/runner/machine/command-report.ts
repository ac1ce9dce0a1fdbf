import type { Command } from "../../command/command.ts";
import { displayCommand } from "../../command/display.ts";
import type { CommandEvent, CommandResult } from "../../transport/transport.ts";
import type { HostRun } from "./host-run.ts";

export interface CommandReportOptions {
  /** Name of the task that the commands belong to, or of each command's task. */
  readonly task: string | readonly string[];
  /** Output is a file's content: kept out of the events. @default false */
  readonly mute?: boolean | undefined;
  readonly onStarted?: ((index: number) => void) | undefined;
  readonly onFinished?: ((index: number, result: CommandResult) => void) | undefined;
}

/** A command that was told to have started. */
interface Told {
  readonly about: { readonly id: number; readonly host: string; readonly task: string };
  readonly shown: string;
  readonly streams: Map<"stdout" | "stderr", { push(text: string): string; flush(): string }>;
  finished: boolean;
}

/** Turns what a transport tells about commands into events of the run: redacted, started before finished, each once. */
export function createCommandReport({ id: host, events }: HostRun, commands: readonly Command[], options: CommandReportOptions) {
  const { task, mute, onStarted, onFinished } = options;
  const told: Told[] = [];

  const start = (index: number): Told => {
    const command = commands[index] as Command;
    if (told[index] !== undefined) return told[index];
    onStarted?.(index);
    const about = { id: events.nextId(), host, task: typeof task === "string" ? task : (task[index] ?? "") };
    const made = { about, shown: events.redact(displayCommand(command)), streams: new Map(), finished: false };
    told[index] = made;
    const titled = command.title === undefined ? undefined : true;
    events.emit({ kind: "commandStarted", ...about, command: made.shown, titled, quiet: command.quiet === true });
    return made;
  };
  const say = (index: number, stream: "stdout" | "stderr", text: string): void => {
    const quiet = commands[index]?.quiet === true || commands[index]?.quiet === "output";
    if (text !== "") events.emit({ kind: "commandOutput", ...start(index).about, stream, text, quiet });
  };
  const finish = (index: number, result: CommandResult): void => {
    const one = start(index);
    if (one.finished) return;
    one.finished = true;
    for (const [stream, redacted] of one.streams) say(index, stream, redacted.flush());
    const { status, exitCode, signal, duration } = result;
    const quiet = commands[index]?.quiet === true;
    events.emit({ kind: "commandFinished", ...one.about, command: one.shown, status, exitCode, signal, duration, quiet });
    onFinished?.(index, result);
  };
  return {
    hasStarted: (index: number): boolean => told[index] !== undefined,
    on(index: number, event: CommandEvent): void {
      if (told[index]?.finished === true) return;
      if (event.kind === "started") start(index);
      else if (event.kind === "finished") {
        if (event.result.status !== "skipped") finish(index, event.result);
      } else if (mute !== true) {
        const { streams } = start(index);
        const redacted = streams.get(event.stream) ?? events.redactor.stream();
        streams.set(event.stream, redacted);
        say(index, event.stream, redacted.push(event.text));
      }
    },
    /** Says what the transport left out, when the results are there. */
    settle(results: readonly CommandResult[]): void {
      for (const [index, result] of results.entries()) {
        if (told[index] === undefined ? result.status !== "skipped" : !told[index].finished) finish(index, result);
      }
    },
  };
}

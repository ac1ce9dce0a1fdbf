import type { Command } from "../../command/command.ts";
import { displayCommand } from "../../command/display.ts";
import type { CommandEvent, CommandResult } from "../../transport/transport.ts";
import type { HostRun } from "./host-run.ts";

export interface CommandReportOptions {
  readonly taskOf: (index: number) => string;
  readonly mute?: boolean | undefined;
  readonly onStarted?: ((index: number) => void) | undefined;
  readonly onFinished?: ((index: number, result: CommandResult) => void) | undefined;
}

/** What is known of one command so far. */
interface Told {
  id: number;
  shown: string;
  finished: boolean;
  readonly streams: Map<"stdout" | "stderr", { push(text: string): string; flush(): string }>;
}

/** Turns what a transport tells about commands into events of the run: redacted, started before finished, each once. */
export function createCommandReport(host: HostRun, commands: readonly Command[], options: CommandReportOptions) {
  const { voice, id: hostId } = host;
  const told: (Told | undefined)[] = commands.map(() => undefined);
  const common = (index: number) => ({ host: hostId, task: options.taskOf(index) });

  const start = (index: number, command: Command): Told => {
    const known = told[index];
    if (known !== undefined) return known;
    options.onStarted?.(index);
    const made: Told = { id: voice.nextId(), shown: voice.redact(displayCommand(command)), finished: false, streams: new Map() };
    told[index] = made;
    const titled = command.title === undefined ? undefined : true;
    const quiet = command.quiet === true;
    voice.emit({ kind: "commandStarted", id: made.id, ...common(index), command: made.shown, titled, quiet });
    return made;
  };
  const say = (index: number, command: Command, { id }: Told, stream: "stdout" | "stderr", text: string): void => {
    const quiet = command.quiet === true || command.quiet === "output";
    if (text !== "") voice.emit({ kind: "commandOutput", id, ...common(index), stream, text, quiet });
  };
  const finish = (index: number, command: Command, result: CommandResult): void => {
    const one = start(index, command);
    if (one.finished) return;
    one.finished = true;
    for (const [stream, redacted] of one.streams) say(index, command, one, stream, redacted.flush());
    const { status, exitCode, signal, duration } = result;
    const quiet = command.quiet === true;
    const { id, shown } = one;
    voice.emit({ kind: "commandFinished", id, ...common(index), command: shown, status, exitCode, signal, duration, quiet });
    options.onFinished?.(index, result);
  };
  return {
    hasStarted: (index: number): boolean => told[index] !== undefined,
    on(index: number, event: CommandEvent): void {
      const command = commands[index];
      if (command === undefined || told[index]?.finished === true) return;
      if (event.kind === "started") start(index, command);
      else if (event.kind === "finished") {
        if (event.result.status !== "skipped") finish(index, command, event.result);
      } else if (options.mute !== true) {
        const one = start(index, command);
        const redacted = one.streams.get(event.stream) ?? voice.redactor.stream();
        one.streams.set(event.stream, redacted);
        say(index, command, one, event.stream, redacted.push(event.text));
      }
    },
    /** Says what the transport left out, when the results are there. */
    settle(results: readonly CommandResult[]): void {
      for (const [index, result] of results.entries()) {
        if (told[index] !== undefined || result.status !== "skipped") finish(index, commands[index] ?? result.command, result);
      }
    },
  };
}

/** What is told of commands: events while they run, an error when one fails. */
import type { Command } from "../../command/command.ts";
import { displayCommand } from "../../command/compose.ts";
import type { Redactor } from "../../command/redact.ts";
import { REDACTED } from "../../command/secret-matcher.ts";
import { CommandError } from "../../command-failure.ts";
import { FakeError, InterruptedError } from "../../errors.ts";
import { isAccepted } from "../../transport/command-result.ts";
import type { CommandEvent, CommandResult } from "../../transport/transport.ts";
import type { HostRun } from "./host-run.ts";

/** Characters of stdout and of stderr that an error keeps. */
const TAIL = 8 * 1024;

/** More than what is kept, so that a secret at its edge is seen whole. */
const TAIL_TO_REDACT = 4 * TAIL;

export interface CommandReportOptions {
  /** Name of the task that the commands belong to, or of each command's task. */
  readonly task: string | readonly string[];
  /** Output is a file's content: kept out of the events. @default false */
  readonly mute?: boolean | undefined;
  readonly onStarted?: ((index: number) => Promise<void> | void) | undefined;
  /** Hears under which number, and as what, a command is told. */
  readonly onTold?: ((id: number, command: string) => void) | undefined;
  readonly onFinished?: ((index: number, result: CommandResult) => Promise<void> | void) | undefined;
  /** Takes what is to be told, in order. @default it is told at once */
  readonly tell?: ((step: () => Promise<void> | void) => void) | undefined;
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
  const { task, mute, onStarted, onTold, onFinished, tell = (step) => void step() } = options;
  const told: Told[] = [];

  const emit: typeof events.emit = (event) => tell(() => events.emit(event));
  const start = (index: number): Told => {
    const command = commands[index] as Command;
    if (told[index] !== undefined) return told[index];
    tell(() => onStarted?.(index));
    const about = { id: events.nextId(), host, task: typeof task === "string" ? task : (task[index] ?? "") };
    const made = { about, shown: events.redact(displayCommand(command)), streams: new Map(), finished: false };
    told[index] = made;
    const titled = command.title === undefined ? undefined : true;
    emit({ kind: "commandStarted", ...about, command: made.shown, titled, quiet: command.quiet === true });
    onTold?.(about.id, made.shown);
    return made;
  };
  const say = (index: number, stream: "stdout" | "stderr", text: string): void => {
    const quiet = commands[index]?.quiet === true || commands[index]?.quiet === "output";
    if (text !== "") emit({ kind: "commandOutput", ...start(index).about, stream, text, quiet });
  };
  const finish = (index: number, result: CommandResult): void => {
    const one = start(index);
    if (one.finished) return;
    one.finished = true;
    for (const [stream, redacted] of one.streams) say(index, stream, redacted.flush());
    const { status, exitCode, signal, duration } = result;
    const quiet = commands[index]?.quiet === true;
    emit({ kind: "commandFinished", ...one.about, command: one.shown, status, exitCode, signal, duration, quiet });
    tell(() => onFinished?.(index, result));
  };
  return {
    emit,
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

/** The error that a failed command is thrown as: redacted, with the end of what it printed. */
export function toCommandError(result: CommandResult, { id: host, events }: Pick<HostRun, "id" | "events">): CommandError {
  const { redactor } = events;
  const { status } = result;
  return new CommandError(
    {
      host,
      command: redactor.redact(displayCommand(result.command)),
      titled: result.command.title !== undefined,
      exitCode: result.exitCode,
      signal: result.signal ?? (status === "killed" ? "a signal" : undefined),
      timedOut: status === "timed-out",
      killed: status === "killed",
      unknown: status === "unknown",
      stdout: tail(result.stdout, result.truncated, redactor),
      stderr: tail(result.stderr, result.truncated, redactor),
    },
    // Its input or the sink of its output failed: the exit code says nothing then.
    { cause: result.cause, hint: hintOf(result), where: result.command.where },
  );
}

function hintOf({ status, cause, command: { timeout } }: CommandResult): string | undefined {
  if (status !== "timed-out" || timeout === undefined) return status === "failed" ? cause?.message : undefined;
  const limit = typeof timeout === "number" ? `${timeout} ms` : timeout;
  return `It may take ${limit}, which is its \`timeout\`, or else the setting \`commandTimeout\`.`;
}

/** Why the host did not run a command: what the connection held is gone. */
export function findHoldLost({ cause }: CommandResult): FakeError | undefined {
  return cause instanceof FakeError && cause.code === "HOLD_LOST" ? cause : undefined;
}

/** What a result that is a failure fails its task with: a command that only waited was ended as the run was told to stop. */
export function toFailure(result: CommandResult, host: HostRun): Error {
  const { cause } = result;
  return findHoldLost(result) ?? (cause instanceof InterruptedError ? cause : toCommandError(result, host));
}

/** @throws CommandError for the first result that is a failure; FakeError `HOLD_LOST` where that was not run; InterruptedError */
export function throwOnFailure(results: readonly CommandResult[], host: HostRun): void {
  for (const result of results) if (!isAccepted(result)) throw toFailure(result, host);
}

function tail(text: string, truncated: boolean, redactor: Redactor): string {
  const end = text.slice(-TAIL_TO_REDACT);
  const redacted = redactor.redact(end);
  const isCut = truncated || end.length < text.length;
  const whole = isCut ? withoutBeginning(redacted, redactor.longest) : redacted;
  if (whole.length <= TAIL) return whole;
  const cut = whole.slice(-TAIL);
  const line = cut.indexOf("\n");
  return line === -1 || line === cut.length - 1 ? cut : cut.slice(line + 1);
}

/**
 * Text that was cut may begin in the middle of a secret, which nobody recognises: up to the next one that is whole. Where that
 * part is not shown anyway.
 */
function withoutBeginning(text: string, longest: number): string {
  if (text.length > TAIL + longest) return text;
  const next = text.indexOf(REDACTED);
  return text.slice(next === -1 ? longest : next);
}

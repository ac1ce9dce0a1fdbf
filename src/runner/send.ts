import { setImmediate } from "node:timers/promises";
import type { Command } from "../command/command.ts";
import { Secret } from "../command/secret.ts";
import { toError } from "../errors.ts";
import { isAccepted, skippedResult } from "../transport/command-result.ts";
import type { CommandEvent, CommandResult, Connection, FlightOptions } from "../transport/transport.ts";
import { createCommandReport } from "./command-report.ts";
import type { Running } from "./running.ts";
import { tryAgain } from "./second-try.ts";
import type { Session } from "./session.ts";

export interface SendOptions {
  /** Name of the task that a command belongs to, by its place. */
  readonly taskOf: (index: number) => string;
  /** Aborting kills what runs. */
  readonly signal: AbortSignal;
  readonly onStarted?: ((index: number) => void) | undefined;
  readonly onFinished?: ((index: number, result: CommandResult) => void) | undefined;
  /** Raw stdout goes here: only for one command alone. */
  readonly stdout?: NodeJS.WritableStream | undefined;
  /** Output is a file's content: kept out of the events. @default false */
  readonly mute?: boolean | undefined;
}

/**
 * Sends commands to one machine, in as few round trips as they allow, in order, stopping at the first failure.
 * Tells what happens as events, redacted. @returns one result for each command
 * @throws ConnectError when the machine cannot be reached: nothing was sent
 */
export async function sendCommands(
  running: Running,
  session: Session,
  commands: readonly Command[],
  options: SendOptions,
): Promise<readonly CommandResult[]> {
  if (options.signal.aborted) throw options.signal.reason;
  for (const command of commands) registerSecrets(running, command);
  session.touched = true;
  await session.connection(options.signal);
  const results: CommandResult[] = [];
  for (const piece of toPieces(commands, options.stdout !== undefined)) {
    const goesOn = results.every(isAccepted);
    results.push(...(goesOn ? await sendPiece(running, session, piece, results.length, options) : piece.map(skippedResult)));
    // Skipped without a failure before: it was ended before it could be sent.
    if (results.find((result) => !isAccepted(result))?.status === "skipped")
      throw options.signal.reason ?? new Error("The commands were not sent.");
  }
  if (results.some(({ status }) => status === "unknown")) {
    session.unknown = true;
    // Lets the connection say that it is gone before anyone sends something else over it.
    await setImmediate();
  }
  return results;
}

async function sendPiece(
  running: Running,
  session: Session,
  piece: readonly Command[],
  offset: number,
  options: SendOptions,
): Promise<readonly CommandResult[]> {
  const reports = piece.map((command, index) =>
    createCommandReport(running, {
      command,
      host: session.id,
      task: options.taskOf(offset + index),
      mute: options.mute ?? false,
      onStarted: () => options.onStarted?.(offset + index),
      onFinished: (result) => options.onFinished?.(offset + index, result),
    }),
  );
  const { signal, stdout } = options;
  const send = async (connection: Connection, from: number, to: number): Promise<readonly CommandResult[]> => {
    const commands = piece.slice(from, to);
    // What nobody knows may still be found out: it is told when it is settled.
    const onEvent = (event: CommandEvent): void => {
      if (event.kind !== "finished" || event.result.status !== "unknown") reports[from + event.index]?.on(event);
    };
    const flight: FlightOptions = { signal, onEvent, sudoPassword: sudoPasswordOf(running, session) };
    const [first] = commands;
    try {
      const alone = first !== undefined && commands.length === 1 && (stdout !== undefined || needsChannel(first));
      return alone ? [await connection.exec(first, { ...flight, stdout })] : await connection.flight(commands, flight);
    } catch (error) {
      // What is thrown before anything started was not sent. After that nobody knows.
      if (!reports.slice(from, to).some((report) => report.started)) throw error;
      const cause = toError(error);
      return commands.map((command, at) =>
        reports[from + at]?.started === true ? { ...skippedResult(command), status: "unknown", cause } : skippedResult(command),
      );
    }
  };
  const since = running.deps.now();
  const sent = await send(await session.connection(signal), 0, piece.length);
  noteHeld(session, sent);
  const results = stdout === undefined ? await tryAgain({ session, commands: piece, results: sent, signal, send }) : sent;
  noteHeld(session, results);
  for (const [index, report] of reports.entries()) report.settle(results[index] ?? skippedResult(piece[index] as Command));
  const duration = running.deps.now() - since;
  running.emit({ kind: "flightFinished", host: session.id, commands: piece.length, duration });
  return results;
}

function noteHeld(session: Session, results: readonly CommandResult[]): void {
  for (const { command, status } of results) {
    if (command.hold !== undefined && status === "ok") session.held = command.hold === false ? undefined : command;
  }
}

/** Neighbours that may share a flight; a command with stdin or a terminal stands alone. */
function toPieces(commands: readonly Command[], alone: boolean): Command[][] {
  const pieces: Command[][] = [];
  let open: Command[] | undefined;
  for (const command of commands) {
    if (alone || needsChannel(command)) {
      pieces.push([command]);
      open = undefined;
    } else if (open === undefined) {
      open = [command];
      pieces.push(open);
    } else open.push(command);
  }
  return pieces;
}

function needsChannel(command: Command): boolean {
  return command.stdin !== undefined || command.pty === true;
}

/** Only where the setting `sudoPassword` says that sudo may want one: each such command takes a channel of its own. */
function sudoPasswordOf({ deps: { options, redactor } }: Running, { env }: Session): FlightOptions["sudoPassword"] {
  if (!env.reader.has("sudoPassword")) return undefined;
  return async () => {
    const value: unknown = await env.get("sudoPassword");
    const password = value === true ? await options.sudoPassword?.() : value;
    if (!(password instanceof Secret)) return undefined;
    redactor.add(password);
    return password;
  };
}

function registerSecrets(running: Running, command: Command): void {
  const { redactor } = running.deps;
  if (command.stdin instanceof Secret) redactor.add(command.stdin);
  for (const value of Object.values(command.vars ?? {})) if (value instanceof Secret) redactor.add(value);
}

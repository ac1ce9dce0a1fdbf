/**
 * Runs a flight, or one command with its own input: writes the script, feeds the input, parses what comes, ends the process
 * group when it must, and lets the channel go, or gives it back for the next flight.
 *
 *   await driveFlight(channel, commands, options)     on a channel that runs SHELL
 *   await driveExec(channel, command, options)        on a channel that runs LOADER_SCRIPT, or PTY_LOADER_SCRIPT with `command.pty`
 */
import type { Command } from "../../command/command.ts";
import { type ChannelScript, compose, composeForChannel, composeWithSudoPassword } from "../../command/compose.ts";
import { parseDuration } from "../../command/duration.ts";
import type { Secret } from "../../command/secret.ts";
import { skippedResult } from "../command-result.ts";
import type { CommandResult, ExecOptions, FlightOptions } from "../transport.ts";
import type { ShellChannel } from "./channel.ts";
import type { Holding } from "./holding.ts";
import { feedInput } from "./input.ts";
import { endGroup } from "./kill.ts";
import { createFlightParser, type FlightParser } from "./parser.ts";
import type { FlightParserOptions } from "./parser-options.ts";
import { createReadyGate } from "./ready-gate.ts";
import { createMarker, GUARDED_PRELUDE, PTY_READY, sayBegun, writeExec, writeFlight } from "./script.ts";
import { createSink } from "./sink.ts";

export interface DriveOptions {
  /** What was printed outside of all commands. */
  readonly onNoise?: FlightParserOptions["onNoise"];
  /** Milliseconds between SIGTERM and SIGKILL. @default 5000 */
  readonly grace?: number | undefined;
  /** Milliseconds, monotonic. */
  readonly now?: (() => number) | undefined;
  /** What the connection holds. */
  readonly holding: Holding;
}

/** A channel is asked for when the script is ready: text that cannot be sent opens none. */
export type OpenChannel = () => ShellChannel | Promise<ShellChannel>;

/** @throws UsageError for commands that cannot be written; what `open` throws. */
export async function driveFlight(
  open: OpenChannel,
  commands: readonly Command[],
  options: FlightOptions & DriveOptions,
): Promise<readonly CommandResult[]> {
  const marker = createMarker();
  const timeouts = commands.map(findTimeout);
  const texts = commands.map((command) => ({ ...command, text: compose(command) }));
  if (options.signal?.aborted === true || commands.length === 0) return commands.map(skippedResult);
  const channel = await open();
  const { session } = channel;
  const lead = options.holding.lead(channel.stdin, commands, session !== undefined);
  const { parser, detach } = listen(channel, { commands, timeouts, marker, ...options });
  if (session === undefined) channel.stdin.write(GUARDED_PRELUDE + writeFlight(texts, marker, { guarded: true, lead }));
  else session.send(writeFlight(texts, marker, { stays: true, lead }));
  const results = await parser.results;
  options.holding.learn(channel.stdin, results);
  detach();
  if (session !== undefined && parser.stays) session.park();
  else channel.release();
  return results;
}

/** @throws UsageError for a command that cannot be written; what `open` throws. */
export async function driveExec(
  open: OpenChannel,
  command: Command,
  options: ExecOptions & DriveOptions,
): Promise<CommandResult> {
  const marker = createMarker();
  const timeouts = [findTimeout(command)];
  const script = await composeExec(command, options.sudoPassword, sayBegun(marker));
  const terminal = command.pty === true;
  if (options.signal?.aborted === true) return skippedResult(command);
  const channel = await open();
  const lead = options.holding.lead(channel.stdin, [command], false);
  const saysBegun = command.user !== undefined;
  const payload = writeExec(script.text, marker, { terminal, saysBegun, lead, hold: command.hold }) + script.input;
  const sink = options.stdout === undefined ? undefined : createSink(options.stdout, channel.stdout);
  const feed = (): void =>
    feedInput(channel.stdin, command.stdin, { terminal, onError: (cause) => parser.stop({ status: "failed", cause }) });
  const { parser, detach } = listen(channel, {
    commands: [command],
    timeouts,
    marker,
    ...options,
    merged: terminal,
    sink: sink?.write,
    onStopped: () => sink?.discard(),
    onBegun: feed,
    ready: terminal ? () => channel.stdin.write(payload) : undefined,
  });
  sink?.onError((cause) => parser.stop({ status: "failed", cause }));
  if (!terminal) {
    channel.stdin.write(payload);
    feed();
  }
  const results = await parser.results;
  options.holding.learn(channel.stdin, results);
  const [result] = results;
  detach();
  channel.release();
  sink?.close();
  return result ?? skippedResult(command);
}

type ListenOptions = Omit<FlightParserOptions, "kill"> &
  DriveOptions & { readonly onStopped?: () => void; readonly ready?: (() => void) | undefined };

interface Listening {
  readonly parser: FlightParser;
  /** Leaves the streams to the next flight. A channel may be there for longer than its run: nothing of the run stays with it. */
  detach(): void;
}

/** The reason why streams failed comes with `closed`. */
const onFailure = (): void => undefined;

function listen(channel: ShellChannel, options: ListenOptions): Listening {
  const parser = createFlightParser({
    ...options,
    kill: (request) => {
      options.onStopped?.();
      return endGroup(channel, parser.results, request, options.grace);
    },
  });
  const gate = options.ready === undefined ? undefined : createReadyGate(PTY_READY, options.ready);
  const onOutput = (chunk: Buffer): void => parser.push("stdout", gate === undefined ? chunk : gate(chunk));
  const onErrors = (chunk: Buffer): void => parser.push("stderr", chunk);
  const streams = [channel.stdin, channel.stdout, channel.stderr];
  channel.stdout.on("data", onOutput);
  channel.stderr?.on("data", onErrors);
  for (const stream of streams) if (stream?.listeners("error").includes(onFailure) === false) stream.on("error", onFailure);
  const forget = closeWith(channel, parser);
  return {
    parser,
    detach() {
      channel.stdout.off("data", onOutput);
      channel.stderr?.off("data", onErrors);
      forget();
    },
  };
}

/** In a scope of its own: what waits for the channel's end keeps all that is in its scope. */
function closeWith(channel: ShellChannel, parser: FlightParser): () => void {
  let current: FlightParser | undefined = parser;
  channel.closed.then((error) => current?.close(error));
  return () => {
    current = undefined;
  };
}

async function composeExec(command: Command, sudoPassword: FlightOptions["sudoPassword"], begun: string): Promise<ChannelScript> {
  const password: Secret | undefined = command.user === undefined ? undefined : await sudoPassword?.();
  return password === undefined ? composeForChannel(command, begun) : composeWithSudoPassword(command, password, begun);
}

/** @throws UsageError when its text, its context or its options cannot be written. */
export function checkCommand(command: Command): void {
  compose(command);
  findTimeout(command);
}

function findTimeout(command: Command): number | undefined {
  return command.timeout === undefined ? undefined : parseDuration(command.timeout);
}

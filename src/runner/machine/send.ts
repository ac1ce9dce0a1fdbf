import { setImmediate } from "node:timers/promises";
import type { Command } from "../../command/command.ts";
import { Secret } from "../../command/secret.ts";
import { toError } from "../../errors.ts";
import { isAccepted, skippedResult, unknownResult } from "../../transport/command-result.ts";
import type { CommandEvent, CommandResult, Connection, FlightOptions } from "../../transport/transport.ts";
import { type CommandReportOptions, createCommandReport } from "./command-report.ts";
import type { HostRun } from "./host-run.ts";
import { tryAgain } from "./try-again.ts";

export interface SendOptions extends CommandReportOptions {
  /** Aborting kills what runs. */
  readonly signal: AbortSignal;
  /** Raw stdout goes here: only for one command alone. */
  readonly stdout?: NodeJS.WritableStream | undefined;
}

/**
 * Sends commands to one machine, in as few round trips as they allow, in order, stopping at the first failure.
 * Tells what happens as events, redacted. @returns one result for each command
 * @throws ConnectError when the machine cannot be reached: nothing was sent
 */
export async function sendCommands(
  host: HostRun,
  commands: readonly Command[],
  options: SendOptions,
): Promise<readonly CommandResult[]> {
  const { events } = host;
  const { signal, stdout } = options;
  signal.throwIfAborted();
  registerSecrets(host, commands);
  host.touched = true;
  const opened = await host.connection(signal);
  const report = createCommandReport(host, commands, options);
  const flight: FlightOptions = { signal, sudoPassword: sudoPasswordOf(host, commands) };
  const send = async (connection: Connection, from: number, to: number): Promise<readonly CommandResult[]> => {
    const part = commands.slice(from, to);
    // What nobody knows may still be found out: the outcome is told when all are settled.
    const onEvent = (event: CommandEvent): void => {
      if (event.kind !== "finished" || event.result.status !== "unknown") report.on(from + event.index, event);
    };
    try {
      if (stdout === undefined) return await connection.flight(part, { ...flight, onEvent });
      return [await connection.exec(part[0] as Command, { ...flight, onEvent, stdout })];
    } catch (error) {
      // What is thrown before anything started was not sent. After that nobody knows.
      if (!part.some((_, at) => report.hasStarted(from + at))) throw error;
      const cause = toError(error);
      return part.map((command, at) => (report.hasStarted(from + at) ? unknownResult(command, cause) : skippedResult(command)));
    }
  };
  const since = events.now();
  host.underWay += 1;
  try {
    const sent = await send(opened, 0, commands.length);
    const isLost = noteOutcome(host, sent);
    const results = isLost && stdout === undefined ? await tryAgain({ host, commands, results: sent, signal, send }) : sent;
    const isUnknown = isLost && noteOutcome(host, results);
    report.settle(results);
    events.emit({ kind: "flightFinished", host: host.id, commands: commands.length, duration: events.now() - since });
    // Skipped without a failure before: ended before anything could be sent.
    if (results.find((result) => !isAccepted(result))?.status === "skipped")
      throw signal.reason ?? new Error("The commands were not sent.");
    if (isUnknown) {
      host.unknown = true;
      // A connection that is gone says so before anyone sends something else over it.
      await setImmediate();
    }
    return results;
  } finally {
    host.underWay -= 1;
  }
}

/** Keeps what is held now. @returns true when the outcome of one is not known */
function noteOutcome(host: HostRun, results: readonly CommandResult[]): boolean {
  let isUnknown = false;
  for (const { command, status } of results) {
    if (status === "unknown") isUnknown = true;
    if (command.hold === undefined || status !== "ok" || host.machine === undefined) continue;
    host.holds = command.hold !== false;
    host.machine.held = host.holds ? command : undefined;
  }
  return isUnknown;
}

/** Only where the setting `sudoPassword` says that sudo may want one: each such command takes a channel of its own. */
function sudoPasswordOf(
  { given: { env, events, sudoPassword } }: HostRun,
  commands: readonly Command[],
): FlightOptions["sudoPassword"] {
  if (commands.every(({ user }) => user === undefined) || !env.reader.has("sudoPassword")) return undefined;
  return async () => {
    const value: unknown = await env.get("sudoPassword");
    const password = value === true ? await sudoPassword?.() : value;
    if (!(password instanceof Secret)) return undefined;
    events.redactor.add(password);
    return password;
  };
}

function registerSecrets({ events }: HostRun, commands: readonly Command[]): void {
  for (const { stdin, vars = {} } of commands)
    for (const value of [stdin, ...Object.values(vars)]) if (value instanceof Secret) events.redactor.add(value);
}

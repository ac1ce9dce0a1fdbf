import { setImmediate } from "node:timers/promises";
import type { Command } from "../../command/command.ts";
import { Secret } from "../../command/secret.ts";
import { toError, UsageError } from "../../errors.ts";
import { isAccepted, skippedResult, unknownResult } from "../../transport/command-result.ts";
import type { CommandEvent, CommandResult, Connection, FlightOptions } from "../../transport/transport.ts";
import { onAbort } from "../../wait.ts";
import { type CommandReportOptions, createCommandReport, findHoldLost } from "./command-report.ts";
import { withDefaults } from "./host-defaults.ts";
import type { HostRun } from "./host-run.ts";
import { findMissingProgram } from "./missing-program.ts";

export interface SendOptions extends CommandReportOptions {
  /** Aborting kills what runs. */
  readonly signal: AbortSignal;
  /** Aborting ends a command that only waits (`idle`), as soon as it is its turn. @default nothing does */
  readonly waitsUntil?: AbortSignal | undefined;
  /** Hears what comes on stderr, as it comes. */
  readonly onStderr?: ((text: string) => void) | undefined;
  /** Raw stdout goes here: only for one command alone. */
  readonly stdout?: NodeJS.WritableStream | undefined;
}

/** Sends the commands between two places of the list. */
type SendPart = (connection: Connection, from: number, to: number) => Promise<readonly CommandResult[]>;

/**
 * Sends commands to one machine, in as few round trips as they allow, in order, stopping at the first failure.
 * Tells what happens as events, redacted. @returns one result for each command
 * @throws ConnectError when the machine cannot be reached: nothing was sent; FakeError `HOLD_LOST` when what the run held there was gone
 * before, but for commands that let go of it
 */
export async function sendCommands(
  host: HostRun,
  given: readonly Command[],
  options: SendOptions,
): Promise<readonly CommandResult[]> {
  const { events } = host;
  const { stdout } = options;
  options.signal.throwIfAborted();
  const prepared = await withDefaults(host, given);
  if (host.gone !== undefined && prepared.some(({ hold }) => hold !== false)) throw host.gone;
  const commands = protectSecrets(host, prepared);
  host.touched = true;
  const waits = watchWaits(commands, options);
  const { signal } = waits;
  const opened = await host.connection(signal).catch((error: unknown) => {
    waits.end();
    throw error;
  });
  const { onStarted, onFinished } = waits;
  const report = createCommandReport(host, commands, { ...options, onStarted, onFinished });
  const flight: FlightOptions = { signal, becomePassword: becomePasswordOf(host) };
  const send: SendPart = async (connection, from, to) => {
    const part = commands.slice(from, to);
    const onEvent = (event: CommandEvent): void => {
      if (event.kind === "output" && event.stream === "stderr") options.onStderr?.(event.text);
      if (event.kind !== "finished" || !isUnsettled(event.result)) report.on(from + event.index, event);
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
    const known = isLost && stdout === undefined ? await tryAgain(host, sent, signal, send) : sent;
    const judged = known.map(waits.judge);
    const results = await Promise.all(
      judged.map((result) => (isAccepted(result) ? result : findMissingProgram(opened, result, signal))),
    );
    const isUnknown = isLost && noteOutcome(host, results);
    report.settle(results);
    report.emit({ kind: "flightFinished", host: host.id, commands: commands.length, duration: events.now() - since });
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
    waits.end();
    host.underWay -= 1;
  }
}

/** What ends commands in the middle: `signal`, and for one that only waits `waitsUntil`, also on the way to the host. */
function watchWaits(commands: readonly Command[], { signal, waitsUntil, onStarted, onFinished }: SendOptions) {
  const judge = (result: CommandResult): CommandResult => result;
  if (waitsUntil === undefined || !commands.some(({ idle }) => idle === true))
    return { signal, onStarted, onFinished, judge, end() {} };
  const over = new AbortController();
  let isWaiting = commands[0]?.idle === true;
  const look = (): void => {
    if (isWaiting && waitsUntil.aborted) over.abort(waitsUntil.reason);
  };
  /** What was told to end has not failed. */
  const judgeWaits = (result: CommandResult): CommandResult =>
    over.signal.aborted && result.command.idle === true && !isAccepted(result) ? { ...result, cause: waitsUntil.reason } : result;
  return {
    signal: AbortSignal.any([signal, over.signal]),
    onStarted(index: number): Promise<void> | void {
      isWaiting = commands[index]?.idle === true;
      look();
      return onStarted?.(index);
    },
    onFinished: (index: number, result: CommandResult) => onFinished?.(index, judgeWaits(result)),
    judge: judgeWaits,
    end: onAbort(waitsUntil, look),
  };
}

/**
 * Connects again where a link was lost and all commands that are open say what to do then: asks the host what became of them,
 * and runs again what may be. Where one of them is for a person to judge, none is touched: what came of half of them would
 * be harder to judge. @returns the results, as far as they are known now
 */
async function tryAgain(
  host: HostRun,
  lost: readonly CommandResult[],
  signal: AbortSignal,
  send: SendPart,
): Promise<readonly CommandResult[]> {
  // Lets the connection say that it is gone.
  await setImmediate();
  if (!host.broken || signal.aborted || !lost.filter(isOpen).every(canBeTriedAgain)) return lost;
  const connection = await host.connection(signal).catch(() => undefined);
  // The host knows why, and so will whoever asks for it next.
  if (connection === undefined) return lost;
  const known = lost.slice(0, lost.findIndex(isOpen));
  for (let open = lost[known.length]; open !== undefined; open = lost[known.length]) {
    const at = known.length;
    const outcome = isOpen(open) ? await ask(connection, open.command, signal) : undefined;
    // Those that need not be asked about travel together.
    const next = lost.findIndex((one, index) => index > at && isOpen(one) && one.command.ifLost !== "repeat");
    if (outcome !== undefined) known.push(outcome);
    else known.push(...(await send(connection, at, next === -1 ? lost.length : next)));
    if (!known.slice(at).every(isAccepted)) break;
  }
  return [...known, ...lost.slice(known.length).map(({ command }) => skippedResult(command))];
}

function isOpen({ status }: CommandResult): boolean {
  return status === "unknown";
}

/** Input that was read from a stream is gone. */
function canBeTriedAgain({ command: { ifLost, stdin } }: CommandResult): boolean {
  return ifLost !== undefined && (typeof stdin !== "object" || !("pipe" in stdin));
}

/** What the host says of a command that may have run. Undefined: not run, or that does not matter. */
async function ask(connection: Connection, command: Command, signal: AbortSignal): Promise<CommandResult | undefined> {
  if (typeof command.ifLost !== "object") return undefined;
  const { done } = command.ifLost;
  const question: Command = { ...command, text: done, quiet: true, stdin: undefined, pty: undefined, keepText: false };
  const [answer] = await connection.flight([question], { signal });
  if (answer?.exitCode === 1) return undefined;
  const { status, exitCode, duration = 0, cause } = answer ?? skippedResult(command);
  return {
    ...skippedResult(command),
    status: exitCode === 0 ? status : "unknown",
    exitCode: exitCode === 0 ? 0 : undefined,
    duration,
    cause,
  };
}

/** What nobody knows, and where a program is that was not found, may still be found out: the outcome is told when all are settled. */
function isUnsettled(result: CommandResult): boolean {
  return result.status === "unknown" || (result.exitCode === 127 && !isAccepted(result));
}

/** Keeps what is held now. @returns true when the outcome of one is not known */
function noteOutcome(host: HostRun, results: readonly CommandResult[]): boolean {
  let isUnknown = false;
  for (const result of results) {
    const { command, status } = result;
    host.gone ??= findHoldLost(result);
    if (status === "unknown") isUnknown = true;
    if (command.hold === undefined || status !== "ok" || host.machine === undefined) continue;
    host.holds = command.hold !== false;
    host.machine.held = host.holds ? command : undefined;
  }
  return isUnknown;
}

/** Only where a setting says that a password may be wanted: each such command takes a channel of its own. */
export function becomePasswordOf({ id, given }: HostRun): FlightOptions["becomePassword"] {
  const { env, events, becomePassword } = given;
  return ({ user, becomeMethod: method = "sudo" }) => {
    const key = `${method}Password`;
    // doas takes none.
    if (user === undefined || method === "doas" || !env.reader.has(key)) return undefined;
    return async () => {
      const value: unknown = await env.get(key);
      if (value === true && becomePassword === undefined)
        throw new UsageError("NO_TERMINAL", `There is nobody to ask for ${key}, to run as ${user} on ${id}.`, {
          hint: `Run it in a terminal, or let ${key} be a secret: ${key}: secret(process.env.NAME).`,
        });
      const password = value === true ? await becomePassword?.({ method, user, host: id }) : value;
      if (!(password instanceof Secret)) return undefined;
      // Each login that fails is counted on the host.
      if (password.reveal() === "") throw new UsageError("NO_PASSWORD", `${key}, to run as ${user} on ${id}, is empty.`);
      events.redactor.add(password);
      return password;
    };
  };
}

/**
 * Registers the secrets of the commands. Where one of them has a secret in it, as a setting's value or out of `reveal()`, no host keeps anything of
 * them: what is not kept is in a variable of the shell while they run, where the other commands could see it.
 */
function protectSecrets(host: HostRun, commands: readonly Command[]): readonly Command[] {
  let keeps = false;
  let isSecret = false;
  for (const { stdin, vars = {}, keepText } of commands) {
    keeps ||= keepText === true;
    for (const value of [stdin, ...Object.values(vars)]) {
      if (!(value instanceof Secret)) continue;
      host.events.redactor.add(value);
      isSecret = true;
    }
  }
  if (!keeps || !(isSecret || commands.some((command) => hasSecretText(host, command)))) return commands;
  return commands.map((command) => (command.keepText === true ? { ...command, keepText: false } : command));
}

function hasSecretText({ events }: HostRun, { text, cwd = "", vars = {}, prefixes = [] }: Command): boolean {
  const isSecret = (sent: unknown): boolean => typeof sent === "string" && events.redact(sent) !== sent;
  return isSecret(text) || isSecret(cwd) || prefixes.some(isSecret) || Object.values(vars).some(isSecret);
}

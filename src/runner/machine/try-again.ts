import { setImmediate } from "node:timers/promises";
import type { Command } from "../../command/command.ts";
import { isAccepted, skippedResult } from "../../transport/command-result.ts";
import type { CommandResult, Connection } from "../../transport/transport.ts";
import type { HostRun } from "./host-run.ts";

interface LostFlight {
  readonly host: HostRun;
  readonly commands: readonly Command[];
  /** As the lost link left them: those that nobody knows of are `unknown`. */
  readonly results: readonly CommandResult[];
  readonly signal: AbortSignal;
  /** Sends the commands between two places of the list. */
  readonly send: (connection: Connection, from: number, to: number) => Promise<readonly CommandResult[]>;
}

/**
 * Connects again where a link was lost and all commands that are open say what to do then: asks the host what became of them,
 * and runs again what may be. Where one of them is for a person to judge, none is touched: what came of half of them would
 * be harder to judge. @returns the results, as far as they are known now
 */
export async function tryAgain({ host, commands, results, signal, send }: LostFlight): Promise<readonly CommandResult[]> {
  const first = results.findIndex(({ status }) => status === "unknown");
  if (first === -1) return results;
  // Lets the connection say that it is gone.
  await setImmediate();
  const isOpen = (index: number): boolean => results[index]?.status === "unknown";
  if (!host.broken || signal.aborted || !commands.every((command, at) => !isOpen(at) || canBeTriedAgain(command))) return results;
  const connection = await host.connection(signal).catch(() => undefined);
  // The host knows why, and so will whoever asks for it next.
  if (connection === undefined) return results;
  const isAsked = ({ ifLost }: Command, index: number): boolean => isOpen(index) && ifLost !== "repeat";
  const known = results.slice(0, first);
  while (known.length < commands.length) {
    const at = known.length;
    const outcome = isOpen(at) ? await ask(connection, commands[at] as Command, signal) : undefined;
    // Those that need not be asked about travel together.
    const next = commands.findIndex((command, index) => index > at && isAsked(command, index));
    if (outcome !== undefined) known.push(outcome);
    else known.push(...(await send(connection, at, next === -1 ? commands.length : next)));
    if (!known.slice(at).every(isAccepted)) break;
  }
  return [...known, ...commands.slice(known.length).map(skippedResult)];
}

/** Input that was read from a stream is gone. */
function canBeTriedAgain({ ifLost, stdin }: Command): boolean {
  return ifLost !== undefined && (typeof stdin !== "object" || !("pipe" in stdin));
}

/** What the host says of a command that may have run. Undefined: not run, or that does not matter. */
async function ask(connection: Connection, command: Command, signal: AbortSignal): Promise<CommandResult | undefined> {
  if (typeof command.ifLost !== "object") return undefined;
  const question: Command = { ...command, text: command.ifLost.done, quiet: true, stdin: undefined, pty: undefined };
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

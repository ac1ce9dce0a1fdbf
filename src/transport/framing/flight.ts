import type { Command } from "../../command/command.ts";
import { compose } from "../../command/compose.ts";
import { skippedResult } from "../command-result.ts";
import type { CommandResult, FlightOptions } from "../transport.ts";
import type { Holding } from "./holding.ts";
import { endGroup } from "./kill.ts";
import { FlightParser } from "./parser.ts";
import type { FlightParserOptions } from "./parser-options.ts";
import type { ProcessSource } from "./process-source.ts";
import { createMarker, GUARDED_PRELUDE, type ScriptCommand, writeFlight } from "./script.ts";
import type { Started } from "./started.ts";

/** What all that runs on a connection shares. */
export interface ConnectionParts {
  readonly source: ProcessSource;
  /** What the connection holds. */
  readonly holding: Holding;
  /** What was printed outside of all commands. */
  readonly onNoise?: FlightParserOptions["onNoise"];
  /** Milliseconds between SIGTERM and SIGKILL. @default 5000 */
  readonly grace?: number | undefined;
}

/**
 * Runs commands that need no input on a shell for flights: writes the script, parses what comes, ends the process group when it
 * must, and gives the shell back.
 * @throws UsageError for commands that cannot be written; what `source` throws
 */
export async function runFlight(
  parts: ConnectionParts,
  commands: readonly Command[],
  options: FlightOptions,
): Promise<readonly CommandResult[]> {
  const { source, holding } = parts;
  const { signal } = options;
  const texts: ScriptCommand[] = [];
  let holds = false;
  for (const command of commands) {
    texts.push({ ...command, text: compose(command) });
    holds ||= command.hold !== undefined;
  }
  if (commands.length === 0) return [];
  const back = (taken: Started): void => source.returnShell(taken, source.shellsStay);
  const shell = await unlessAborted(signal, () => source.takeShell(signal), back);
  if (shell === undefined) return commands.map(skippedResult);
  const { stdin } = shell.process;
  const lead = holds || holding.isHolding ? holding.lead(stdin, commands, source.shellsStay) : undefined;
  const marker = createMarker();
  const parser: FlightParser = new FlightParser({
    commands,
    marker,
    signal,
    onEvent: options.onEvent,
    onNoise: parts.onNoise,
    kill: (request) => endGroup(shell, parser.results, request, parts.grace),
  });
  shell.listen(parser);
  const script = writeFlight(texts, marker, { guarded: true, stays: source.shellsStay, lead });
  stdin.write(source.shellsStay ? script : GUARDED_PRELUDE + script);
  const results = await parser.results;
  if (holds) holding.learn(stdin, results);
  shell.leave();
  source.returnShell(shell, parser.stays);
  return results;
}

/** What is asked for, or undefined when that is not wanted any more: then it is given back. */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  take: () => Promise<T>,
  giveBack: (taken: T) => void,
): Promise<T | undefined> {
  const isAborted = (): boolean => signal?.aborted === true;
  if (isAborted()) return undefined;
  try {
    const taken = await take();
    if (!isAborted()) return taken;
    giveBack(taken);
  } catch (error) {
    if (!isAborted()) throw error;
  }
  return undefined;
}

/** Splits a flight where a command needs a channel of its own; the outcome is that of one flight. */
import type { Command } from "../../command/command.ts";
import { compose, needsChannel } from "../../command/compose.ts";
import { toError } from "../../errors.ts";
import { isAccepted, skippedResult, unknownResult } from "../command-result.ts";
import type { CommandEvent, CommandResult, Connection, FlightOptions } from "../transport.ts";

/** A connection whose flights need no channels. */
export type SegmentRunners = Pick<Connection, "flight" | "exec">;

/**
 * Runs commands in order; those that need a channel of their own get one, the others go out together.
 * @throws UsageError when one of them cannot be written, before anything is sent; what the runners throw at first.
 */
export async function runSegments(
  commands: readonly Command[],
  options: FlightOptions,
  run: SegmentRunners,
): Promise<readonly CommandResult[]> {
  const isAlone = (command: Command): boolean => needsChannel(command, options.becomePassword);
  commands.forEach(compose);
  const results: CommandResult[] = [];
  for (const segment of splitFlight(commands, isAlone)) {
    if (options.signal?.aborted === true || !results.every(isAccepted)) {
      results.push(...segment.map(skippedResult));
      continue;
    }
    const inner: FlightOptions = { ...options, onEvent: shift(options.onEvent, results.length) };
    const [first] = segment;
    const attempt = isAlone(first) ? run.exec(first, inner).then((result) => [result]) : run.flight(segment, inner);
    // What came before has happened: its results must not be lost with what could not be sent.
    results.push(...(await (results.length === 0 ? attempt : attempt.catch((error: unknown) => notSent(segment, error)))));
  }
  return Object.freeze(results);
}

function notSent(commands: readonly Command[], error: unknown): readonly CommandResult[] {
  return commands.map((command, index) => (index === 0 ? unknownResult(command, toError(error)) : skippedResult(command)));
}

type Segment = [Command, ...Command[]];

function splitFlight(commands: readonly Command[], isAlone: (command: Command) => boolean): readonly Segment[] {
  const segments: Segment[] = [];
  for (const command of commands) {
    const open = segments.at(-1);
    if (open === undefined || isAlone(open[0]) || isAlone(command)) segments.push([command]);
    else open.push(command);
  }
  return segments;
}

function shift(onEvent: FlightOptions["onEvent"], by: number): ((event: CommandEvent) => void) | undefined {
  if (onEvent === undefined || by === 0) return onEvent;
  return (event) => onEvent({ ...event, index: event.index + by });
}

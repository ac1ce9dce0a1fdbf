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
  const hasPassword = options.sudoPassword !== undefined;
  commands.forEach(compose);
  const sudoPassword = askOnce(options.sudoPassword);
  const results: CommandResult[] = [];
  let stopped = false;
  for (const segment of splitFlight(commands, hasPassword)) {
    if (stopped || options.signal?.aborted === true) {
      results.push(...segment.commands.map(skippedResult));
      continue;
    }
    const inner: FlightOptions = { ...options, sudoPassword, onEvent: shift(options.onEvent, results.length) };
    const [first] = segment.commands;
    const attempt = segment.alone && first !== undefined ? alone(run, first, inner) : run.flight(segment.commands, inner);
    // What came before has happened: its results must not be lost with what could not be sent.
    const done = await (results.length === 0 ? attempt : attempt.catch((error: unknown) => notSent(segment.commands, error)));
    results.push(...done);
    stopped = !done.every(isAccepted);
  }
  return Object.freeze(results);
}

async function alone(run: SegmentRunners, command: Command, options: FlightOptions): Promise<readonly CommandResult[]> {
  return [await run.exec(command, options)];
}

function notSent(commands: readonly Command[], error: unknown): readonly CommandResult[] {
  return commands.map((command, index) => (index === 0 ? unknownResult(command, toError(error)) : skippedResult(command)));
}

interface Segment {
  readonly alone: boolean;
  readonly commands: Command[];
}

function splitFlight(commands: readonly Command[], hasPassword: boolean): readonly Segment[] {
  const segments: Segment[] = [];
  for (const command of commands) {
    const alone = needsChannel(command, hasPassword);
    const last = segments.at(-1);
    if (last === undefined || alone || last.alone) segments.push({ alone, commands: [command] });
    else last.commands.push(command);
  }
  return segments;
}

function shift(onEvent: FlightOptions["onEvent"], by: number): ((event: CommandEvent) => void) | undefined {
  if (onEvent === undefined || by === 0) return onEvent;
  return (event) => onEvent({ ...event, index: event.index + by });
}

function askOnce(ask: FlightOptions["sudoPassword"]): FlightOptions["sudoPassword"] {
  if (ask === undefined) return undefined;
  let answer: ReturnType<typeof ask> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}

/** Splits a flight where a command needs a channel of its own; the outcome is that of one flight. */
import type { Command } from "../../command/command.ts";
import type { CommandEvent, CommandResult, FlightOptions } from "../transport.ts";
import { endsFlight, skippedResult } from "./result.ts";

export interface SegmentRunners {
  /** Runs commands without input, terminal or password. */
  flight(commands: readonly Command[], options: FlightOptions): Promise<readonly CommandResult[]>;
  /** Runs one command on a channel of its own. */
  exec(command: Command, options: FlightOptions): Promise<CommandResult>;
}

/** Runs commands in order; those that need a channel of their own get one, the others go out together. */
export async function runSegments(
  commands: readonly Command[],
  options: FlightOptions,
  run: SegmentRunners,
): Promise<readonly CommandResult[]> {
  const sudoPassword = askOnce(options.sudoPassword);
  const results: CommandResult[] = [];
  let stopped = false;
  for (const segment of splitFlight(commands, options.sudoPassword !== undefined)) {
    if (stopped || options.signal?.aborted === true) {
      results.push(...segment.commands.map(skippedResult));
      continue;
    }
    const inner: FlightOptions = { ...options, sudoPassword, onEvent: shift(options.onEvent, results.length) };
    const [first] = segment.commands;
    const done =
      segment.alone && first !== undefined ? [await run.exec(first, inner)] : await run.flight(segment.commands, inner);
    results.push(...done);
    stopped = done.some(endsFlight);
  }
  return Object.freeze(results);
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

function needsChannel(command: Command, hasPassword: boolean): boolean {
  return command.stdin !== undefined || command.pty === true || (hasPassword && command.user !== undefined);
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

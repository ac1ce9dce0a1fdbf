import { spawn } from "node:child_process";
import type { Command } from "../../../src/command/command.ts";
import { quote } from "../../../src/command/quote.ts";
import { FlightParser, type FlightParserOptions } from "../../../src/transport/framing/parser.ts";
import { createMarker, writeExec, writeFlight } from "../../../src/transport/framing/script.ts";
import { LOADER_SCRIPT, PRELUDE, watchedText } from "../../../src/transport/framing/start-text.ts";
import type { CommandEvent, CommandResult } from "../../../src/transport/transport.ts";
import { shells as named, type Shell } from "../../command/shells.ts";

export type { Shell } from "../../command/shells.ts";

/** By path: also for those who are given a PATH without them. */
export const shells: readonly Shell[] = named.map((shell) => ({ ...shell, argv: [shell.path, ...shell.argv.slice(1)] }));

export function command(text: string, options: Partial<Command> = {}): Command {
  return { kind: "command", text, ...options };
}

export interface WatchedOptions {
  /** What ends with the shell's command line. @default that */
  readonly argv?: readonly string[];
  /** Milliseconds. @default 15 seconds */
  readonly beat?: number;
  /** @default false */
  readonly servesOne?: boolean;
}

/** The command line of a shell as sessions have it: it says `@fake:watched` and its pid, then waits for its prelude. */
export function watched(shell: Shell, options: WatchedOptions = {}): readonly [string, ...string[]] {
  const { argv = shell.argv, beat = 15_000, servesOne = false } = options;
  const [file = "", ...args] = argv;
  const text = watchedText("@fake:watched", { beat, servesOne }, `exec ${shell.argv.map(quote).join(" ")}`);
  return [file, ...args, "-c", text];
}

export interface Printed {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Feeds `input` to a shell that leads its own process group; gives all that it printed until it ended. */
export async function printed(shell: Shell, input: string | Uint8Array, args: readonly string[] = []): Promise<Printed> {
  const [file, ...rest] = shell.argv;
  const child = spawn(file, [...rest, ...args], { detached: true, stdio: "pipe" });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  await new Promise((resolve) => child.once("close", resolve));
  return { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) };
}

export interface Flown {
  readonly results: readonly CommandResult[];
  readonly events: readonly CommandEvent[];
  readonly noise: string;
}

/** Cuts each stream where `cuts` says, by turns, and has the pieces parsed. */
export async function parse(
  commands: readonly Command[],
  marker: string,
  from: Printed,
  options: { readonly cuts?: readonly number[] } & Partial<FlightParserOptions> = {},
): Promise<Flown> {
  const events: CommandEvent[] = [];
  let noise = "";
  const parser = new FlightParser({
    commands,
    marker,
    kill: async () => {},
    onEvent: (event) => events.push(event),
    onNoise: (text) => {
      noise += text;
    },
    ...options,
  });
  const sizes = options.cuts ?? [];
  const queues = (["stdout", "stderr"] as const).map((stream) => ({ stream, left: from[stream] }));
  for (let turn = 0; queues.some(({ left }) => left.length > 0); turn++) {
    const queue = queues[turn % 2]!;
    const size = sizes.length === 0 ? queue.left.length : sizes[turn % sizes.length]!;
    parser.push(queue.stream, queue.left.subarray(0, size));
    queue.left = queue.left.subarray(size);
  }
  parser.close();
  return { results: await parser.results, events, noise };
}

/** Runs a flight on a shell to its end, then parses what came. */
export async function fly(
  shell: Shell,
  commands: readonly Command[],
  options: { readonly cuts?: readonly number[] } = {},
): Promise<Flown> {
  const marker = createMarker();
  return parse(commands, marker, await printed(shell, PRELUDE + writeFlight(commands, marker)), options);
}

/** Runs one command with input of its own. */
export async function execute(shell: Shell, one: Command, input: string | Uint8Array): Promise<Flown> {
  const marker = createMarker();
  const bytes = Buffer.concat([Buffer.from(writeExec(one.text, marker)), Buffer.from(input)]);
  return parse([one], marker, await printed(shell, bytes, ["-c", LOADER_SCRIPT]));
}

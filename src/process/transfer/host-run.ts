/** Scripts on a host whose input or output is the content of files. */
import type { Readable } from "node:stream";
import { TaskError, toError } from "../../errors.ts";
import { groupBy } from "../../group-by.ts";
import type { Connection } from "../../transport/transport.ts";
import { batchesOf } from "./pieces.ts";

/** What a transfer needs of a connection. */
export type Wire = Pick<Connection, "open" | "host">;

export interface RunParts {
  readonly signal: AbortSignal;
  readonly input?: AsyncIterable<Buffer> | undefined;
  /** Hears of each piece that was taken over. */
  readonly onSent?: ((bytes: number) => void) | undefined;
  /** Hears each line of stderr, as it comes. */
  readonly onError?: ((line: string) => void) | undefined;
  /** Reads the output, as much at a time as has come. @default it is in the result */
  readonly read?: ((output: AsyncIterable<readonly Buffer[]>) => Promise<void>) | undefined;
}

export interface RanScript {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Of what a script says: an archive's names among it. Characters. */
const STDERR_LIMIT = 64 * 1024;

/**
 * Runs a script to its end.
 * @throws what reading or writing here has thrown; the link's error where that was lost; the signal's reason
 */
export async function runScript(
  wire: Wire,
  script: string,
  { signal, input, onSent, onError, read }: RunParts,
): Promise<RanScript> {
  const channel = await wire.open({ script, signal });
  const stdout: Buffer[] = [];
  const errors = tailOf(channel.stderr, onError);
  let failure: Error | undefined;
  const fail = (error: unknown): void => {
    failure ??= toError(error);
    channel.close();
  };
  channel.stdin.on("error", () => undefined);
  const over = channel.ended.then(() => undefined);
  const sending = feed(channel.stdin, input, over, onSent).catch(fail);
  const output = batchesOf(channel.stdout);
  const reading = (read === undefined ? collect(output, stdout) : read(output)).catch(fail);
  const end = await channel.ended;
  await Promise.all([sending, reading]);
  signal.throwIfAborted();
  if (failure !== undefined && end.cause === undefined) throw failure;
  if (end.exitCode === undefined) throw failure ?? end.cause ?? new TaskError("Nobody knows how it ended.");
  if (failure !== undefined) throw failure;
  return { stdout: Buffer.concat(stdout).toString(), stderr: await errors, exitCode: end.exitCode };
}

/** Runs it, and fails where it fails, with what it says. */
export async function runOrThrow(wire: Wire, script: string, parts: RunParts): Promise<RanScript> {
  const ran = await runScript(wire, script, parts);
  if (ran.exitCode !== 0) throw new TaskError(reasonOf(ran));
  return ran;
}

/** What the script says itself, in its own words, and else all that its programs have said. */
export function reasonOf({ stderr, exitCode }: RanScript): string {
  const others = stderr.split("\n").filter((line) => line.trim() !== "" && !line.startsWith(SAYS));
  const text = [saidOwn(stderr), ...foldAlike(others).slice(-10)].filter((part) => part !== "").join("\n");
  return text === "" ? `The host ended it with exit code ${exitCode}.` : text;
}

/** Lines that differ in a file's name alone, as one: of a full disk tar has one for each file. */
function foldAlike(lines: readonly string[]): readonly string[] {
  const groups = groupBy(lines, (line) => line.split(": ").slice(2).join(": ") || line);
  return groups.map(([first, ...more]) => (more.length === 0 ? first : `${first} (and ${more.length} more)`));
}

/** What a script of ours has said in its own words. */
export function saidOwn(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.startsWith(SAYS));
  return lines.map((line) => line.slice(SAYS.length)).join("\n");
}

/** In front of what our own scripts say. */
export const SAYS = "fake: ";

async function feed(
  stdin: NodeJS.WritableStream,
  input: AsyncIterable<Buffer> | undefined,
  over: Promise<undefined>,
  onSent: ((bytes: number) => void) | undefined,
): Promise<void> {
  let isOver = false;
  void over.then(() => {
    isOver = true;
  });
  for await (const chunk of input ?? []) {
    if (isOver) return;
    // Until it is taken over: the input uses it again. Of a channel that has ended nobody hears.
    await Promise.race([new Promise<void>((taken) => stdin.write(chunk, () => taken())), over]);
    onSent?.(chunk.length);
  }
  stdin.end();
}

async function collect(output: AsyncIterable<readonly Buffer[]>, into: Buffer[]): Promise<void> {
  for await (const batch of output) into.push(...batch);
}

/** The end of what it says. @param onLine hears of each whole line */
export async function tailOf(stream: Readable | undefined, onLine?: (line: string) => void): Promise<string> {
  let text = "";
  let line = "";
  try {
    for await (const chunk of stream ?? []) {
      text = `${text}${String(chunk)}`.slice(-STDERR_LIMIT);
      const lines = `${line}${String(chunk)}`.split("\n");
      line = (lines.pop() ?? "").slice(-STDERR_LIMIT);
      if (onLine !== undefined) for (const one of lines) onLine(one);
    }
  } catch {
    // What it has said so far is all there is.
  }
  return text;
}

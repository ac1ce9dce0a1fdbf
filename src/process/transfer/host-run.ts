/** Scripts on a host whose input or output is the content of files. */
import type { Readable } from "node:stream";
import { loaderInput, loaderText } from "../../command/loader.ts";
import { TaskError, toError } from "../../errors.ts";
import { groupBy } from "../../group-by.ts";
import type { Channel } from "../../transport/channel.ts";
import type { Connection } from "../../transport/transport.ts";
import { onAbort } from "../../wait.ts";
import { batchesOf } from "./pieces.ts";

/** What a transfer needs of a connection. */
export type Wire = Pick<Connection, "open" | "flight" | "host">;

export interface RunParts {
  readonly signal: AbortSignal;
  readonly input?: AsyncIterable<Buffer> | undefined;
  /** Hears of each piece that was taken over. */
  readonly onSent?: ((bytes: number) => void) | undefined;
  /** Hears each line of stderr, as it comes. */
  readonly onError?: ((line: string) => void) | undefined;
  /** Reads the output, as much at a time as has come. @default it is in the result */
  readonly read?: ((output: AsyncIterable<readonly Buffer[]>) => Promise<void>) | undefined;
  /** Where it runs. @default a channel that is opened for it */
  readonly ahead?: OpenAhead | undefined;
}

/** A channel that is opened before anybody knows what it is to run: it reads that, too. So one turn is left of the three that it takes. */
export class OpenAhead {
  readonly #channel: Promise<Channel>;
  #isTaken = false;

  constructor(wire: Wire, signal: AbortSignal) {
    this.#channel = wire.open({ script: loaderText("rest"), signal });
    // Whoever takes it hears of that.
    this.#channel.catch(() => undefined);
  }

  /** Starts the script in it. Rejects as `open` does. */
  async take(script: string, signal: AbortSignal): Promise<Channel> {
    this.#isTaken = true;
    const channel = await this.#channel;
    channel.ended.then(onAbort(signal, () => channel.close()));
    channel.stdin.write(loaderInput(script));
    return channel;
  }

  /** Nobody takes it any more: it ends, unless somebody has. */
  leave(): void {
    if (this.#isTaken) return;
    this.#channel.then(
      (channel) => channel.close(),
      () => undefined,
    );
  }
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
  { signal, input, onSent, onError, read, ahead }: RunParts,
): Promise<RanScript> {
  const channel = await (ahead === undefined ? wire.open({ script, signal }) : ahead.take(script, signal));
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
  return orThrow(await runScript(wire, script, parts));
}

/**
 * Runs a script that reads nothing and says little, on a shell that waits for such: in one turn, where a channel takes three.
 * @throws TaskError where it fails, with what it says; the link's error where that was lost; the signal's reason
 */
export async function runShort(wire: Wire, script: string, signal: AbortSignal): Promise<RanScript> {
  const [result] = await wire.flight([{ kind: "command", text: script, quiet: true, captureAll: true }], { signal });
  signal.throwIfAborted();
  if (result?.exitCode === undefined) throw result?.cause ?? new TaskError("Nobody knows how it ended.");
  const { stdout, stderr, exitCode } = result;
  return orThrow({ stdout, stderr, exitCode });
}

function orThrow(ran: RanScript): RanScript {
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

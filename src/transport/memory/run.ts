/** Runs one command of a memory connection: the reply becomes events and a result as a real host's output would. */
import type { Command } from "../../command/command.ts";
import { Secret } from "../../command/secret.ts";
import { toError } from "../../errors.ts";
import { type Ending, RunningCommand, type StreamName } from "../command-result.ts";
import type { CommandResult, ExecOptions } from "../transport.ts";
import type { MemoryReply } from "./script.ts";

/** Why a command that hangs came to an end. */
type Interruption = { readonly kind: "aborted" | "timed-out" } | { readonly kind: "lost"; readonly cause: Error };

export interface MemoryRun {
  readonly command: Command;
  readonly index: number;
  readonly options: ExecOptions;
  readonly answer: () => Promise<MemoryReply>;
  /** Settles when the connection is closed or lost. */
  readonly lost: Promise<Error>;
  /** Called for a reply that loses the connection; gives why. */
  readonly lose: () => Error;
}

export async function runInMemory(run: MemoryRun): Promise<CommandResult> {
  const { command, index, options } = run;
  const interruption = watch(run);
  const running = new RunningCommand(command, index, {
    now: () => 0,
    onTimeout: () => interruption.raise({ kind: "timed-out" }),
    captureLimit: undefined,
  });
  options.onEvent?.({ kind: "started", index });
  const ending = await perform(run, running, interruption.raised).catch(
    (error: unknown): Ending => ({ exitStatus: undefined, stopped: { status: "failed", cause: toError(error) } }),
  );
  interruption.close();
  const result = running.finish(ending);
  options.onEvent?.({ kind: "finished", index, result });
  return result;
}

/** Throws what its input or its sink throws. */
async function perform(run: MemoryRun, running: RunningCommand, interruption: Promise<Interruption>): Promise<Ending> {
  const reply = await run.answer();
  await print(running, "stdout", reply.stdout, run.options);
  await print(running, "stderr", reply.stderr, run.options);
  if (reply.lost === true) return { exitStatus: undefined, cause: run.lose() };
  if (reply.hangs !== true) return { exitStatus: reply.exitCode ?? 0 };
  const raised = await interruption;
  if (raised.kind === "lost") return { exitStatus: undefined, cause: raised.cause };
  return { exitStatus: 143, stopped: { status: raised.kind === "timed-out" ? "timed-out" : "killed" } };
}

function watch({ options: { signal }, lost }: MemoryRun): {
  readonly raised: Promise<Interruption>;
  raise(interruption: Interruption): void;
  close(): void;
} {
  let raise: (interruption: Interruption) => void = () => {};
  const raised = new Promise<Interruption>((resolve) => {
    raise = resolve;
  });
  const onAbort = (): void => raise({ kind: "aborted" });
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  lost.then((cause) => raise({ kind: "lost", cause }));
  return { raised, raise, close: () => signal?.removeEventListener("abort", onAbort) };
}

async function print(
  running: RunningCommand,
  stream: StreamName,
  content: string | Uint8Array | undefined,
  options: ExecOptions,
): Promise<void> {
  const bytes = typeof content === "string" ? Buffer.from(content) : Buffer.from(content ?? []);
  if (stream === "stdout" && options.stdout !== undefined) return writeAll(options.stdout, bytes);
  const text = running.take(stream, bytes) + running.close(stream);
  if (text !== "") options.onEvent?.({ kind: "output", index: running.index, stream, text });
}

function writeAll(sink: NodeJS.WritableStream, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    sink.write(bytes, (error) => (error == null ? resolve() : reject(error)));
  });
}

/** All that a command is given on standard input. */
export async function readInput(input: Command["stdin"]): Promise<Buffer | undefined> {
  if (input === undefined) return undefined;
  if (typeof input === "string") return Buffer.from(input);
  if (input instanceof Secret) return Buffer.from(input.reveal());
  if (input instanceof Uint8Array) return Buffer.from(input);
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

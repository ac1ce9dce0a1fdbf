/** A connection to a host that is only in memory. */
import { buffer } from "node:stream/consumers";
import type { Command } from "../../command/command.ts";
import { compose } from "../../command/compose.ts";
import { Secret } from "../../command/secret.ts";
import { ConnectError, toError } from "../../errors.ts";
import type { Host } from "../../hosts/host.ts";
import { type Ending, isAccepted, RunningCommand, type StreamName, skippedResult, unknownResult } from "../command-result.ts";
import type { CommandResult, Connection, ExecOptions } from "../transport.ts";
import { type TunnelSource, Tunnels } from "../tunnels/tunnels.ts";
import { type MemoryProgram, openMemoryChannel, scriptOf } from "./channel.ts";
import type { MemoryReply, MemoryRequest } from "./script.ts";

export interface MemoryHost {
  /** Called for each command that starts. */
  answer(request: MemoryRequest): Promise<MemoryReply>;
  /** What runs in place of the script of a channel. */
  program(script: string): MemoryProgram;
  /** Shared by all connections to it. */
  readonly ports: TunnelSource;
  /** True when the link goes down in the place of this command's end. */
  losesLink(): boolean;
}

const LOST = "CONNECTION_LOST";

export function createMemoryConnection(host: Host, memory: MemoryHost): Connection {
  let gone: ConnectError | undefined;
  let pid = 1;
  const tunnels = new Tunnels(memory.ports);
  let settle: (reason: ConnectError) => void = () => {};
  /** Settles when nothing more is heard, whoever ended it. */
  const over = new Promise<ConnectError>((resolve) => {
    settle = resolve;
  });

  async function flight(commands: readonly Command[], options: ExecOptions): Promise<readonly CommandResult[]> {
    commands.forEach(compose);
    if (gone !== undefined) throw gone;
    const results: CommandResult[] = [];
    for (const [index, command] of commands.entries()) {
      const last = results.at(-1);
      const skipped = options.signal?.aborted === true || (last !== undefined && last.status !== "unknown" && !isAccepted(last));
      if (skipped || last?.status === "skipped") results.push(skippedResult(command));
      // The host may run what it was sent, though nobody hears of it.
      else if (gone !== undefined) results.push(unknownResult(command, gone));
      else results.push(await run(command, index, options));
    }
    return Object.freeze(results);
  }

  async function run(command: Command, index: number, options: ExecOptions): Promise<CommandResult> {
    const { signal, onEvent } = options;
    let interrupt: (ending: Ending) => void = () => {};
    const interrupted = new Promise<Ending>((resolve) => {
      interrupt = resolve;
    });
    const stop = (status: "timed-out" | "killed"): void => interrupt({ exitStatus: 143, stopped: { status } });
    const onAbort = (): void => stop("killed");
    const onTimeout = (): void => stop("timed-out");
    const running = new RunningCommand(command, index, { now: () => 0, onTimeout, captureLimit: undefined });
    signal?.addEventListener("abort", onAbort, { once: true });
    over.then((cause) => interrupt({ exitStatus: undefined, cause }));
    onEvent?.({ kind: "started", index });
    const ending = await answer(running, options, interrupted).catch(
      (error: unknown): Ending => ({ exitStatus: undefined, stopped: { status: "failed", cause: toError(error) } }),
    );
    signal?.removeEventListener("abort", onAbort);
    const result = running.finish(ending);
    onEvent?.({ kind: "finished", index, result });
    return result;
  }

  /** The reply becomes events and an end as a real host's output would. Throws what its input or its sink throws. */
  async function answer(running: RunningCommand, options: ExecOptions, interrupted: Promise<Ending>): Promise<Ending> {
    const { command } = running;
    const stdin = await readInput(command.stdin);
    const reply = await memory.answer({ host, command, stdin });
    const losesLink = memory.losesLink();
    await print(running, options, "stdout", reply.stdout);
    await print(running, options, "stderr", reply.stderr);
    if (reply.lost === true || losesLink) return { exitStatus: undefined, cause: end(LOST, "The connection was lost.") };
    return reply.hangs === true ? interrupted : { exitStatus: reply.exitCode ?? 0 };
  }

  function end(code: string, message: string): ConnectError {
    gone ??= new ConnectError(code, host.name, message);
    tunnels.end(gone, gone.code === LOST ? gone : undefined);
    settle(gone);
    return gone;
  }

  return {
    host,
    left: [],
    closed: over.then((reason) => (reason.code === LOST ? reason : undefined)),
    flight,
    async exec(command, options) {
      const [result] = await flight([command], options);
      return result ?? skippedResult(command);
    },
    async open(request) {
      if (gone !== undefined) throw gone;
      request.signal?.throwIfAborted();
      pid += 1;
      return openMemoryChannel(request, { host, pid, program: memory.program(scriptOf(request)), lost: over });
    },
    dial: (address, options) => tunnels.dial(address, options),
    listen: (address, onConnection, options) => tunnels.listen(address, onConnection, options),
    async close() {
      end("CONNECTION_CLOSED", "The connection was closed.");
    },
  };
}

async function print(
  running: RunningCommand,
  options: ExecOptions,
  stream: StreamName,
  content: string | Uint8Array = "",
): Promise<void> {
  const bytes = toBuffer(content);
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
async function readInput(input: Command["stdin"]): Promise<Buffer | undefined> {
  if (input === undefined) return undefined;
  if (input instanceof Secret) return Buffer.from(input.reveal());
  return typeof input === "string" || input instanceof Uint8Array ? toBuffer(input) : await buffer(input);
}

function toBuffer(content: string | Uint8Array): Buffer {
  return typeof content === "string" ? Buffer.from(content) : Buffer.from(content);
}

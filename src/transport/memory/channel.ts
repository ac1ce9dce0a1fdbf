import { constants } from "node:os";
import { PassThrough, type Readable, type Writable } from "node:stream";
import type { Host } from "../../hosts/host.ts";
import type { Channel, ChannelEnd, ChannelRequest, TerminalSize } from "../channel.ts";
import { findSignal } from "../command-result.ts";

/**
 * The other end of a channel: what a process on a host would have.
 * @example
 * const echo: MemoryProgram = async ({ stdin, stdout }) => {
 *   for await (const chunk of stdin) stdout.write(chunk);
 *   return 0;
 * };
 */
export interface MemoryProcess {
  readonly host: Host;
  readonly script: string;
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** On a terminal it is stdout. */
  readonly stderr: Writable;
  /** The size of its terminal, now. Undefined without one. */
  readonly terminal: () => TerminalSize | undefined;
  /** Takes signals but SIGKILL in place of dying of them. */
  onSignal(listener: (name: NodeJS.Signals) => void): void;
}

/**
 * Does what a process would do; gives its exit code. One that throws has exit code 1.
 * @example
 * const memory = createMemoryTransport();
 * memory.serve("tail -f log", async ({ stdout }) => {
 *   stdout.write("a line\n");
 *   return 0;
 * });
 */
export type MemoryProgram = (process: MemoryProcess) => number | Promise<number>;

/** What runs there, whatever it asks for. */
export function scriptOf({ script }: ChannelRequest): string {
  return typeof script === "string" ? script : script.write(":").text;
}

/** `lost` settles when the connection is closed or lost. */
export function openMemoryChannel(
  request: ChannelRequest,
  { host, pid, program, lost }: { host: Host; pid: number; program: MemoryProgram; lost: Promise<Error> },
): Channel {
  const { terminal, outlive = false, signal } = request;
  const script = scriptOf(request);
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const stderr = terminal === undefined ? new PassThrough() : stdout;
  let size: TerminalSize | undefined = terminal;
  let listener: ((name: NodeJS.Signals) => void) | undefined;
  let settle: (end: ChannelEnd) => void = () => undefined;
  const ended = new Promise<ChannelEnd>((resolve) => {
    settle = resolve;
  });
  const exit = (end: ChannelEnd): void => {
    settle(end);
    signal?.removeEventListener("abort", close);
    for (const output of [stdout, stderr]) output.end();
    stdin.destroy();
  };
  const kill = (name: NodeJS.Signals): void => exit({ exitCode: 128 + constants.signals[name], signal: name });
  const close = (): void => {
    if (outlive) exit({ exitCode: undefined, signal: undefined, cause: new Error("the channel was closed") });
    else kill("SIGHUP");
  };
  signal?.addEventListener("abort", close);
  for (const stream of [stdin, stdout, stderr]) stream.on("error", () => undefined);
  lost.then((cause) => exit({ exitCode: undefined, signal: undefined, cause }));
  const onSignal = (next: (name: NodeJS.Signals) => void): void => {
    listener = next;
  };
  const run = async (): Promise<number> => program({ host, script, stdin, stdout, stderr, terminal: () => size, onSignal });
  run().then(
    (exitCode) => exit({ exitCode, signal: findSignal(exitCode) }),
    () => exit({ exitCode: 1, signal: undefined }),
  );
  return {
    stdin,
    stdout,
    stderr: terminal === undefined ? stderr : undefined,
    pid,
    ended,
    async signal(name) {
      if (listener === undefined || name === "SIGKILL") kill(name);
      else listener(name);
    },
    catchUp: async () => undefined,
    async resize(next) {
      if (size !== undefined) size = next;
    },
    close,
  };
}

import type { Duplex } from "node:stream";
import type { Command } from "../command/command.ts";
import type { Secret } from "../command/secret.ts";
import type { Host } from "../hosts/host.ts";
import type { Channel, ChannelRequest } from "./channel.ts";
import type { Listening, OnConnection, TcpAddress, TunnelOptions } from "./tunnel.ts";

/**
 * Moves commands and bytes to one machine. A transport knows hosts and commands, never tasks.
 * Implementations: ssh, openssh, local, memory; all pass `test/contracts/transport.ts`.
 */
export interface Transport {
  readonly name: string;
  /** @throws ConnectError when the host cannot be reached, verified or logged in to. */
  connect(host: Host, options: ConnectOptions): Promise<Connection>;
  /** Frees what is shared between connections (agents, jump hosts). Never throws. */
  close(): Promise<void>;
}

/** How to connect to a host. */
export interface ConnectOptions {
  /** Aborting ends the attempt at once. */
  readonly signal: AbortSignal;
  /** Login name when the host does not name one. */
  readonly user?: string | undefined;
  /** Absolute paths of private keys, in place of those that the ssh config names and of an agent's others. Over SSH. */
  readonly identityFiles?: readonly string[] | undefined;
  /** Let the host use the local SSH agent. @default false */
  readonly forwardAgent?: boolean | undefined;
  /** One deadline for connecting and authenticating, in milliseconds. @default 20000 */
  readonly timeout?: number | undefined;
  /** Log in with a password where keys do not do: this one, or `true` to ask for it. @default keys only */
  readonly password?: Secret | true | undefined;
  /** Log in with fewer turns where the server is known to follow. @default true */
  readonly fastLogin?: boolean | undefined;
  /** Name and value, letters and digits: in the environment of all that is started there, over SSH. @default none */
  readonly variable?: `${string}=${string}` | undefined;
  /** One flight is all that it is made for, as far as anybody knows: the host spares what a shell needs to serve another. @default false */
  readonly single?: boolean | undefined;
  /**
   * The connection to the same host that was lost: nothing is sent before all that was started over it has ended there.
   * Where that does not come to an end, there is no connection: ConnectError `STILL_RUNNING`. Undefined only for the first
   * connection: who leaves out the wait runs twice what must run once.
   */
  readonly after: Connection | undefined;
}

/** One open way to one host. Several flights may be under way at once. Processes and tunnels end with it. */
export interface Connection {
  readonly host: Host;
  /**
   * Runs commands in order, in one round trip where the transport can; stops at the first that fails unless it
   * accepts errors. Never throws for what a command does: the outcome is in the results, one for each command.
   * A command that is started has one `started` and one `finished` event; a command that is not has none.
   * @throws UsageError for commands that cannot be written, before any is sent; ConnectError on a closed connection
   */
  flight(commands: readonly Command[], options: FlightOptions): Promise<readonly CommandResult[]>;
  /**
   * Runs one command on a channel of its own, with stdin, a terminal, or its raw output going to a sink.
   * @see CommandOptions for stdin and pty
   */
  exec(command: Command, options: ExecOptions): Promise<CommandResult>;
  /**
   * Starts a process, with raw bytes both ways: flights and `exec` stand on the same. As many at once as are wanted: where the host has
   * sessions for so many in one login, those beyond take another, with which they are lost, alone, should it be. A flight finds its place.
   * @throws ConnectError when the host starts none, or on a closed connection; the signal's reason when that aborts first
   */
  open(request: ChannelRequest): Promise<Channel>;
  /**
   * Connects to a TCP port that the host can reach: raw bytes, both ways, no faster than they are read. Either end may go on when the other
   * has ended. Any number at once: they take no session's place. One that is cut off ends with an error, as far as the host tells.
   * @throws ConnectError, UsageError for what is no address; the signal's reason when that aborts first
   */
  dial(address: TcpAddress, options: TunnelOptions): Promise<Duplex>;
  /**
   * Listens on a port of the host, and brings here what connects to it. Port 0: one that is free. Which of its addresses an SSH server
   * really listens on is for its GatewayPorts to say: without it, on its loopback alone.
   * @throws ConnectError, UsageError for what is no address; the signal's reason when that aborts first
   */
  listen(address: TcpAddress, onConnection: OnConnection, options: TunnelOptions): Promise<Listening>;
  /** Process groups on the host that may still run, once the link is gone, or the login that they were on. None where they end with the link. */
  readonly left: readonly number[];
  /** Settles when the link is gone, with the reason when it was lost. */
  readonly closed: Promise<Error | undefined>;
  /** Ends the connection without waiting for the other side. Never throws. */
  close(): Promise<void>;
}

export interface FlightOptions {
  /** Aborting kills the running command's process group on the host; later commands are skipped. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: CommandEvent) => void) | undefined;
  /** What answers the program that runs this command as another user, where that wants a password; undefined where nothing does. */
  readonly becomePassword?: ((command: Command) => (() => Promise<Secret | undefined>) | undefined) | undefined;
}

export interface ExecOptions extends FlightOptions {
  /** Raw bytes of stdout go here instead of the result. */
  readonly stdout?: NodeJS.WritableStream | undefined;
}

/** What happens while a command runs. `index` is its place in the flight. */
export type CommandEvent =
  | { readonly kind: "started"; readonly index: number }
  | { readonly kind: "output"; readonly index: number; readonly stream: "stdout" | "stderr"; readonly text: string }
  | { readonly kind: "finished"; readonly index: number; readonly result: CommandResult };

/**
 * How a command ended.
 * `failed`: any exit code but 0, or its input or the sink of its output failed. `killed`: ended from here, because it was aborted.
 * `unknown`: the link was lost before the exit status came: the command may or may not have run. `skipped`: it was never sent, or
 * a command before it failed.
 * @example
 * const isOver = (status: CommandStatus): boolean => status !== "unknown" && status !== "skipped";
 */
export type CommandStatus = "ok" | "failed" | "timed-out" | "killed" | "unknown" | "skipped";

/**
 * How one command ended: what `run` and `batch` give.
 * @example
 * const { exitCode, stdout, duration }: CommandResult = await t.run({ acceptError: true })`git status --porcelain`;
 * if (exitCode === 0) t.log.info(`${stdout.length} characters in ${duration} ms`);
 */
export interface CommandResult {
  readonly command: Command;
  readonly status: CommandStatus;
  /** Undefined when no exit status came. */
  readonly exitCode: number | undefined;
  /** What an exit code above 128 stands for: `SIGKILL` for 137. */
  readonly signal: string | undefined;
  /** Decoded UTF-8; the last 64 KiB unless the command captures all. */
  readonly stdout: string;
  readonly stderr: string;
  /** True when stdout or stderr is only a tail. */
  readonly truncated: boolean;
  /** Milliseconds. */
  readonly duration: number;
  /** Why the status is `unknown`, or why it was ended when that was neither asked for nor its time: its input failed, say. */
  readonly cause?: Error | undefined;
}

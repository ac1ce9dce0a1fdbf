import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "ssh2";
import type { Command } from "../../command/command.ts";
import { ConnectError, UsageError } from "../../errors.ts";
import type { Host } from "../../hosts/host.ts";
import { type DriveOptions, driveExec, driveFlight } from "../framing/drive.ts";
import { skippedResult, unknownResult } from "../framing/result.ts";
import { runSegments } from "../framing/segments.ts";
import type { CommandResult, Connection, ExecOptions, FlightOptions } from "../transport.ts";
import { type ChannelKind, openChannel, type SshChannel } from "./channel.ts";
import { channelError, isSessionRefusal, noShellError } from "./channel-errors.ts";
import { connectError, linkLostError } from "./errors.ts";
import { signalOver } from "./kill.ts";
import { Semaphore } from "./limits.ts";
import type { Target } from "./target.ts";

export interface SshConnectionOptions {
  /** Sessions at once; sshd's default is 10, and one is kept for ending what runs in the others. */
  readonly channels: number;
  /** Milliseconds between SIGTERM and SIGKILL. @default 5000 */
  readonly grace?: number | undefined;
  readonly onNoise?: DriveOptions["onNoise"];
}

/** Milliseconds before a session that was refused is asked for again. */
const BACK_OFF: readonly number[] = [100, 400];
/** Milliseconds after which a closed connection is no more, whatever the server does. */
const FAREWELL = 2000;

/** One login on one host. Each flight has a session of its own; the first takes the one that showed that shells start. */
export class SshConnection implements Connection {
  readonly host: Host;
  readonly closed: Promise<Error | undefined>;
  readonly #client: Client;
  readonly #target: Target;
  readonly #options: SshConnectionOptions;
  readonly #slots: Semaphore;
  /** One at a time: only one session is kept free for them. */
  readonly #kills = new Semaphore(1);
  readonly #channels = new Set<SshChannel>();
  #settle: (reason: Error | undefined) => void = () => undefined;
  #spare: SshChannel | undefined;
  /** Why nothing more can be sent. */
  #gone: ConnectError | undefined;

  constructor(host: Host, target: Target, client: Client, options: SshConnectionOptions) {
    this.host = host;
    this.#target = target;
    this.#client = client;
    this.#options = options;
    this.#slots = new Semaphore(options.channels);
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    let error: Error | undefined;
    client.on("error", (first) => {
      error ??= first;
    });
    client.once("close", () => {
      this.#gone ??= linkLostError(target, error);
      this.#settle(this.#gone);
    });
  }

  /**
   * Starts the first shell and waits until it runs: a host whose shells hang or refuse is found out here.
   * @throws ConnectError
   */
  async start(): Promise<void> {
    const channel = await this.#open("flight", undefined);
    const pid = await channel.pid;
    if (pid === undefined) throw this.#gone ?? noShellError(this.#target, channel.noise());
    this.#spare = channel;
  }

  flight(commands: readonly Command[], options: FlightOptions): Promise<readonly CommandResult[]> {
    let sent = 0;
    const attempt = async (
      segment: readonly Command[],
      run: () => Promise<readonly CommandResult[]>,
    ): Promise<readonly CommandResult[]> => {
      try {
        return await run();
      } catch (error) {
        if (options.signal?.aborted === true) return segment.map(skippedResult);
        // What ran before must not be forgotten because the rest of the flight found no way.
        if (sent === 0 || !(error instanceof ConnectError)) throw error;
        return segment.map((command, index) => (index === 0 ? unknownResult(command, error) : skippedResult(command)));
      } finally {
        sent += 1;
      }
    };
    return runSegments(commands, options, {
      flight: (segment, inner) =>
        attempt(segment, () =>
          driveFlight(() => this.#takeSpare() ?? this.#open("flight", inner.signal), segment, this.#with(inner)),
        ),
      exec: async (command, inner) => {
        const [result] = await attempt([command], async () => [await this.exec(command, inner)]);
        return result ?? skippedResult(command);
      },
    });
  }

  async exec(command: Command, options: ExecOptions): Promise<CommandResult> {
    const kind = command.pty === true ? "terminal" : "exec";
    try {
      return await driveExec(() => this.#open(kind, options.signal), command, this.#with(options));
    } catch (error) {
      if (options.signal?.aborted === true && !(error instanceof UsageError)) return skippedResult(command);
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#gone !== undefined) return;
    this.#gone = connectError(this.#target, "CONNECTION_CLOSED", `The connection to ${this.#target.address} was closed.`, "");
    const running = [...this.#channels].filter((channel) => channel !== this.#spare && channel.isBusy());
    for (const channel of this.#channels) channel.abandon(this.#gone);
    this.#settle(undefined);
    // Nobody waits for any of this: sshd would let it run on, and the server's goodbye takes a round trip.
    const ended = Promise.allSettled(running.map((channel) => channel.kill("SIGTERM", undefined)));
    ended.then(() => this.#client.end());
    setTimeout(() => this.#client.destroy(), FAREWELL).unref();
  }

  /** A session, when one is free. @throws ConnectError when the host gives none: nothing was sent. */
  async #open(kind: ChannelKind, signal: AbortSignal | undefined, backOff = BACK_OFF): Promise<SshChannel> {
    const release = await this.#slots.acquire(signal);
    try {
      return await this.#openNow(kind, release);
    } catch (error) {
      release();
      const [pause, ...rest] = backOff;
      const others = this.#slots.held;
      if (pause === undefined || this.#gone !== undefined || others === 0 || !isSessionRefusal(error)) throw this.#explain(error);
      // The host allows fewer sessions than we thought: from now on no more than are open at the moment.
      this.#slots.lower(others);
      await delay(pause, undefined, { signal });
      return this.#open(kind, signal, rest);
    }
  }

  async #openNow(kind: ChannelKind, release: () => void): Promise<SshChannel> {
    if (this.#gone !== undefined) throw this.#gone;
    const channel = await openChannel(this.#client, kind, {
      signalGroup: (signal, group) => this.#kills.run(() => signalOver(this.#client, signal, group)),
      lost: () => this.#gone,
    });
    this.#channels.add(channel);
    channel.gone.then(() => {
      this.#channels.delete(channel);
      release();
    });
    if (this.#gone !== undefined) channel.abandon(this.#gone);
    return channel;
  }

  #takeSpare(): SshChannel | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare?.isOpen() === true && this.#gone === undefined ? spare : undefined;
  }

  #explain(error: unknown): unknown {
    return this.#gone ?? channelError(this.#target, error);
  }

  #with<O extends FlightOptions>(options: O): O & DriveOptions {
    return { ...options, onNoise: this.#options.onNoise, grace: this.#options.grace };
  }
}

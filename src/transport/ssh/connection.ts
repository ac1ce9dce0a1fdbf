import type { Client } from "ssh2";
import type { Command } from "../../command/command.ts";
import { ConnectError, UsageError } from "../../errors.ts";
import type { Host } from "../../hosts/host.ts";
import { skippedResult, unknownResult } from "../command-result.ts";
import { type DriveOptions, driveExec, driveFlight } from "../framing/drive.ts";
import { BEAT } from "../framing/guard.ts";
import { describeHeld } from "../framing/held.ts";
import { createHolding } from "../framing/holding.ts";
import { waitForGroups } from "../framing/left-running.ts";
import { runSegments } from "../framing/segments.ts";
import type { CommandResult, Connection, ExecOptions, FlightOptions } from "../transport.ts";
import { connectError, linkLostError, stillRunningError } from "./errors.ts";
import { PlainLoginNeededError } from "./login/fast-login.ts";
import type { ChannelKind } from "./session/channel.ts";
import { channelError, noShellError } from "./session/channel-errors.ts";
import type { FirstSession } from "./session/first-session.ts";
import { type Lease, SessionPool } from "./session/session-pool.ts";
import type { Target } from "./target.ts";

export interface SshConnectionOptions {
  /** Sessions at once; sshd's default is 10, and one is kept for ending what runs in the others. */
  readonly channels: number;
  /** Milliseconds between SIGTERM and SIGKILL. @default 5000 */
  readonly grace?: number | undefined;
  /** Milliseconds between signs of life. @default 15000 */
  readonly beat?: number | undefined;
  readonly onNoise?: DriveOptions["onNoise"];
  readonly onWarning?: ((text: string) => void) | undefined;
  /** Opened by the login. */
  readonly first: FirstSession;
}

/** A login, and how to end it. */
export interface SessionLink {
  readonly client: Client;
  /** Says goodbye without waiting for an answer. */
  hangUp(): void;
}

/** One login on one host. Flights take turns on sessions whose shells stay, as many as run at once; a command with input has its own. */
export class SshConnection implements Connection {
  readonly host: Host;
  readonly closed: Promise<Error | undefined>;
  readonly #link: SessionLink;
  readonly #target: Target;
  readonly #options: SshConnectionOptions;
  readonly #sessions: SessionPool;
  readonly #holding = createHolding();
  #settle: (reason: Error | undefined) => void = () => undefined;
  /** Why nothing more can be sent. */
  #gone: ConnectError | undefined;

  constructor(host: Host, target: Target, link: SessionLink, options: SshConnectionOptions) {
    const { client } = link;
    this.host = host;
    this.#target = target;
    this.#link = link;
    this.#options = options;
    const { channels: limit, first, beat = BEAT } = options;
    let told = false;
    const onHeld = (): void => {
      if (!told) options.onWarning?.(describeHeld(target.host));
      told = true;
    };
    this.#sessions = new SessionPool(client, { limit, lost: () => this.#gone, first, beat, onHeld });
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
   * Waits until the first shell runs: a host whose shells hang or refuse is found out here.
   * @throws ConnectError; PlainLoginNeededError when nothing ran, and the same may be tried again without haste
   */
  async start(): Promise<void> {
    const session = await this.#take("flight", undefined);
    const pid = await session.pid;
    if (pid === undefined) throw this.#gone ?? noShellError(this.#target, session.noise());
    session.session?.park();
  }

  get left(): readonly number[] {
    return this.#sessions.left;
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
        attempt(segment, () => driveFlight(() => this.#take("flight", inner.signal), segment, this.#with(inner))),
      exec: async (command, inner) => {
        const [result] = await attempt([command], async () => [await this.exec(command, inner)]);
        return result ?? skippedResult(command);
      },
    });
  }

  /**
   * Waits until nothing runs any more of another connection to this host.
   * @throws ConnectError when that does not come to an end; then this one is closed
   */
  async outwait({ left }: Connection, signal: AbortSignal): Promise<void> {
    if (left.length === 0) return;
    const [result] = await this.flight([waitForGroups(left)], { signal });
    if (result?.status === "ok") return;
    await this.close();
    throw stillRunningError(this.#target, result?.cause);
  }

  async exec(command: Command, options: ExecOptions): Promise<CommandResult> {
    const kind = command.pty === true ? "terminal" : "exec";
    try {
      return await driveExec(() => this.#take(kind, options.signal), command, this.#with(options));
    } catch (error) {
      if (options.signal?.aborted === true && !(error instanceof UsageError)) return skippedResult(command);
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#gone !== undefined) return;
    this.#gone = connectError(this.#target, "CONNECTION_CLOSED", `The connection to ${this.#target.address} was closed.`, "");
    const ended = this.#sessions.abandon(this.#gone);
    this.#settle(undefined);
    // Nobody waits for any of this: sshd would let it run on, and the server's goodbye takes a round trip.
    ended.then(() => this.#link.hangUp());
  }

  /** @throws ConnectError when the host gives no session: nothing was sent. */
  async #take(kind: ChannelKind, signal: AbortSignal | undefined): Promise<Lease> {
    try {
      return await this.#sessions.take(kind, signal);
    } catch (error) {
      if (error instanceof PlainLoginNeededError) throw error;
      throw this.#gone ?? channelError(this.#target, error);
    }
  }

  #with<O extends FlightOptions>(options: O): O & DriveOptions {
    return { ...options, onNoise: this.#options.onNoise, grace: this.#options.grace, holding: this.#holding };
  }
}

import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "ssh2";
import type { ConnectError } from "../../../errors.ts";
import { Semaphore } from "../../../semaphore.ts";
import type { ShellChannel, ShellSession } from "../../framing/channel.ts";
import { createBell } from "./bell.ts";
import type { ChannelHost, ChannelKind, SshChannel } from "./channel.ts";
import { isSessionRefusal } from "./channel-errors.ts";
import type { FirstSession } from "./first-session.ts";
import { NoSessionError, signalOver } from "./kill.ts";
import { openChannel } from "./opening.ts";

export interface SessionPoolOptions {
  /** Sessions at once; sshd's default is 10, and one is kept for ending what runs in the others. */
  readonly limit: number;
  /** Why nothing more can be sent, once that is so. */
  readonly lost: () => ConnectError | undefined;
  /** The login has opened it, or is about to. */
  readonly first: FirstSession;
  /** How often the host is told that the client lives, in milliseconds. */
  readonly beat: number;
  /** What a command left running holds its outputs. */
  readonly onHeld: () => void;
}

/** A session in use by one flight or command, which ends with `release` or `park`. */
export interface Lease extends ShellChannel {
  readonly pid: SshChannel["pid"];
  readonly noise: () => string;
}

/** Milliseconds before a session that was refused is asked for again. */
const BACK_OFF: readonly number[] = [100, 400];
/** Milliseconds that sshd may take to count one session less. A request that arrives together with the last goodbye is refused. */
const SETTLING = 10;

/**
 * The sessions of one connection. A shell that waits for another flight is kept for the next one, which then costs one round
 * trip in place of three. A session that nobody uses makes room for one that somebody needs. When a shell ends, another one is
 * opened before it is asked for: a connection without any would not notice that its client is gone (framing/guard.ts).
 */
export class SessionPool {
  readonly #client: Client;
  readonly #lost: SessionPoolOptions["lost"];
  /** For sessions in use. */
  readonly #places: Semaphore;
  /** One at a time: only one session is kept free for them. */
  readonly #kills = new Semaphore(1);
  /** All sessions that the server has not let go of. */
  readonly #channels = new Set<SshChannel>();
  /** Those whose shells wait for a flight, the one used last at the end. */
  readonly #idle: SshChannel[] = [];
  /** A session was given back, has lost its shell, or is no more. */
  readonly #changes = createBell();
  /** Of all shells that have not ended as far as is known: each leads a process group. */
  readonly #pids = new Map<SshChannel, number>();
  readonly #beat: number;
  readonly #onHeld: () => void;
  #first: FirstSession | undefined;
  #opening = 0;
  #hasOpened = false;
  /** Those that are released when another shell is there. */
  readonly #leaving = new WeakSet<SshChannel>();
  /** `wanted`: as soon as there is room for it. `taken`: somebody waits for it. */
  #spare: "none" | "wanted" | "opening" | "taken" = "none";

  constructor(client: Client, options: SessionPoolOptions) {
    this.#client = client;
    this.#lost = options.lost;
    this.#first = options.first;
    this.#beat = options.beat;
    this.#onHeld = options.onHeld;
    this.#places = new Semaphore(options.limit);
  }

  /** A session, when one is free. Rejects with ssh2's error when the host gives none: nothing was sent. */
  async take(kind: ChannelKind, signal: AbortSignal | undefined, backOff = BACK_OFF): Promise<Lease> {
    const leave = await this.#places.acquire(signal);
    try {
      return this.#lease(await this.#find(kind, signal), leave);
    } catch (error) {
      leave();
      const [pause, ...rest] = backOff;
      const others = this.#channels.size + this.#opening;
      if (pause === undefined || this.#lost() !== undefined || !this.#hasOpened || !isSessionRefusal(error)) throw error;
      // The host allows fewer sessions than we thought: from now on no more than are open at the moment.
      this.#places.lower(others);
      await delay(pause, undefined, { signal });
      return this.take(kind, signal, rest);
    }
  }

  /** Process groups that may still run. */
  get left(): readonly number[] {
    return [...this.#pids.values()];
  }

  /** Nothing more will come. What runs is sent SIGTERM; settles when the host was told, or cannot be. */
  async abandon(reason: Error): Promise<void> {
    const running = [...this.#channels].filter((channel) => channel.isBusy);
    for (const channel of this.#channels) channel.abandon(reason);
    this.#changes.ring();
    await Promise.allSettled(running.map((channel) => channel.kill("SIGTERM", undefined)));
  }

  async #find(kind: ChannelKind, signal: AbortSignal | undefined): Promise<SshChannel> {
    while (true) {
      const lost = this.#lost();
      if (lost !== undefined) throw lost;
      const idle = kind === "flight" ? this.#takeIdle() : undefined;
      if (idle !== undefined) return idle;
      if (kind === "flight" && this.#spare === "opening") {
        this.#spare = "taken";
        await this.#changes.next(signal);
        continue;
      }
      if (this.#channels.size + this.#opening < this.#places.limit) return this.#open(kind);
      this.#evict();
      await this.#changes.next(signal);
    }
  }

  async #open(kind: ChannelKind): Promise<SshChannel> {
    this.#opening += 1;
    try {
      const host: ChannelHost = {
        signalGroup: (signal, group) => this.#kills.run(() => this.#signal(signal, group)),
        lost: this.#lost,
        left: () => this.#changes.ring(),
        held: () => {
          if (this.#lost() === undefined) this.#onHeld();
        },
        beat: this.#beat,
      };
      const first = kind === "flight" ? this.#first : undefined;
      if (first !== undefined) this.#first = undefined;
      const channel = await (first?.take(host) ?? openChannel(this.#client, kind, host));
      this.#hasOpened = true;
      this.#channels.add(channel);
      channel.pid.then((pid) => pid !== undefined && this.#pids.set(channel, pid));
      channel.gone.then(() => setTimeout(() => this.#forget(channel), SETTLING));
      const lost = this.#lost();
      if (lost !== undefined) channel.abandon(lost);
      return channel;
    } finally {
      this.#opening -= 1;
    }
  }

  #lease(channel: SshChannel, leave: () => void): Lease {
    return {
      stdin: channel.stdin,
      stdout: channel.stdout,
      stderr: channel.stderr,
      pid: channel.pid,
      closed: channel.use(),
      kill: (signal, group) => channel.kill(signal, group),
      noise: () => channel.noise,
      release: () => {
        if (channel.kind === "flight") void this.#dismiss(channel);
        else channel.release();
        leave();
      },
      session: channel.kind === "flight" ? this.#sessionOf(channel, leave) : undefined,
    };
  }

  #sessionOf(channel: SshChannel, leave: () => void): ShellSession {
    return {
      send: (script) => channel.send(script),
      park: () => {
        channel.rest();
        this.#idle.push(channel);
        leave();
        this.#changes.ring();
      },
    };
  }

  #forget(channel: SshChannel): void {
    this.#channels.delete(channel);
    if (this.#lost() === undefined) this.#pids.delete(channel);
    void this.#openSpare();
    this.#changes.ring();
  }

  /** A shell goes when another one is there, as far as the host has room for two. */
  async #dismiss(channel: SshChannel): Promise<void> {
    channel.rest();
    this.#leaving.add(channel);
    if (this.#spare === "none") this.#spare = "wanted";
    await this.#openSpare();
    channel.release();
  }

  /** One that is refused is not asked for again: nobody needs it yet. */
  async #openSpare(): Promise<void> {
    if (this.#spare !== "wanted" || this.#lost() !== undefined) return;
    const channels = [...this.#channels];
    if (channels.some((channel) => channel.kind === "flight" && channel.isOpen && !this.#leaving.has(channel))) {
      this.#spare = "none";
      return;
    }
    const others = channels.length + this.#opening;
    if (others >= this.#places.limit) return;
    this.#spare = "opening";
    try {
      const channel = await this.#open("flight");
      channel.rest();
      this.#idle.push(channel);
    } catch (error) {
      if (isSessionRefusal(error)) this.#places.lower(others);
    } finally {
      this.#spare = "none";
      this.#changes.ring();
    }
  }

  #takeIdle(): SshChannel | undefined {
    let channel = this.#idle.pop();
    while (channel !== undefined && !channel.isOpen) channel = this.#idle.pop();
    return channel;
  }

  /** Ends a session that nobody uses: one whose shell has ended, else the one that was idle longest. False when none is about to go. */
  #evict(): boolean {
    const channels = [...this.#channels];
    const left = channels.find((channel) => channel.isLeft);
    if (left !== undefined) left.close();
    else this.#idle.shift()?.release();
    return channels.some((channel) => !channel.isBusy);
  }

  async #signal(signal: "SIGTERM" | "SIGKILL", group: number): Promise<void> {
    try {
      await signalOver(this.#client, signal, group);
    } catch (error) {
      if (!(error instanceof NoSessionError) || !this.#evict()) throw error;
      await this.#changes.next(undefined);
      await this.#signal(signal, group);
    }
  }
}

import { EventEmitter, once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { ConnectError } from "../../../errors.ts";
import { orAborted } from "../../../wait.ts";
import type { HostProcess, StartRequest } from "../../framing/host-process.ts";
import type { ProcessSource, Started } from "../../framing/started.ts";
import { SESSION_PAUSES_MS, SETTLING_MS } from "../../limits.ts";
import type { ConnectOptions } from "../../transport.ts";
import { isSessionRefusal } from "../errors.ts";
import type { ChannelHost, SessionRequest, SessionTimes, SshProcess } from "./channel.ts";
import { type Kill, Kills } from "./kills.ts";
import { type OpenSession, PlainLoginNeededError } from "./opening.ts";
import { Places } from "./places.ts";

export interface SessionPoolOptions extends SessionTimes {
  /** Sessions at once; sshd's default is 10, and one is kept for ending what runs in the others. */
  readonly limit: number;
  /** Why a session could not be had. */
  readonly explain: (error: unknown) => Error;
  /** The login has opened it, or is about to. */
  readonly first: Promise<SshProcess>;
  /** True while the connection holds a file, which its shells say signs of life for. */
  readonly holds: () => boolean;
  /** What a command left running holds its outputs. */
  readonly onHeld: () => void;
  readonly variable: ConnectOptions["variable"];
  /** The first shell need not be able to serve another flight. */
  readonly single: boolean;
}

const SHELL: SessionRequest = { program: "shell" };

/**
 * The sessions of one connection. A shell that waits for another flight is kept for the next one, which then costs one round
 * trip in place of three. A session that nobody uses makes room for one that somebody needs, and what lasts leaves one for
 * flights. When a shell ends, another one is opened before it is asked for: a connection without any would not notice that its
 * client is gone (host-side/guard.ts).
 */
export class SessionPool implements ProcessSource, ChannelHost {
  readonly shellsStay = true;
  readonly #openSession: OpenSession;
  readonly #options: SessionPoolOptions;
  /** Why nothing more can be sent, once that is so: for the connection to set. */
  lost: ConnectError | undefined;
  readonly #places: Places;
  readonly #kills: Kills;
  /** All sessions that the server has not let go of, and those that were open when the link was lost. */
  readonly #sessions = new Set<SshProcess>();
  /** Those whose shells wait for a flight, the one used last at the end. */
  readonly #idle: SshProcess[] = [];
  /** A session was given back, has lost its process, or is no more. */
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #first: Promise<SshProcess> | undefined;
  #opening = 0;
  #hasOpened = false;
  /** Those that are released when another shell is there. */
  readonly #leaving = new WeakSet<SshProcess>();
  /** `wanted`: as soon as there is room for it. `taken`: somebody waits for it. */
  #spare: "none" | "wanted" | "opening" | "taken" = "none";

  constructor(openSession: OpenSession, options: SessionPoolOptions) {
    this.#openSession = openSession;
    this.#options = options;
    this.#first = options.first;
    this.#places = new Places(options.limit);
    const makeRoom = async (): Promise<boolean> => this.#evict() && (await this.#change(undefined).then(() => true));
    this.#kills = new Kills(openSession, makeRoom, options.startLimit);
  }

  async takeShell(signal: AbortSignal | undefined): Promise<Started> {
    const { shell } = await this.#take(SHELL, signal);
    if (shell === undefined) throw new Error("A session for flights has a shell.");
    return shell;
  }

  returnShell({ process }: Started, stays: boolean): void {
    const session = process as SshProcess;
    if (stays) {
      session.state = "idle";
      this.#idle.push(session);
    } else if (session.servesOne) session.release();
    else void this.#dismiss(session);
    session.leave();
    this.#changes.emit("change");
  }

  start({ terminal, signal }: StartRequest): Promise<HostProcess> {
    return this.#take({ program: "loader", terminal }, signal);
  }

  /** Process groups that may still run. */
  get left(): readonly number[] {
    return [...this.#sessions].flatMap(({ pid }) => pid ?? []);
  }

  /** Nothing more will come. What runs is sent SIGTERM; settles when the host was told, or cannot be. */
  async abandon(reason: Error): Promise<void> {
    const running = [...this.#sessions].filter((session) => session.state === "busy");
    for (const session of this.#sessions) session.abandon(reason);
    this.#changes.emit("change");
    await Promise.allSettled(running.map((session) => session.signal("SIGTERM", session.pid)));
  }

  /** A session, when one is free. @throws ConnectError when the host gives none: nothing was sent */
  async #take(request: SessionRequest, signal: AbortSignal | undefined, pauses = SESSION_PAUSES_MS): Promise<SshProcess> {
    const leave = await (request === SHELL ? this.#places.all.acquire(signal) : this.#places.acquire(signal));
    try {
      const idle = request === SHELL ? this.#takeIdle(request) : undefined;
      const session = idle ?? (await this.#find(request, signal));
      session.state = "busy";
      session.leave = leave;
      return session;
    } catch (error) {
      leave();
      const [pause, ...rest] = pauses;
      const others = this.#sessions.size + this.#opening;
      if (pause === undefined || this.lost !== undefined || !this.#hasOpened || !isSessionRefusal(error)) {
        if (signal?.aborted === true || error instanceof PlainLoginNeededError) throw error;
        throw this.lost ?? this.#options.explain(error);
      }
      // The host allows fewer sessions than we thought: from now on no more than are open at the moment.
      this.#places.lower(others);
      await delay(pause, undefined, { signal });
      return this.#take(request, signal, rest);
    }
  }

  async #find(request: SessionRequest, signal: AbortSignal | undefined): Promise<SshProcess> {
    while (true) {
      if (this.lost !== undefined) throw this.lost;
      const idle = this.#takeIdle(request);
      if (idle !== undefined && (request === SHELL || (await this.#turn(idle)))) return idle;
      if (this.#spare === "opening" && this.#takesShell(request)) {
        this.#spare = "taken";
        await this.#change(signal);
        continue;
      }
      if (this.#sessions.size + this.#opening < this.#places.all.limit) return this.#open(request, signal);
      this.#evict();
      await this.#change(signal);
    }
  }

  async #open(request: SessionRequest, signal?: AbortSignal): Promise<SshProcess> {
    const first = request === SHELL ? this.#first : undefined;
    if (first !== undefined) this.#first = undefined;
    this.#opening += 1;
    const variable = this.#options.variable;
    const [opened] = await Promise.allSettled([first ?? this.#openSession(request, { variable })]);
    this.#opening -= 1;
    if (opened.status === "rejected") throw opened.reason;
    const { value: session } = opened;
    session.host = this;
    this.#hasOpened = true;
    this.#sessions.add(session);
    session.gone.then(() => setTimeout(() => this.#forget(session), SETTLING_MS));
    if (this.lost !== undefined) session.abandon(this.lost);
    if (request !== SHELL) session.limitStart(this.#options.startLimit);
    else {
      const isFirst = first !== undefined;
      await session.becomeShell(this.#options, { isFirst, servesOne: isFirst && this.#options.single }, signal);
    }
    return session;
  }

  /** Makes a loader of a shell: that costs one turn where a session costs two. False when it had ended, and the news was on its way. */
  async #turn(session: SshProcess): Promise<boolean> {
    session.state = "busy";
    const isLoader = session.becomeLoader();
    if (this.#spare === "none") this.#spare = "wanted";
    void this.#openSpare();
    if (await isLoader) return true;
    session.release();
    return false;
  }

  #forget(session: SshProcess): void {
    // What was open when the link was lost may still run.
    if (this.lost === undefined) this.#sessions.delete(session);
    void this.#openSpare();
    this.#changes.emit("change");
  }

  /** A shell goes when another one is there, as far as the host has room for two. */
  async #dismiss(session: SshProcess): Promise<void> {
    session.state = "idle";
    this.#leaving.add(session);
    if (this.#spare === "none") this.#spare = "wanted";
    await this.#openSpare();
    session.release();
  }

  /** One that is refused is not asked for again: nobody needs it yet. */
  async #openSpare(): Promise<void> {
    if (this.#spare !== "wanted" || this.lost !== undefined) return;
    const sessions = [...this.#sessions];
    if (sessions.some((session) => session.shell !== undefined && session.isOpen && !this.#leaving.has(session))) {
      this.#spare = "none";
      return;
    }
    const others = sessions.length + this.#opening;
    if (others >= this.#places.all.limit) return;
    this.#spare = "opening";
    try {
      const session = await this.#open(SHELL);
      session.state = "idle";
      this.#idle.push(session);
    } catch (error) {
      if (isSessionRefusal(error)) this.#places.lower(others);
    } finally {
      this.#spare = "none";
      this.#changes.emit("change");
    }
  }

  signalGroup(...kill: Kill): Promise<void> {
    return this.#kills.send(...kill);
  }

  async #change(signal: AbortSignal | undefined): Promise<void> {
    const change = once(this.#changes, "change");
    await (signal === undefined ? change : orAborted(change, signal));
  }

  onLeft(): void {
    this.#changes.emit("change");
  }

  onHeld(): void {
    if (this.lost === undefined) this.#options.onHeld();
  }

  /** A shell that holds a file goes on to do so. */
  #takesShell(request: SessionRequest): boolean {
    return request === SHELL || (request.terminal === undefined && !this.#options.holds());
  }

  #takeIdle(request: SessionRequest): SshProcess | undefined {
    if (this.lost !== undefined || !this.#takesShell(request)) return undefined;
    let session = this.#idle.pop();
    while (session !== undefined && !session.isOpen) session = this.#idle.pop();
    return session;
  }

  /** Ends a session that nobody uses: one whose process has ended, else the one that was idle longest. False when none is about to go. */
  #evict(): boolean {
    const sessions = [...this.#sessions];
    const left = sessions.find((session) => session.state === "left");
    if (left !== undefined) left.close();
    else this.#idle.shift()?.release();
    return sessions.some((session) => session.state !== "busy");
  }
}

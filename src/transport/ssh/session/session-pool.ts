import { setTimeout as delay } from "node:timers/promises";
import type { ConnectError } from "../../../errors.ts";
import type { HostProcess, StartRequest } from "../../framing/host-process.ts";
import type { ProcessSource, Started } from "../../framing/started.ts";
import { SESSION_PAUSES_MS, SETTLING_MS, SPARE_MS } from "../../limits.ts";
import { isSessionRefusal, NoSessionError } from "../errors.ts";
import type { ChannelHost, SessionRequest, SshProcess } from "./channel.ts";
import { type Kill, Kills } from "./kills.ts";
import { type OpenSession, PlainLoginNeededError } from "./opening.ts";
import { Places } from "./places.ts";
import type { SessionPoolOptions } from "./pool-options.ts";
import { Roster } from "./roster.ts";

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
  readonly places: Places;
  readonly #kills: Kills;
  readonly #roster = new Roster();
  #first: Promise<SshProcess> | undefined;
  #hasOpened = false;
  /** Those that are released when another shell is there. */
  readonly #leaving = new WeakSet<SshProcess>();
  /** `wanted`: as soon as there is room for it. `taken`: somebody waits for it. */
  #spare: "none" | "wanted" | "opening" | "taken" = "none";

  constructor(openSession: OpenSession, options: SessionPoolOptions) {
    this.#openSession = openSession;
    this.#options = options;
    this.#first = options.first;
    this.places = new Places(options.limit);
    /** One that is being opened for nobody yet can be ended when it is there. */
    const makeRoom = async (): Promise<boolean> =>
      (this.#roster.evict(this.lost !== undefined) || this.#spare === "opening") &&
      (await this.#roster.change(undefined).then(() => true));
    this.#kills = new Kills(openSession, makeRoom, options.startLimit, this.#roster);
  }

  async takeShell(signal: AbortSignal | undefined): Promise<Started> {
    const { shell } = await this.#take(SHELL, signal);
    if (shell === undefined) throw new Error("A session for flights has a shell.");
    return shell;
  }

  returnShell({ process }: Started, stays: boolean): void {
    const session = process as SshProcess;
    if (stays) this.#roster.park(session);
    else if (session.servesOne) session.release();
    else void this.#dismiss(session);
    session.leave();
    this.#roster.changed();
  }

  start({ terminal, signal }: StartRequest): Promise<HostProcess> {
    return this.#take({ program: "loader", terminal }, signal);
  }

  /**
   * Starts what lasts until somebody ends it, beside a shell that goes on to serve flights, and to notice when nobody is there. Undefined
   * where there is no place for it: then it has to be on another login.
   */
  async startLasting({ terminal, signal }: StartRequest): Promise<SshProcess | undefined> {
    const isOnly = this.places.all.limit === 1;
    if (isOnly && this.#options.elsewhere === undefined) return undefined;
    const leave = await this.places.enter(signal);
    if (leave === undefined) return undefined;
    try {
      const session = await this.#find({ program: "loader", terminal }, signal, isOnly);
      session.state = "busy";
      session.leave = leave;
      return session;
    } catch (error) {
      leave();
      if (this.#learn(error) && signal?.aborted !== true) return undefined;
      throw this.#why(error, signal);
    }
  }

  /** Process groups that may still run. */
  get left(): readonly number[] {
    return this.#roster.left;
  }

  /** Nothing more will come. What runs is sent SIGTERM; settles when the host was told, or cannot be. */
  async abandon(reason: Error): Promise<void> {
    const running = [...this.#roster.sessions].filter(({ state, outlives }) => state === "busy" && !outlives);
    for (const session of this.#roster.sessions) session.abandon(reason);
    this.#roster.changed();
    await Promise.allSettled(running.map((session) => session.signal("SIGTERM", session.pid)));
  }

  /** A session, when one is free. @throws ConnectError when the host gives none: nothing was sent */
  async #take(request: SessionRequest, signal: AbortSignal | undefined, pauses = SESSION_PAUSES_MS): Promise<SshProcess> {
    const leave = await (request === SHELL ? this.places.all.acquire(signal) : this.places.acquire(signal));
    try {
      const idle = request === SHELL ? this.#takeIdle(request) : undefined;
      const session = idle ?? (await this.#find(request, signal));
      session.state = "busy";
      session.leave = leave;
      return session;
    } catch (error) {
      leave();
      const [pause, ...rest] = pauses;
      if (pause === undefined || !this.#learn(error)) throw this.#why(error, signal);
      await delay(pause, undefined, { signal });
      return this.#take(request, signal, rest);
    }
  }

  /** True when the host allows fewer sessions than we thought: from now on no more than are open at the moment. */
  #learn(error: unknown): boolean {
    if (this.lost !== undefined || !this.#hasOpened || !isSessionRefusal(error)) return false;
    this.places.lower(this.#roster.size);
    return true;
  }

  #why(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted === true || error instanceof PlainLoginNeededError) return error;
    return this.lost ?? this.#options.explain(error);
  }

  /** @param turns a shell that waits may become it */
  async #find(request: SessionRequest, signal: AbortSignal | undefined, turns = true): Promise<SshProcess> {
    while (true) {
      if (this.lost !== undefined) throw this.lost;
      const idle = turns ? this.#takeIdle(request) : undefined;
      if (idle !== undefined && (request === SHELL || (await this.#turn(idle)))) return idle;
      if (this.#spare === "opening" && turns && this.#takesShell(request)) {
        this.#spare = "taken";
        await this.#roster.change(signal);
        continue;
      }
      if (this.#roster.size < this.places.all.limit) return this.#open(request, signal);
      this.#roster.evict();
      await this.#roster.change(signal);
    }
  }

  async #open(request: SessionRequest, signal?: AbortSignal): Promise<SshProcess> {
    const first = request === SHELL ? this.#first : undefined;
    if (first !== undefined) this.#first = undefined;
    this.#roster.opening += 1;
    const { variable, beat } = this.#options;
    const [opened] = await Promise.allSettled([first ?? this.#openSession(request, { variable, beat })]);
    this.#roster.opening -= 1;
    if (opened.status === "rejected") throw opened.reason;
    const { value: session } = opened;
    session.host = this;
    this.#hasOpened = true;
    this.#roster.sessions.add(session);
    session.gone.then(() => setTimeout(() => this.#forget(session), SETTLING_MS));
    if (this.lost !== undefined) session.abandon(this.lost);
    if (request !== SHELL) session.limitStart(this.#options.startLimit);
    else {
      await session.becomeShell(this.#options, first !== undefined, signal);
    }
    return session;
  }

  /** Makes a loader of a shell: that costs one turn where a session costs two. False when it had ended, and the news was on its way. */
  async #turn(session: SshProcess): Promise<boolean> {
    session.state = "busy";
    const isLoader = session.becomeLoader();
    void this.#wantSpare();
    if (await isLoader) return true;
    session.release();
    return false;
  }

  #forget(session: SshProcess): void {
    this.#roster.forget(session, this.lost !== undefined);
    void this.#openSpare();
    this.#roster.changed();
  }

  /** A shell goes when another one is there, as far as the host has room for two. */
  async #dismiss(session: SshProcess): Promise<void> {
    session.state = "idle";
    this.#leaving.add(session);
    await this.#wantSpare();
    session.release();
  }

  /** One that is refused is not asked for again: nobody needs it yet. */
  async #openSpare(): Promise<void> {
    if (this.#spare !== "wanted" || this.lost !== undefined) return;
    const sessions = [...this.#roster.sessions];
    if (sessions.some((session) => session.shell !== undefined && session.isOpen && !this.#leaving.has(session))) {
      this.#spare = "none";
      return;
    }
    const others = this.#roster.size;
    if (others >= this.places.all.limit) return;
    this.#spare = "opening";
    try {
      this.#roster.park(await this.#open(SHELL));
    } catch (error) {
      if (isSessionRefusal(error)) this.places.lower(others);
    } finally {
      this.#spare = "none";
      this.#roster.changed();
    }
  }

  async signalGroup(...kill: Kill): Promise<void> {
    try {
      await this.#kills.send(...kill);
    } catch (error) {
      const { elsewhere } = this.#options;
      if (elsewhere === undefined || !(error instanceof NoSessionError)) throw error;
      await elsewhere(...kill);
    } finally {
      // A shell may have made room for it.
      setTimeout(() => this.#wantSpare(), SPARE_MS).unref();
    }
  }

  #wantSpare(): Promise<void> {
    if (this.#spare === "none") this.#spare = "wanted";
    return this.#openSpare();
  }

  onLeft(): void {
    this.#roster.changed();
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
    return this.#roster.takeIdle();
  }
}

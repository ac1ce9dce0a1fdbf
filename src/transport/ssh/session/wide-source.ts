import type { ConnectError } from "../../../errors.ts";
import { orAborted } from "../../../wait.ts";
import type { HostProcess, StartRequest } from "../../framing/host-process.ts";
import type { ProcessSource, Started } from "../../framing/started.ts";
import { OUTWAIT_S } from "../../limits.ts";
import type { SshProcess } from "./channel.ts";
import type { SessionPool } from "./session-pool.ts";

/** A login beside the first one of a connection. */
export interface FurtherLogin {
  readonly pool: SessionPool;
  hangUp(): void;
}

/** Logs in once more, for at most so many sessions. `onLost`: it was lost by itself. Rejects with a ConnectError. */
export type LogInFurther = (limit: number, onLost: (why: ConnectError) => void) => Promise<FurtherLogin>;

interface Further {
  readonly login: Promise<FurtherLogin>;
  /** Once it is there. */
  there: FurtherLogin | undefined;
  /** Who counts on a place of it before it is there. */
  waiting: number;
  /** What is there. */
  uses: number;
  end: NodeJS.Timeout | undefined;
}

/**
 * The sessions of a connection: those of its login, and of further ones once there are more processes that last than a login has sessions
 * for. Flights have the first to themselves, but for what was there before. A further one goes some time after the last of its processes, and
 * when it is lost, they alone are.
 */
export class WideSource implements ProcessSource {
  readonly shellsStay = true;
  readonly #first: SessionPool;
  readonly #logIn: LogInFurther;
  readonly #linger: number;
  readonly #further = new Set<Further>();
  /** Of logins that were lost: what was there may still run for a while. */
  readonly #lost = new Set<SessionPool>();

  /** @param linger milliseconds for which a further login without processes stays */
  constructor(first: SessionPool, logIn: LogInFurther, linger: number) {
    this.#first = first;
    this.#logIn = logIn;
    this.#linger = linger;
  }

  takeShell(signal: AbortSignal | undefined): Promise<Started> {
    return this.#first.takeShell(signal);
  }

  returnShell(shell: Started, stays: boolean): void {
    this.#first.returnShell(shell, stays);
  }

  /** What ends by itself waits for what does, and for nothing else. */
  async start(request: StartRequest): Promise<HostProcess> {
    if (request.lasts !== true && !this.#first.places.areTaken) return this.#first.start(request);
    const process = await this.#first.startLasting(request);
    return process ?? this.#startElsewhere(request);
  }

  /** Why nothing more can be sent, once that is so: for the connection to set. */
  get lost(): ConnectError | undefined {
    return this.#first.lost;
  }

  set lost(reason: ConnectError | undefined) {
    for (const pool of this.#pools) pool.lost ??= reason;
  }

  /** Process groups that may still run. */
  get left(): readonly number[] {
    return [...this.#pools, ...this.#lost].flatMap(({ left }) => left);
  }

  /** Nothing more will come. What runs is sent SIGTERM; settles when the host was told, or cannot be. */
  async abandon(reason: Error): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.abandon(reason)));
  }

  get #pools(): readonly SessionPool[] {
    return [this.#first, ...[...this.#further].flatMap(({ there }) => there?.pool ?? [])];
  }

  async #startElsewhere(request: StartRequest): Promise<SshProcess> {
    while (true) {
      const further = [...this.#further].find((one) => this.#hasRoom(one)) ?? this.#add();
      const process = await this.#startOn(further, request);
      if (process !== undefined) return process;
    }
  }

  #hasRoom({ there, waiting }: Further): boolean {
    return there === undefined ? waiting < Math.max(1, this.#limit - 1) : there.pool.places.room > 0;
  }

  /** What one login has learned is so for the others. */
  get #limit(): number {
    return Math.min(...this.#pools.map(({ places }) => places.all.limit));
  }

  #add(): Further {
    const onLost = (why: ConnectError): void => {
      this.#further.delete(further);
      clearTimeout(further.end);
      const pool = further.there?.pool;
      if (pool === undefined) return;
      pool.lost ??= why;
      this.#lost.add(pool);
      setTimeout(() => this.#lost.delete(pool), OUTWAIT_S * 1000).unref();
    };
    const login = this.#logIn(this.#limit, onLost);
    const further: Further = { login, there: undefined, waiting: 0, uses: 0, end: undefined };
    this.#further.add(further);
    login.then(
      (there) => {
        further.there = there;
        // It comes too late.
        if (this.lost === undefined) return;
        this.#further.delete(further);
        there.hangUp();
      },
      () => this.#further.delete(further),
    );
    return further;
  }

  async #startOn(further: Further, request: StartRequest): Promise<SshProcess | undefined> {
    const { signal } = request;
    clearTimeout(further.end);
    further.waiting += 1;
    try {
      const { pool } = await (signal === undefined ? further.login : orAborted(further.login, signal));
      if (this.lost !== undefined) throw this.lost;
      const process = await pool.startLasting(request);
      if (process === undefined) return undefined;
      further.uses += 1;
      const isOver = Promise.race([process.gone, process.letGo]).then(() => process.signalled);
      isOver.then(() => {
        further.uses -= 1;
        this.#letGo(further);
      });
      return process;
    } catch (error) {
      // Who has logged in in vain need not have lost the connection, but may have.
      if (signal?.aborted === true) throw error;
      throw this.lost ?? error;
    } finally {
      further.waiting -= 1;
      this.#letGo(further);
    }
  }

  #letGo(further: Further): void {
    clearTimeout(further.end);
    if (further.uses > 0 || further.waiting > 0 || !this.#further.has(further)) return;
    further.end = setTimeout(() => {
      this.#further.delete(further);
      further.there?.hangUp();
    }, this.#linger).unref();
  }
}

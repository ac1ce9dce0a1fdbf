import type { Readable } from "node:stream";
import { setTimeout as delay, setImmediate as immediate } from "node:timers/promises";
import type { Secret } from "../../../command/secret.ts";
import { toError } from "../../../errors.ts";
import { within } from "../../../wait.ts";
import { takePid } from "../../framing/splitter.ts";
import type { Started } from "../../framing/started.ts";
import { SIGNALLED, signalScript, signalScripts } from "../../host-side/signal-script.ts";
import { KILL_PAUSE_MS, SIGNAL_MS, SPARE_MS } from "../../limits.ts";
import { isSessionRefusal, NoSessionError } from "../errors.ts";
import type { SshProcess } from "./channel.ts";
import type { OpenSession } from "./opening.ts";

/** What is to be signalled, and what answers sudo, which alone may signal what it has started. */
export type Kill = readonly [signal: NodeJS.Signals, group: number, sudoPassword: Secret | undefined];

/** So many go at once: their numbers are part of one command line. */
const TOGETHER = 1000;

/** Where shells that wait for a flight are, and are put back. */
export interface IdleShells {
  takeIdle(): SshProcess | undefined;
  park(session: SshProcess): void;
  changed(): void;
}

interface WaitingKill {
  readonly kill: Kill;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * Signals to process groups of one connection. A shell that waits for a flight takes them in half a round trip, and the news of who has ended
 * comes in the other half. Where none waits they have a session of their own, which costs one more: one at a time, as only one is kept free for
 * that. Those that wait go together.
 */
export class Kills {
  readonly #openSession: OpenSession;
  readonly #makeRoom: () => Promise<boolean>;
  readonly #limit: number;
  readonly #idle: IdleShells;
  #waiting: WaitingKill[] = [];
  #isSending = false;
  /** When there was last a session for one. */
  #hadRoom = Number.NEGATIVE_INFINITY;

  /**
   * @param makeRoom ends a session that nobody uses, and waits for that; false where all are in use
   * @param limit milliseconds that room is waited for, in all
   */
  constructor(openSession: OpenSession, makeRoom: () => Promise<boolean>, limit: number, idle: IdleShells) {
    this.#idle = idle;
    this.#openSession = openSession;
    this.#makeRoom = makeRoom;
    this.#limit = limit;
  }

  /** Rejects when the host does not say that all of it was reached; with NoSessionError when it gives no session. */
  send(...kill: Kill): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ kill, resolve, reject });
      if (!this.#isSending) void this.#sendAll();
    });
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    // Whoever ends many says so for each, one after another.
    await immediate();
    while (this.#waiting.length > 0) {
      const together = this.#takeAlike();
      try {
        const unreached = await this.#send(
          together.map(({ kill }) => kill),
          performance.now() + this.#limit,
        );
        for (const { kill, resolve, reject } of together)
          if (unreached.has(kill[1])) reject(new Error("part of it belongs to a user whose processes we may not end"));
          else resolve();
      } catch (error) {
        for (const { reject } of together) reject(toError(error));
      }
    }
    this.#isSending = false;
  }

  /** The first that waits, and those that are sent the same signal. What is to answer sudo goes alone: it reads the input. */
  #takeAlike(): readonly WaitingKill[] {
    const [first, ...rest] = this.#waiting;
    if (first === undefined) return [];
    const [signal, , sudoPassword] = first.kill;
    const isAlike = ({ kill: [name, , password] }: WaitingKill): boolean =>
      sudoPassword === undefined && password === undefined && name === signal;
    const together = [first, ...rest.filter(isAlike).slice(0, TOGETHER - 1)];
    this.#waiting = rest.filter((one) => !together.includes(one));
    return together;
  }

  /** @returns groups that were not reached */
  async #send(kills: readonly Kill[], until: number): Promise<ReadonlySet<number>> {
    const told = await this.#sendThroughShell(kills);
    if (told !== undefined) return told;
    try {
      const unreached = await signalOver(this.#openSession, kills);
      this.#hadRoom = performance.now();
      return unreached;
    } catch (error) {
      // Room helps where there are too many sessions, and nowhere else.
      if (!(error instanceof NoSessionError && isSessionRefusal(error))) throw error;
      const left = until - performance.now();
      if (left > 0 && (await within(left, this.#makeRoom())) === true) this.#hadRoom = performance.now();
      // A busy host may count a session that has gone for longer than we wait before we believe it.
      else if (performance.now() - this.#hadRoom > SPARE_MS || performance.now() + KILL_PAUSE_MS > until) throw error;
      else await delay(KILL_PAUSE_MS);
      return this.#send(kills, until);
    }
  }

  /** @returns groups that were not reached; undefined where no shell waits, or the one that did has ended without a word */
  async #sendThroughShell(kills: readonly Kill[]): Promise<ReadonlySet<number> | undefined> {
    // What sudo does not read of its password would be a command.
    if (kills.some(([, , sudoPassword]) => sudoPassword !== undefined)) return undefined;
    const session = this.#idle.takeIdle();
    if (session?.shell === undefined) return undefined;
    const news = await within(SIGNAL_MS, tellShell(session, session.shell, kills));
    session.shell.leave();
    if (news === "ended") return undefined;
    if (news === undefined) {
      session.release();
      throw new Error(UNANSWERED);
    }
    this.#idle.park(session);
    this.#idle.changed();
    return news;
  }
}

const UNANSWERED = "the host did not answer the request to end it";

/** To a shell that waits for a flight. It says of each what came of it, and waits on. Rejects when the link is gone. */
function tellShell(session: SshProcess, shell: Started, kills: readonly Kill[]): Promise<ReadonlySet<number> | "ended"> {
  const { prelude, stdin } = session;
  session.prelude = undefined;
  const news = new Promise<ReadonlySet<number> | "ended">((resolve, reject) => {
    const reached = new KillNews(kills);
    shell.listen({
      push(stream, chunk) {
        if (stream === "stdout" && reached.hear(chunk)) resolve(reached.others);
      },
      close: (error) => (error === undefined ? resolve(reached.isSilent ? "ended" : reached.others) : reject(error)),
    });
  });
  const lead = prelude === undefined ? "" : prelude.greeting + prelude.text;
  stdin.write(`${lead}( _fake_apart; ${textOf(kills)} ) </dev/null 2>/dev/null 3>&- 4<&- 9>&-\n`);
  return news;
}

function textOf(kills: readonly Kill[]): string {
  const [signal] = kills[0] as Kill;
  return signalScripts(
    signal,
    kills.map(([, group]) => group),
  );
}

/** What a host says of several groups. */
class KillNews {
  readonly #groups: readonly number[];
  #said = "";
  readonly #told = new Map<number, boolean>();

  constructor(kills: readonly Kill[]) {
    this.#groups = kills.map(([, group]) => group);
  }

  /** True when all were told. */
  hear(chunk: Buffer): boolean {
    this.#said += chunk.toString("latin1");
    for (const [, group, code] of this.#said.matchAll(SIGNALLED)) this.#told.set(Number(group), code === "0");
    return this.#groups.every((group) => this.#told.has(group));
  }

  get isSilent(): boolean {
    return this.#told.size === 0;
  }

  /** Those that were not reached, as far as it has said. */
  get others(): ReadonlySet<number> {
    return new Set(this.#groups.filter((group) => this.#told.get(group) !== true));
  }
}

/** From a session of its own, which is not let go before it has said what came of it: a host may take its time. @returns who was not reached */
async function signalOver(openSession: OpenSession, kills: readonly Kill[]): Promise<ReadonlySet<number>> {
  const [signal, group, sudoPassword] = kills[0] as Kill;
  const asks = sudoPassword !== undefined;
  const text = asks ? signalScript(signal, group, asks) : textOf(kills);
  const opened = openSession({ program: "shell" }, { text }).catch((error: unknown) => {
    throw new NoSessionError(toError(error).message);
  });
  const run = async (): Promise<ReadonlySet<number>> => {
    const { marker, stdin, stdout, stderr, ended } = await opened;
    // Not before the shell is there: a start-up file takes what it finds.
    if (asks && (await takePid(stdout, marker)) !== undefined) stdin.write(`${sudoPassword.reveal()}\n`);
    const read = readReached(stdout, kills);
    stderr?.resume();
    stdin.end();
    if (asks) return new Set((await ended).exitCode === 0 ? [] : [group]);
    return read;
  };
  const unreached = await within(SIGNAL_MS, run());
  opened.then(
    (session) => session.release(),
    () => undefined,
  );
  if (unreached === undefined) throw new Error(UNANSWERED);
  return unreached;
}

/** Those that were not reached, as the host says: when all were told, or it says no more. */
function readReached(stdout: Readable, kills: readonly Kill[]): Promise<ReadonlySet<number>> {
  const reached = new KillNews(kills);
  return new Promise((resolve) => {
    stdout.on("data", (chunk: Buffer) => {
      if (reached.hear(chunk)) resolve(reached.others);
    });
    for (const event of ["end", "close", "error"]) stdout.once(event, () => resolve(reached.others));
  });
}

import type { Readable } from "node:stream";
import { setTimeout as delay, setImmediate as immediate } from "node:timers/promises";
import type { Secret } from "../../../command/secret.ts";
import { toError } from "../../../errors.ts";
import { within } from "../../../wait.ts";
import { takePid } from "../../framing/splitter.ts";
import { SIGNALLED, signalScript, signalScripts } from "../../host-side/signal-script.ts";
import { KILL_PAUSE_MS, SIGNAL_MS, SPARE_MS } from "../../limits.ts";
import { isSessionRefusal, NoSessionError } from "../errors.ts";
import type { OpenSession } from "./opening.ts";

/** What is to be signalled, and what answers sudo, which alone may signal what it has started. */
export type Kill = readonly [signal: NodeJS.Signals, group: number, sudoPassword: Secret | undefined];

/** So many go over one session. */
const TOGETHER = 25;

interface WaitingKill {
  readonly kill: Kill;
  resolve(): void;
  reject(error: Error): void;
}

/** Signals to process groups of one connection, over one session at a time: only one is kept free for them. Those that wait go together. */
export class Kills {
  readonly #openSession: OpenSession;
  readonly #makeRoom: () => Promise<boolean>;
  readonly #limit: number;
  #waiting: WaitingKill[] = [];
  #isSending = false;
  /** When there was last a session for one. */
  #hadRoom = Number.NEGATIVE_INFINITY;

  /**
   * @param makeRoom ends a session that nobody uses, and waits for that; false where all are in use
   * @param limit milliseconds that room is waited for, in all
   */
  constructor(openSession: OpenSession, makeRoom: () => Promise<boolean>, limit: number) {
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
}

/** From a session of its own, which is not let go before it has said what came of it: a host may take its time. @returns who was not reached */
async function signalOver(openSession: OpenSession, kills: readonly Kill[]): Promise<ReadonlySet<number>> {
  const [signal, group, sudoPassword] = kills[0] as Kill;
  const groups = kills.map(([, one]) => one);
  const asks = sudoPassword !== undefined;
  const text = asks ? signalScript(signal, group, asks) : signalScripts(signal, groups);
  const opened = openSession({ program: "shell" }, { text }).catch((error: unknown) => {
    throw new NoSessionError(toError(error).message);
  });
  const run = async (): Promise<ReadonlySet<number>> => {
    const { marker, stdin, stdout, stderr, ended } = await opened;
    // Not before the shell is there: a start-up file takes what it finds.
    if (asks && (await takePid(stdout, marker)) !== undefined) stdin.write(`${sudoPassword.reveal()}\n`);
    const read = readReached(stdout, groups.length);
    stderr?.resume();
    stdin.end();
    if (asks) return new Set((await ended).exitCode === 0 ? [] : [group]);
    const reached = await read;
    return new Set(groups.filter((one) => !reached.has(one)));
  };
  const unreached = await within(SIGNAL_MS, run());
  opened.then(
    (session) => session.release(),
    () => undefined,
  );
  if (unreached === undefined) throw new Error("the host did not answer the request to end it");
  return unreached;
}

/** Those of so many that were reached, as the host says: when all were told, or it says no more. */
function readReached(stdout: Readable, count: number): Promise<ReadonlySet<number>> {
  let said = "";
  return new Promise((resolve) => {
    const look = (isEnd: boolean): void => {
      const told = [...said.matchAll(SIGNALLED)];
      if (isEnd || told.length >= count) resolve(new Set(told.flatMap(([, pid, code]) => (code === "0" ? [Number(pid)] : []))));
    };
    stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString("latin1");
      look(false);
    });
    for (const event of ["end", "close", "error"]) stdout.once(event, () => look(true));
  });
}

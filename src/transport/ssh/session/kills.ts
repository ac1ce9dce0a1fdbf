import { setTimeout as delay } from "node:timers/promises";
import type { Secret } from "../../../command/secret.ts";
import { toError } from "../../../errors.ts";
import { Semaphore } from "../../../semaphore.ts";
import { within } from "../../../wait.ts";
import type { ChannelEnd } from "../../channel.ts";
import { takePid } from "../../framing/splitter.ts";
import { signalScript } from "../../host-side/signal-script.ts";
import { KILL_PAUSE_MS, SIGNAL_MS, SPARE_MS } from "../../limits.ts";
import { isSessionRefusal, NoSessionError } from "../errors.ts";
import type { OpenSession } from "./opening.ts";

/** What is to be signalled, and what answers sudo, which alone may signal what it has started. */
export type Kill = readonly [signal: NodeJS.Signals, group: number, sudoPassword: Secret | undefined];

/** Signals to process groups of one connection, one at a time: only one session is kept free for them. */
export class Kills {
  readonly #openSession: OpenSession;
  readonly #makeRoom: () => Promise<boolean>;
  readonly #limit: number;
  readonly #all = new Semaphore(1);
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
    return this.#all.run(() => this.#send(kill, performance.now() + this.#limit));
  }

  async #send(kill: Kill, until: number): Promise<void> {
    try {
      await signalOver(this.#openSession, ...kill);
      this.#hadRoom = performance.now();
    } catch (error) {
      // Room helps where there are too many sessions, and nowhere else.
      if (!(error instanceof NoSessionError && isSessionRefusal(error))) throw error;
      const left = until - performance.now();
      if (left > 0 && (await within(left, this.#makeRoom())) === true) this.#hadRoom = performance.now();
      // A busy host may count a session that has gone for longer than we wait before we believe it.
      else if (performance.now() - this.#hadRoom > SPARE_MS || performance.now() + KILL_PAUSE_MS > until) throw error;
      else await delay(KILL_PAUSE_MS);
      await this.#send(kill, until);
    }
  }
}

/** From a session of its own, which is not let go before it has said what came of it: a host may take its time. */
async function signalOver(openSession: OpenSession, ...[signal, group, sudoPassword]: Kill): Promise<void> {
  const asks = sudoPassword !== undefined;
  const opened = openSession({ program: "shell" }, { text: signalScript(signal, group, asks) }).catch((error: unknown) => {
    throw new NoSessionError(toError(error).message);
  });
  const run = async (): Promise<ChannelEnd> => {
    const { marker, stdin, stdout, stderr, ended } = await opened;
    // Not before the shell is there: a start-up file takes what it finds.
    if (asks && (await takePid(stdout, marker)) !== undefined) stdin.write(`${sudoPassword.reveal()}\n`);
    for (const output of [stdout, stderr]) output?.resume();
    stdin.end();
    return ended;
  };
  const end = await within(SIGNAL_MS, run());
  opened.then(
    (session) => session.release(),
    () => undefined,
  );
  if (end === undefined) throw new Error("the host did not answer the request to end it");
  if (end.exitCode !== 0) throw new Error("part of it belongs to a user whose processes we may not end");
}

import { toError } from "../../../errors.ts";
import { Semaphore } from "../../../semaphore.ts";
import { within } from "../../../wait.ts";
import type { ChannelEnd } from "../../channel.ts";
import { signalScript } from "../../host-side/signal-script.ts";
import { SIGNAL_MS } from "../../limits.ts";
import { NoSessionError } from "../errors.ts";
import type { OpenSession } from "./opening.ts";

/** Signals to process groups of one connection, one at a time: only one session is kept free for them. */
export class Kills {
  readonly #openSession: OpenSession;
  readonly #makeRoom: () => Promise<boolean>;
  readonly #all = new Semaphore(1);

  /** @param makeRoom ends a session that nobody uses, and waits for that; false where all are in use */
  constructor(openSession: OpenSession, makeRoom: () => Promise<boolean>) {
    this.#openSession = openSession;
    this.#makeRoom = makeRoom;
  }

  /** Rejects when the host does not say that all of it was reached; with NoSessionError when it gives no session. */
  send(signal: NodeJS.Signals, group: number): Promise<void> {
    return this.#all.run(() => this.#send(signal, group));
  }

  async #send(signal: NodeJS.Signals, group: number): Promise<void> {
    try {
      await signalOver(this.#openSession, signal, group);
    } catch (error) {
      if (!(error instanceof NoSessionError) || !(await this.#makeRoom())) throw error;
      await this.#send(signal, group);
    }
  }
}

/** From a session of its own, which is not let go before it has said what came of it: a host may take its time. */
async function signalOver(openSession: OpenSession, signal: NodeJS.Signals, group: number): Promise<void> {
  const opened = openSession({ program: "shell" }, { text: signalScript(signal, group) }).catch((error: unknown) => {
    throw new NoSessionError(toError(error).message);
  });
  const run = async (): Promise<ChannelEnd> => {
    const { stdin, stdout, stderr, ended } = await opened;
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

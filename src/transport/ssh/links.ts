import type { Client } from "ssh2";
import type { SshProcess } from "./session/channel.ts";
import type { Listen } from "./tunnel-source.ts";

/** A login, and how to end it. */
export interface ClientLink {
  readonly client: Client;
  /** Says goodbye without waiting for an answer. */
  hangUp(): void;
  /** Where the client cannot be asked to listen. */
  readonly listen?: Listen | undefined;
}

/**
 * Servers that are given a login for each session: tinysshd hangs up when its first one ends, and dropbear, as it was before 2025, does not
 * keep apart one that has just been opened and another whose process ends (decisions/055). OpenWrt's does not say its version.
 */
const ONE_SESSION = /^SSH-2\.0-(?:tinyssh|dropbear(?!_(?:202[5-9]|20[3-9]\d|2[1-9]\d\d)))/;

/** @param ident how the server introduced itself */
export function hasOneSession(ident: string): boolean {
  return ONE_SESSION.test(ident);
}

/** Servers that know of no channels but sessions. They say that it is forbidden (1), and not that they do not know (3). */
const ONLY_SESSIONS = /^SSH-2\.0-tinyssh/;

/** @param ident how the server introduced itself */
export function hasOnlySessions(ident: string): boolean {
  return ONLY_SESSIONS.test(ident);
}

/** The logins of one connection: one, or one for each session. They are lost together: what has lost one of them is half there. */
export class Links {
  readonly #all = new Set<ClientLink>();
  readonly #over = new AbortController();
  readonly #onLost: (error: Error | undefined) => void;

  /** @param onLost hears of the first that is lost, before the others are hung up */
  constructor(onLost: (error: Error | undefined) => void) {
    this.#onLost = onLost;
  }

  /** Aborts once all is over: whoever logs in for this connection need not go on. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** @param only what is served there, and goes together with it. @default all sessions of the connection */
  add(link: ClientLink, only?: Promise<SshProcess>): void {
    const { client } = link;
    let error: Error | undefined;
    let isDone = false;
    this.#all.add(link);
    client.on("error", (said) => {
      error ??= said;
    });
    client.once("close", () => {
      this.#all.delete(link);
      if (isDone || this.over.aborted) return;
      this.#onLost(error);
      this.hangUp();
    });
    // ssh2 tells of a lost link before it tells of what was there.
    const finish = (): void => {
      isDone = true;
      link.hangUp();
    };
    only
      ?.then((session) => {
        session.ended.then(({ cause }) => {
          isDone ||= cause === undefined;
        });
        return session.gone;
      })
      .then(finish, finish);
    if (this.over.aborted) link.hangUp();
  }

  /** One that is lost by itself: what else there is goes on. Gives how to end it. */
  addApart(link: ClientLink, onLost: (error: Error | undefined) => void): () => void {
    const { client } = link;
    let error: Error | undefined;
    let isDone = false;
    this.#all.add(link);
    client.on("error", (said) => {
      error ??= said;
    });
    client.once("close", () => {
      this.#all.delete(link);
      if (!isDone && !this.over.aborted) onLost(error);
    });
    if (this.over.aborted) link.hangUp();
    return () => {
      isDone = true;
      link.hangUp();
    };
  }

  /** Ends all of them, and what is added later. */
  hangUp(): void {
    this.#over.abort(new Error("The connection is over."));
    for (const link of this.#all) link.hangUp();
  }
}

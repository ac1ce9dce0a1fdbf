import { EventEmitter, once } from "node:events";
import { orAborted } from "../../../wait.ts";
import type { SshProcess } from "./channel.ts";

/** The sessions of one login. */
export class Roster {
  /** Those that the server has not let go of. */
  readonly sessions = new Set<SshProcess>();
  /** Those that were open when the link was lost. */
  readonly #lost = new Set<SshProcess>();
  /** Those whose shells wait for a flight, the one used last at the end. */
  readonly #idle: SshProcess[] = [];
  /** A session was given back, has lost its process, or is no more. */
  readonly #changes = new EventEmitter().setMaxListeners(0);
  opening = 0;

  /** With those that are being opened. */
  get size(): number {
    return this.sessions.size + this.opening;
  }

  get left(): readonly number[] {
    return [...this.sessions, ...this.#lost].flatMap(({ pid, outlives }) => (outlives ? [] : (pid ?? [])));
  }

  /** @param isLost together with the link: what was in it may still run */
  forget(session: SshProcess, isLost: boolean): void {
    this.sessions.delete(session);
    if (isLost) this.#lost.add(session);
  }

  changed(): void {
    this.#changes.emit("change");
  }

  async change(signal: AbortSignal | undefined): Promise<void> {
    const change = once(this.#changes, "change");
    await (signal === undefined ? change : orAborted(change, signal));
  }

  /** Its shell waits for another flight. */
  park(session: SshProcess): void {
    session.state = "idle";
    this.#idle.push(session);
  }

  takeIdle(): SshProcess | undefined {
    let session = this.#idle.pop();
    while (session !== undefined && !session.isOpen) session = this.#idle.pop();
    return session;
  }

  /**
   * Ends a session that nobody uses: one whose process has ended, else the one that was idle longest. False when none is about to go.
   * @param isOver what was let go is no sign of that: its process runs on
   */
  evict(isOver = false): boolean {
    const sessions = [...this.sessions];
    const left = sessions.find((session) => session.state === "left");
    const idle = left === undefined ? this.#idle.shift() : undefined;
    left?.close();
    idle?.release();
    return isOver ? (left ?? idle) !== undefined : sessions.some(({ state, outlives }) => state !== "busy" && !outlives);
  }
}

import { Semaphore } from "../../../semaphore.ts";

/** Places for the sessions in use on a connection. Those that may last as long as they like have one less: a flight finds the last one. */
export class Places {
  /** For flights. */
  readonly all: Semaphore;
  readonly #lasting: Semaphore;
  #opened = 0;

  constructor(limit: number) {
    this.all = new Semaphore(limit);
    this.#lasting = new Semaphore(Math.max(1, limit - 1));
  }

  /**
   * One that may last. Resolves with the function that gives it back; calling that twice is harmless. Rejects when `signal` aborts
   * first.
   */
  async acquire(signal: AbortSignal | undefined): Promise<() => void> {
    const leaveLasting = await this.#lasting.acquire(signal);
    try {
      const leave = await this.all.acquire(signal);
      return () => {
        leave();
        leaveLasting();
      };
    } catch (error) {
      leaveLasting();
      throw error;
    }
  }

  /** How many more there are for what lasts. */
  get room(): number {
    return this.#lasting.limit - this.#lasting.held;
  }

  /** All that may last does so until somebody ends it: there is nothing to wait for. */
  get areTaken(): boolean {
    return this.#opened >= this.#lasting.limit;
  }

  /** One for what ends when somebody ends it, where there is one for what lasts: with that, the others are waited for. */
  async enter(signal: AbortSignal | undefined): Promise<(() => void) | undefined> {
    const leaveLasting = this.#lasting.enter();
    if (leaveLasting === undefined) return undefined;
    this.#opened += 1;
    let leave = (): void => undefined;
    let isInside = true;
    const leaveAll = (): void => {
      if (!isInside) return;
      isInside = false;
      this.#opened -= 1;
      leave();
      leaveLasting();
    };
    try {
      leave = await this.all.acquire(signal);
      return leaveAll;
    } catch (error) {
      leaveAll();
      throw error;
    }
  }

  /** From now on at most `limit`; those inside stay. */
  lower(limit: number): void {
    this.all.lower(limit);
    this.#lasting.lower(limit - 1);
  }
}

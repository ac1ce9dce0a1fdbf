import { Semaphore } from "../../../semaphore.ts";

/** Places for the sessions in use on a connection. Those that may last as long as they like have one less: a flight finds the last one. */
export class Places {
  /** For flights. */
  readonly all: Semaphore;
  readonly #lasting: Semaphore;

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

  /** From now on at most `limit`; those inside stay. */
  lower(limit: number): void {
    this.all.lower(limit);
    this.#lasting.lower(limit - 1);
  }
}

/** Lets at most `limit` holders in at once; the others wait in order. The limit can shrink while it is in use. */
export class Semaphore {
  #limit: number;
  #held = 0;
  #entered = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get held(): number {
    return this.#held;
  }

  /** How many have been let in so far. */
  get entered(): number {
    return this.#entered;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Resolves with the function that gives the place back; calling that twice is harmless. Rejects when `signal` aborts first. */
  acquire(signal?: AbortSignal): Promise<() => void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#held < this.#limit && this.#waiting.length === 0) return Promise.resolve(this.#enter());
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal?.removeEventListener("abort", aborted);
        resolve(this.#enter());
      };
      const aborted = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal?.reason);
      };
      this.#waiting.push(enter);
      signal?.addEventListener("abort", aborted, { once: true });
    });
  }

  /** A place if there is one at once: the function that gives it back. */
  enter(): (() => void) | undefined {
    return this.#held < this.#limit && this.#waiting.length === 0 ? this.#enter() : undefined;
  }

  /** From now on at most `limit`, never fewer than one; those inside stay. */
  lower(limit: number): void {
    this.#limit = Math.max(1, Math.min(this.#limit, limit));
  }

  /** Runs `work` in a place of its own. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const release = await this.acquire(signal);
    try {
      return await work();
    } finally {
      release();
    }
  }

  #enter(): () => void {
    this.#held += 1;
    this.#entered += 1;
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      this.#held -= 1;
      while (this.#held < this.#limit && this.#waiting.length > 0) this.#waiting.shift()?.();
    };
  }
}

/** Runs the work for each item, at most `limit` at once, and awaits all. It must not throw. */
export async function forEachLimited<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const semaphore = new Semaphore(limit);
  await Promise.all(items.map((item) => semaphore.run(() => work(item))));
}

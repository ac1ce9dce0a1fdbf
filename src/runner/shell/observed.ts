/**
 * A promise that knows whether anyone waits for it. `await`, `Promise.all` and the like all call `then` on a promise
 * that is not a plain one; so a failure that nobody would ever hear of can be told from one that is handled.
 */
export class Observed<T> extends Promise<T> {
  #observed = false;

  /** Derived promises are plain: whoever made one is the observer. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  static of<T>(work: () => Promise<T>): Observed<T> {
    const running = (async () => work())();
    return new Observed<T>((resolve, reject) => running.then(resolve, reject));
  }

  get observed(): boolean {
    return this.#observed;
  }

  // biome-ignore lint/suspicious/noThenProperty: to be called in place of the inherited one is the point
  override then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#observed = true;
    return super.then(onValue, onError);
  }

  /** Like `allSettled` for this one alone, without counting as an observer. */
  settle(): Promise<PromiseSettledResult<T>> {
    return super.then(
      (value): PromiseSettledResult<T> => ({ status: "fulfilled", value }),
      (reason: unknown): PromiseSettledResult<T> => ({ status: "rejected", reason }),
    );
  }
}

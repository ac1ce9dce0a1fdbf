import type { SourceLocation } from "../../errors.ts";
import { callerOf, locate } from "../../source-location.ts";

/** A context that `within`, `vars` or their like made. */
export interface MadeContext {
  /** The member that made it. */
  readonly wrapper: string;
  /** The line that called it. */
  where(): SourceLocation | undefined;
}

/** What a task started: it is over when all of that is. */
export type Pending = ReturnType<typeof createPending>;

export function createPending() {
  const processes = new Set<AsyncDisposable>();
  const running = new Set<Observed<unknown>>();
  const unused = new Set<MadeContext>();
  const failed = new Map<Observed<unknown>, unknown>();
  return {
    /** Those that end with the task. */
    processes,
    /** Contexts that were made, and nothing was done with yet. */
    unused,
    /**
     * Remembers work until it ends; a failure until somebody has heard of it.
     * @param caller finds the line of the deployfile that asked for it. @default who calls this
     */
    track: function track<T>(work: Promise<T>, caller: () => SourceLocation | undefined = callerOf(track)): Promise<T> {
      const observed = Observed.resolve(work) as Observed<T>;
      running.add(observed);
      observed.ended = observed.watch(
        () => void running.delete(observed),
        (reason) => {
          running.delete(observed);
          // Before anybody else hears of it.
          failed.set(observed, locate(reason, caller));
        },
      );
      return observed;
    },
    /** True when something that nobody waits for has not ended. */
    get forgotten() {
      return [...running].some((work) => !work.observed);
    },
    /** Settles when all has ended. @returns the first failure that nobody waited for */
    async settle(): Promise<{ readonly reason: unknown } | undefined> {
      while (running.size > 0) await Promise.all([...running].map((work) => work.ended));
      const unheard = [...failed].find(([work]) => !work.observed);
      return unheard === undefined ? undefined : { reason: unheard[1] };
    },
  };
}

/**
 * A promise that knows whether anyone waits for it. `await`, `Promise.all` and the like all call `then` on a promise
 * that is not a plain one; so a failure that nobody would ever hear of can be told from one that is handled.
 */
class Observed<T> extends Promise<T> {
  observed = false;
  ended: Promise<void> | undefined;

  /** Derived promises are plain: whoever made one is the observer. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: to be called in place of the inherited one is the point
  override then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.observed = true;
    return super.then(onValue, onError);
  }

  /** Hears of its end without counting as an observer. */
  watch(onValue: () => void, onError: (reason: unknown) => void): Promise<void> {
    return super.then(onValue, onError);
  }
}

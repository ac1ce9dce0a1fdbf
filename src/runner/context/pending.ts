import type { SourceLocation } from "../../errors.ts";
import { callerOf, locate } from "../../source-location.ts";

/** A context that `within`, `vars` or their like made. */
export interface MadeContext {
  /** The member that made it. */
  readonly wrapper: string;
  /** The line that called it. */
  where(): SourceLocation | undefined;
}

/** What a task started: it is over when all of that is. There is one for each task of each host, and most start nothing. */
export class Pending {
  /** Contexts that were made, and nothing was done with yet. */
  unused: Set<MadeContext> | undefined;
  #processes: Set<AsyncDisposable> | undefined;
  #asked: Map<string, number> | undefined;
  #running: Set<Observed<unknown>> | undefined;
  #failed: Map<Observed<unknown>, unknown> | undefined;

  /** Those that end with the task. */
  get processes(): Set<AsyncDisposable> {
    this.#processes ??= new Set();
    return this.#processes;
  }

  /** Ends them. Never throws. */
  async endProcesses(): Promise<void> {
    if (this.#processes !== undefined) await endProcesses(this.#processes);
  }

  /** A question is asked. @returns how often it was, with this time: anew when the body is tried again */
  ask(question: string): number {
    this.#asked ??= new Map();
    const nth = (this.#asked.get(question) ?? 0) + 1;
    this.#asked.set(question, nth);
    return nth;
  }

  /**
   * Remembers work until it ends; a failure until somebody has heard of it.
   * @param caller finds the line of the deployfile that asked for it. @default who calls this
   */
  track<T>(work: Promise<T>, caller: () => SourceLocation | undefined = callerOf(this.track)): Promise<T> {
    const observed = Observed.resolve(work) as Observed<T>;
    this.#running ??= new Set();
    this.#running.add(observed);
    observed.ended = observed.watch(
      () => void this.#running?.delete(observed),
      (reason) => {
        this.#running?.delete(observed);
        this.#failed ??= new Map();
        // Before anybody else hears of it.
        this.#failed.set(observed, locate(reason, caller));
      },
    );
    return observed;
  }

  /** True when something that nobody waits for has not ended. */
  get forgotten(): boolean {
    return [...(this.#running ?? [])].some((work) => !work.observed);
  }

  /** Settles when all has ended. @returns the first failure that nobody waited for */
  async settle(): Promise<{ readonly reason: unknown } | undefined> {
    const running = this.#running;
    while (running !== undefined && running.size > 0) await Promise.all([...running].map((work) => work.ended));
    const unheard = [...(this.#failed ?? [])].find(([work]) => !work.observed);
    return unheard === undefined ? undefined : { reason: unheard[1] };
  }
}

/** Ends those that still run, lets go of those that are to outlive us, and waits for that. Never throws. */
export async function endProcesses(processes: Iterable<AsyncDisposable>): Promise<void> {
  await Promise.all([...processes].map((process) => process[Symbol.asyncDispose]()));
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

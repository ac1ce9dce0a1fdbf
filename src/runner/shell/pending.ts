import { Observed } from "./observed.ts";

/** What a task started: it is over when all of that is. */
export interface Pending {
  /** Remembers work until it ends; a failure until somebody has heard of it. What `work` throws becomes its failure. */
  track<T>(work: () => Promise<T>): Promise<T>;
  /** True when something that nobody waits for has not ended. */
  readonly forgotten: boolean;
  /** Settles when all has ended. @returns the first failure that nobody waited for */
  settle(): Promise<{ readonly reason: unknown } | undefined>;
}

export function createPending(): Pending {
  const running = new Set<Observed<unknown>>();
  const failed = new Map<Observed<unknown>, unknown>();
  return {
    track(work) {
      const observed = Observed.of(work);
      running.add(observed);
      void observed.settle().then((settled) => {
        running.delete(observed);
        if (settled.status === "rejected") failed.set(observed, settled.reason);
      });
      return observed;
    },
    get forgotten() {
      return [...running].some((work) => !work.observed);
    },
    async settle() {
      while (running.size > 0) await Promise.all([...running].map((work) => work.settle()));
      const unheard = [...failed].find(([work]) => !work.observed);
      return unheard === undefined ? undefined : { reason: unheard[1] };
    },
  };
}

/** Lets only so many in at once; the others wait in line. */
export interface Semaphore {
  /** @returns how to leave; calling it again does nothing */
  enter(): Promise<() => void>;
}

export function createSemaphore(limit: number): Semaphore {
  const waiting: (() => void)[] = [];
  let inside = 0;
  let served = 0;
  const leave = (): void => {
    const next = waiting[served];
    if (next === undefined) {
      inside -= 1;
      return;
    }
    served += 1;
    next();
  };
  return {
    async enter() {
      if (inside < limit) inside += 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      let left = false;
      return () => {
        if (left) return;
        left = true;
        leave();
      };
    },
  };
}

/** Runs `work` for each item, at most `limit` at once, and awaits all. `work` must not throw. */
export async function forEachLimited<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const take = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, take));
}

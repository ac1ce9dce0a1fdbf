/** A clock and a pace that go on only when told to. */
export interface Clockwork {
  readonly now: () => number;
  readonly every: (milliseconds: number, callback: () => void) => () => void;
  /** Time passes; what was to happen meanwhile happens once. */
  pass(milliseconds: number): void;
  /** How many callbacks are being called at a pace. */
  readonly ticking: () => number;
}

export function createClockwork(): Clockwork {
  let time = 1000;
  const callbacks = new Set<() => void>();
  return {
    now: () => time,
    every(_, callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    pass(milliseconds) {
      time += milliseconds;
      for (const callback of [...callbacks]) callback();
    },
    ticking: () => callbacks.size,
  };
}

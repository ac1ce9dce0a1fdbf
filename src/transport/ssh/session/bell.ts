/** Wakes everyone who waits for the next change of something. */
export interface Bell {
  ring(): void;
  /** Settles with the next ring. Rejects with the signal's reason. */
  next(signal: AbortSignal | undefined): Promise<void>;
}

export function createBell(): Bell {
  const waiting = new Set<() => void>();
  return {
    ring() {
      for (const go of waiting) go();
      waiting.clear();
    },
    next: (signal) =>
      new Promise((resolve, reject) => {
        const aborted = (): void => {
          waiting.delete(go);
          reject(signal?.reason);
        };
        const go = (): void => {
          signal?.removeEventListener("abort", aborted);
          resolve();
        };
        if (signal?.aborted === true) return reject(signal.reason);
        signal?.addEventListener("abort", aborted, { once: true });
        waiting.add(go);
      }),
  };
}

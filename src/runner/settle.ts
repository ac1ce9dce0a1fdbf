/** What became of waiting: it never throws. */
export type Settled<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "error"; readonly error: unknown }
  | { readonly kind: "left" };

/**
 * Waits for `work`; once `signal` is aborted, for at most `grace` milliseconds more. Work that is left behind goes on, unheard.
 * @param grace 0 leaves at once
 */
export function settleWithin<T>(
  work: Promise<T>,
  signals: readonly { readonly signal: AbortSignal; readonly grace: number }[],
): Promise<Settled<T>> {
  return new Promise((resolve) => {
    const undo: (() => void)[] = [];
    const finish = (settled: Settled<T>): void => {
      for (const step of undo) step();
      resolve(settled);
    };
    const leave = (grace: number): void => {
      const timer = setTimeout(() => finish({ kind: "left" }), grace);
      undo.push(() => clearTimeout(timer));
    };
    work.then(
      (value) => finish({ kind: "value", value }),
      (error: unknown) => finish({ kind: "error", error }),
    );
    for (const { signal, grace } of signals) {
      if (signal.aborted) {
        leave(grace);
        continue;
      }
      const listener = (): void => leave(grace);
      signal.addEventListener("abort", listener, { once: true });
      undo.push(() => signal.removeEventListener("abort", listener));
    }
  });
}

import { onAbort } from "./stop.ts";

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
      for (const step of undo.splice(0)) step();
      resolve(settled);
    };
    const leave = (grace: number): void => {
      if (grace === 0) finish({ kind: "left" });
      else {
        const timer = setTimeout(() => finish({ kind: "left" }), grace);
        undo.push(() => clearTimeout(timer));
      }
    };
    for (const { signal, grace } of signals) {
      const listener = (): void => leave(grace);
      undo.push(() => signal.removeEventListener("abort", listener));
      onAbort(signal, listener);
    }
    work.then(
      (value) => finish({ kind: "value", value }),
      (error: unknown) => finish({ kind: "error", error }),
    );
  });
}

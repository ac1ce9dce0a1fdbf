/** Waiting that ends: with what is waited for, with a signal, or with the time. */

/** Calls back once the signal is aborted, at once when it is already. @returns how to stop listening */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) callback();
  else signal.addEventListener("abort", callback, { once: true });
  return () => signal.removeEventListener("abort", callback);
}

/**
 * What comes of the work, or the signal's reason when that aborts first. Listens no longer than that: node keeps a signal that is made
 * of others for good while anybody listens to it, and with it all that the listener knows.
 */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      stop = onAbort(signal, () => reject(signal.reason));
      work.then(resolve, reject);
    });
  } finally {
    stop();
  }
}

/** What comes of the work, or undefined when that takes longer. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Lets time pass, no longer than until the signal is aborted. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let stop = (): void => undefined;
    const end = (): void => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    stop = onAbort(signal, end);
  });
}

/** What became of waiting: it never throws. */
export type Settled<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "error"; readonly error: unknown }
  | { readonly kind: "left" };

/**
 * Waits for the work; once one of the signals is aborted, for at most its `grace` milliseconds more. Work that is left behind goes on,
 * unheard.
 * @param grace 0 leaves at once
 */
export function settleWithin<T>(
  work: Promise<T>,
  signals: readonly { readonly signal: AbortSignal; readonly grace: number }[],
): Promise<Settled<T>> {
  return new Promise((resolve) => {
    const undo: (() => void)[] = [];
    let isOver = false;
    const finish = (settled: Settled<T>): void => {
      isOver = true;
      for (const step of undo.splice(0)) step();
      resolve(settled);
    };
    const leave = (grace: number): void => {
      const timer = grace === 0 ? undefined : setTimeout(() => finish({ kind: "left" }), grace);
      undo.push(() => clearTimeout(timer));
      if (grace === 0) finish({ kind: "left" });
    };
    for (const { signal, grace } of signals) if (!isOver) undo.push(onAbort(signal, () => leave(grace)));
    work.then(
      (value) => finish({ kind: "value", value }),
      (error: unknown) => finish({ kind: "error", error }),
    );
  });
}

import { onAbort } from "../../../wait.ts";

/** Wakes everyone who waits for the next change of something. */
export class Bell {
  /** Those who wait. */
  readonly waiting: Set<() => void> = new Set();

  ring(): void {
    for (const go of this.waiting) go();
    this.waiting.clear();
  }

  /** Settles with the next ring. Rejects with the signal's reason. */
  next(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let stop = (): void => undefined;
      const go = (): void => {
        stop();
        resolve();
      };
      this.waiting.add(go);
      if (signal === undefined) return;
      stop = onAbort(signal, () => {
        this.waiting.delete(go);
        reject(signal.reason);
      });
    });
  }
}

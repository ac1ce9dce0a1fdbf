import { parseDuration } from "../command/duration.ts";
import { onAbort } from "../wait.ts";

/** Until the work is done, the time is over or the signal aborts, whatever is first. Never rejects but with the work. */
export async function limit(
  work: Promise<unknown>,
  timeout: number | string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  let stop = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;
  const early = new Promise<void>((resolve) => {
    if (signal !== undefined) stop = onAbort(signal, resolve);
    if (timeout !== undefined) timer = setTimeout(resolve, timeout === 0 ? 0 : parseDuration(timeout));
  });
  try {
    await Promise.race([work, early]);
  } finally {
    clearTimeout(timer);
    stop();
  }
}

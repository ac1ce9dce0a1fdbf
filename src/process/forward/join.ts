import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * Passes the bytes of each to the other, no faster than that takes them; either may end before the other. What cuts one off cuts off the other.
 * Settles when both are over.
 */
export async function join(one: Duplex, other: Duplex): Promise<void> {
  const over = Promise.all([follow(one, other), follow(other, one)]);
  one.pipe(other);
  other.pipe(one);
  await over;
}

/** An end that looks like one would be taken for all there is: a socket is reset. */
export function cutOff(stream: Duplex, reason?: Error): void {
  if (stream.destroyed) return;
  stream.on("error", () => undefined);
  // Node cannot reset a socket that is ending, or that waits for who does not read: its handle would be left, and keep the process busy.
  if (stream instanceof Socket && !stream.writableEnded && stream.writableLength === 0) stream.resetAndDestroy();
  else stream.destroy(reason);
}

function follow(stream: Duplex, other: Duplex): Promise<void> {
  stream.on("error", () => undefined);
  return new Promise((resolve) => {
    const done = (): void => {
      if (!stream.readableEnded || !stream.writableFinished) cutOff(other, stream.errored ?? undefined);
      resolve();
    };
    if (stream.closed) done();
    else stream.once("close", done);
  });
}

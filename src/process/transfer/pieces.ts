import type { Readable } from "node:stream";

/** Bytes that wait for who reads, before the stream is stopped. */
const ENOUGH = 256 * 1024;

/**
 * What has come of a stream each time that somebody asks, piece by piece. Iterated itself, a stream makes one of all that has come meanwhile: megabytes
 * for each host, copied once more. One that is cut off ends here, too: what it lacks is missed by whoever reads it.
 */
export async function* batchesOf(stream: Readable): AsyncGenerator<readonly Buffer[]> {
  let batch: Buffer[] = [];
  let bytes = 0;
  let hasEnded = stream.readableEnded || stream.destroyed;
  let failure: Error | undefined;
  let wake: () => void = () => undefined;
  const take = (piece: Buffer): void => {
    batch.push(piece);
    bytes += piece.length;
    if (bytes >= ENOUGH) stream.pause();
    wake();
  };
  const end = (error?: unknown): void => {
    if (error instanceof Error) failure ??= error;
    hasEnded = true;
    wake();
  };
  stream.on("data", take).on("end", end).on("close", end).on("error", end);
  try {
    while (true) {
      if (batch.length === 0 && !hasEnded) {
        const next = new Promise<void>((resolve) => {
          wake = resolve;
        });
        stream.resume();
        await next;
      }
      if (batch.length > 0) {
        const whole = batch;
        batch = [];
        bytes = 0;
        yield whole;
      } else if (failure !== undefined) throw failure;
      else if (hasEnded) return;
    }
  } finally {
    stream.off("data", take).off("end", end).off("close", end).off("error", end);
    // What nobody wants any more must not keep it from its end.
    stream.on("error", () => undefined).resume();
  }
}

/** The same, one by one. */
export async function* eachOf(batches: AsyncIterable<readonly Buffer[]>): AsyncGenerator<Buffer> {
  for await (const batch of batches) yield* batch;
}

/** Where a command's raw stdout goes: the channel is read no faster than the sink takes it. */
import type { Readable } from "node:stream";

export function createSink(target: NodeJS.WritableStream, source: Readable, fail: (error: Error) => void) {
  let discarding = false;
  let closed = false;
  const onDrain = (): void => {
    source.resume();
  };
  const onError = (error: Error): void => {
    if (!closed) fail(error);
  };
  const onClose = (): void => onError(new Error("The stream that takes the output was closed before its end."));
  target.on("drain", onDrain);
  target.on("error", onError);
  target.on("close", onClose);
  return {
    write(bytes: Buffer): void {
      if (!discarding && !target.write(bytes)) source.pause();
    },
    /** From now on what comes is dropped, so that a sink that takes nothing more cannot hold up the end. */
    discard(): void {
      discarding = true;
      source.resume();
    },
    /** Stops listening. The sink stays open: it is its maker's to end. */
    close(): void {
      target.off("drain", onDrain);
      target.off("close", onClose);
      // The listener for errors stays: one that comes late must not end the process.
      closed = true;
    },
  };
}

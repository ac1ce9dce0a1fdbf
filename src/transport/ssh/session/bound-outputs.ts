import type { ClientChannel } from "ssh2";

/**
 * A channel's two outputs share one window (RFC 4254 section 5.2), which ssh2 opens again as soon as either is read: then what nobody
 * reads of the other would pile up. With this it stays shut while one of them is full.
 */
export function boundOutputs(channel: ClientChannel): void {
  const outputs = [channel, channel.stderr] as const;
  for (const [index, output] of outputs.entries()) {
    const other = outputs[1 - index] ?? output;
    const isFull = (): boolean => other.readableLength >= other.readableHighWaterMark;
    const { push, _read: read } = output;
    output.push = (chunk, encoding) => push.call(output, chunk, encoding) && !isFull();
    output._read = (size) => {
      if (!isFull()) read.call(output, size);
    };
  }
}

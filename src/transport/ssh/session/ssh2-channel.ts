/**
 * What ssh2's channel leaves to who uses it: the wait for its end, the end in our words, back-pressure over both outputs, signals after the
 * input has ended.
 */
import { setMaxListeners } from "node:events";
import { constants } from "node:os";
import type { Duplex, Readable } from "node:stream";
import type { ClientChannel } from "ssh2";
import type { ChannelEnd } from "../../channel.ts";
import { findSignal } from "../../command-result.ts";

/** When a stream has given all that it has. */
export function endOf(stream: Readable): Promise<void> {
  return new Promise((resolve) => stream.once("end", () => resolve()));
}

/**
 * ssh2 closes a channel when both directions have ended. A server that takes it at its word says no more how the process has ended: so
 * that is waited for, as ssh does.
 */
export function waitForStatus(channel: ClientChannel): void {
  const close = channel.destroy.bind(channel);
  let hasStatus = false;
  channel.destroy = () => {
    if (hasStatus || !channel.readableEnded || !channel.writableFinished) return close();
    return channel.once("exit", () => close());
  };
  channel.once("exit", () => {
    hasStatus = true;
  });
}

/** What `exit-status` or `exit-signal` says (RFC 4254 section 6.10). */
export function toEnd(code: number | null, signal: string | undefined): ChannelEnd {
  const number = signal === undefined ? undefined : constants.signals[signal as NodeJS.Signals];
  if (code === null) return { exitCode: number === undefined ? undefined : 128 + number, signal };
  return { exitCode: code, signal: findSignal(code) };
}

/**
 * A channel's two outputs share one window (RFC 4254 section 5.2), which ssh2 opens again as soon as either is read: then what nobody
 * reads of the other would pile up. With this it stays shut while one of them is full. Flights read both at once, and need none of it.
 */
function boundOutputs(channel: ClientChannel): void {
  for (const [output, other] of [
    [channel, channel.stderr],
    [channel.stderr, channel],
  ] as const) {
    const isFull = (): boolean => other.readableLength >= other.readableHighWaterMark;
    const { push, _read: read } = output;
    output.push = (chunk, encoding) => push.call(output, chunk, encoding) && !isFull();
    output._read = (size) => {
      if (!isFull()) read.call(output, size);
    };
  }
}

/**
 * ssh2 takes as much as the server's window has room for, megabytes for each session, however far the link is behind. With this the next piece waits
 * until what was there has left this machine.
 */
function boundInput(channel: ClientChannel): void {
  const { _sock: link } = (channel as unknown as PrivateChannel)._client;
  const { _write: write } = channel;
  setMaxListeners(0, link);
  channel._write = (chunk, encoding, done) => {
    const go = (): void => write.call(channel, chunk, encoding, done);
    if (link.writableNeedDrain) link.once("drain", go);
    else go();
  };
}

/** Of what is not for flights, which are short and read at once: no more of it is in memory than somebody reads, or the link carries. */
export function boundStreams(channel: ClientChannel): void {
  boundInput(channel);
  boundOutputs(channel);
}

interface PrivateChannel {
  readonly _client: {
    readonly _sock: Duplex;
    readonly _protocol: {
      signal(channel: number, name: string): void;
      env(channel: number, name: string, value: string, wantReply: boolean): void;
    };
  };
  readonly _callbacks: (() => void)[];
  readonly outgoing: { readonly id: number; readonly state: string };
}

/**
 * Lets sshd signal what runs in a session (RFC 4254 section 6.9). ssh2's own `channel.signal()` sends nothing once the channel's
 * input has ended, which it has as soon as the input of a command has been sent.
 */
export function signalSession(channel: ClientChannel, signal: string): void {
  const { _client: client, outgoing } = channel as unknown as PrivateChannel;
  if (outgoing.state === "open" || outgoing.state === "eof") client._protocol.signal(outgoing.id, signal.slice(3));
}

/**
 * Settles when the server has answered, and with that has sent all that it had before. The request is one that means nothing once something runs in
 * the session; a server has to answer it all the same (RFC 4254 section 5.4). A global one would not pass through the master of `openssh`.
 */
export function askServer(channel: ClientChannel): Promise<void> {
  const { _client: client, _callbacks: callbacks, outgoing } = channel as unknown as PrivateChannel;
  if (outgoing.state !== "open" && outgoing.state !== "eof") return Promise.resolve();
  return new Promise((resolve) => {
    callbacks.push(() => resolve());
    client._protocol.env(outgoing.id, "FAKE", "", true);
  });
}

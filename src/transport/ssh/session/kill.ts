import type { ClientChannel } from "ssh2";

/** There is no second session to send the signal from. */
export class NoSessionError extends Error {}

/**
 * Lets sshd signal what runs in a session (RFC 4254 section 6.9). ssh2's own `channel.signal()` sends nothing once the channel's
 * input has ended, which it has as soon as the input of a command has been sent.
 */
export function signalSession(channel: ClientChannel, signal: string): void {
  const { _client: client, outgoing } = channel as unknown as PrivateChannel;
  if (outgoing.state === "open" || outgoing.state === "eof") client._protocol.signal(outgoing.id, signal.slice(3));
}

interface PrivateChannel {
  readonly _client: { readonly _protocol: { signal(channel: number, name: string): void } };
  readonly outgoing: { readonly id: number; readonly state: string };
}

import type { Client, ClientChannel } from "ssh2";
import { toError } from "../../../errors.ts";
import { signalScript } from "../../host-side/signal-script.ts";
import { SIGNAL_MS } from "../../limits.ts";

/** There is no second session to send the signal from. */
export class NoSessionError extends Error {}

/**
 * Signals a process group from a session of its own.
 * Rejects when the host does not say that all of it was reached; with NoSessionError when it gives no session.
 */
export function signalOver(client: Client, signal: NodeJS.Signals, pid: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the host did not answer the request to end it")), SIGNAL_MS);
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      if (error === undefined) resolve();
      else reject(error);
    };
    const line = `exec /bin/sh -c '${signalScript(signal, pid)}'`;
    try {
      client.exec(line, {}, (error, channel) => {
        if (error !== undefined) return finish(new NoSessionError(error.message));
        let status: number | null | undefined;
        channel.once("exit", (code: number | null) => {
          status = code;
        });
        channel.once("close", () =>
          finish(status === 0 ? undefined : new Error("part of it belongs to a user whose processes we may not end")),
        );
        channel.on("error", () => undefined).resume();
        channel.stderr.resume();
        channel.end();
      });
    } catch (error) {
      finish(toError(error));
    }
  });
}

/**
 * Lets sshd signal what runs in a session (RFC 4254 section 6.9). ssh2's own `channel.signal()` sends nothing once the channel's input
 * has ended,
 * which it has as soon as a flight is sent.
 */
export function signalSession(channel: ClientChannel, signal: string): void {
  const { _client: client, outgoing } = channel as unknown as PrivateChannel;
  if (outgoing.state === "open" || outgoing.state === "eof") client._protocol.signal(outgoing.id, signal.slice(3));
}

interface PrivateChannel {
  readonly _client: { readonly _protocol: { signal(channel: number, name: string): void } };
  readonly outgoing: { readonly id: number; readonly state: string };
}

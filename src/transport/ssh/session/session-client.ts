import type { Duplex, Readable } from "node:stream";
import type { ExecOptions } from "ssh2";

/** What sessions need of a connection that is logged in: the part of ssh2's Client that any other can have too. */
export interface Client {
  /** Starts `line` in the login shell of a session of its own. @throws Error when there is no connection */
  exec(line: string, options: ExecOptions, opened: (error: Error | undefined, channel: ClientChannel) => void): unknown;
  /** `close`: it is gone, after an `error` where there was one. */
  on(event: "error", listener: (error: Error) => void): unknown;
  once(event: "close", listener: () => void): unknown;
}

/** One session: its streams, and the events `exit`, with code and signal, and `close`, when the server has let go of it. */
export interface ClientChannel extends Duplex {
  readonly stderr: Readable;
  close(): void;
  /** Lets sshd signal what runs in it, by a name without SIG. ssh2 has none that works. */
  sendSignal?(name: string): void;
}

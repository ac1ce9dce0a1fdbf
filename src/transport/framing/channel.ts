/** What local and ssh offer to the framing: one process on a host, its streams, and a way to end it. */
import type { Readable, Writable } from "node:stream";

export interface ShellChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Undefined on a terminal, where it comes with stdout. */
  readonly stderr: Readable | undefined;
  /** Settles when nothing more will come; with an error when the link was lost or closed from here. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  /**
   * Sends a signal to the process group. `processGroup` is the shell's own word for it: undefined when it has not yet
   * said it. Rejects when the signal could not be delivered; a group that is gone is no error.
   */
  kill(signal: "SIGTERM" | "SIGKILL", processGroup: number | undefined): Promise<void>;
  /** The flight is over, or given up: closes the streams without waiting for whoever holds their other ends. */
  release(): void;
  /** Undefined when the shell is for one flight. */
  readonly session?: ShellSession | undefined;
}

/** A shell that serves flight after flight, one at a time. */
export interface ShellSession {
  /** Writes a flight, in one piece with the prelude when it is the shell's first. */
  send(script: string): void;
  /** Takes the place of `release` when the shell waits for another flight. */
  park(): void;
}

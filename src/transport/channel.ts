import type { Readable, Writable } from "node:stream";
import type { Secret } from "../command/secret.ts";

/** Characters across and down. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A script that may ask for a password on its way, as sudo's does. On a terminal nothing is echoed until it has said that it asks no more. */
export interface AskingScript {
  /** @param ready shell text, for the script to say with that it asks no more: with `later`, and on a terminal, it has to */
  write(ready: string): {
    readonly text: string;
    /** What it is given at once. */
    readonly input: string;
    /** What it is given when it has said so: before, what asks would take it. */
    readonly later?: string | undefined;
  };
  /** To signal what sudo has started takes sudo again. */
  readonly sudoPassword: Secret | undefined;
}

/** A process to start on a host. */
export interface ChannelRequest {
  /** POSIX shell text, which travels over the channel's input: no other user of the host can read it. */
  readonly script: string | AskingScript;
  /** A terminal of that size; `type` is its TERM. Input is echoed. @default none */
  readonly terminal?: (TerminalSize & { readonly type: string }) | undefined;
  /**
   * It stays when the link goes, or we do: only its own end and signals end it, and `close` lets go of it. From then on its input is at its
   * end, and its output goes nowhere: a relay beside it takes that, so that it dies of no closed pipe. Its pid is that of a process group,
   * which is what to signal later. Where the server ends all of a login (logind's KillUserProcesses), it ends, too. Not on a terminal.
   * @default it ends with the channel
   */
  readonly outlive?: boolean | undefined;
  /** Aborting ends the wait for the channel, and closes one that is open. */
  readonly signal?: AbortSignal | undefined;
}

/** How the process of a channel ended. */
export interface ChannelEnd {
  /** Of a process that a signal has ended: 128 and the number of the signal, as a shell has it. Undefined: nobody knows. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** Why nobody knows: the link was lost, or closed from here. */
  readonly cause?: Error | undefined;
}

/**
 * A process that runs on a host: raw bytes, both ways, no faster than they are read. The other end may send some megabytes ahead
 * of the reader; of stdout and stderr, which travel as one, the one that nobody reads holds up the other in the end.
 */
export interface Channel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Undefined on a terminal, where it comes with stdout. */
  readonly stderr: Readable | undefined;
  /** Leads a process group, but where neither the server nor setsid(1) on the host gives it one. */
  readonly pid: number;
  /** Settles when the process has ended; what it has printed may still be on its way. Never rejects. */
  readonly ended: Promise<ChannelEnd>;
  /**
   * Sends a signal to the process group, without one to all that it has started, e.g. "SIGHUP". A group that is gone is no error. Rejects
   * when it could not be delivered.
   */
  signal(name: NodeJS.Signals): Promise<void>;
  /**
   * Of a process that has ended: settles when what the host had sent until then has come, after a turn there and back. The word of the end may come
   * before the output, where a link has much to carry. Gives up on a host that does not answer. Never rejects.
   */
  catchUp(): Promise<void>;
  /** The terminal has another size now. Does nothing where there is none. */
  resize(size: TerminalSize): Promise<void>;
  /** Hangs up: the process group gets SIGHUP, and SIGKILL when it stays, unless it outlives us; nothing more comes. Never throws. */
  close(): void;
}

/** What a transport offers to flights, commands and channels: a process on a host, its streams, and a way to end it. */
import type { Readable, Writable } from "node:stream";
import type { Secret } from "../../command/secret.ts";
import type { ChannelEnd, ChannelRequest, TerminalSize } from "../channel.ts";
import type { Prelude } from "./start-text.ts";

/** A loader (command/loader.ts), which reads one script and leaves the rest of its input to that. On a terminal: with the input raw. */
export interface StartRequest extends Pick<ChannelRequest, "terminal" | "signal"> {
  /** Until somebody ends it, and who comes later must not wait for that. @default it ends by itself, and may be waited for */
  readonly lasts?: boolean | undefined;
}

export type TerminalRequest = NonNullable<StartRequest["terminal"]>;

/** Its first line on stdout is `<marker> <pid>`: see startText. */
export interface HostProcess {
  readonly marker: string;
  /** For whoever has read that line to set; it does not come again. */
  pid: number | undefined;
  /** Answers sudo, where the process has started something with it: to end that takes sudo again. For whoever knows it to set. */
  sudoPassword: Secret | undefined;
  /** It is not to be ended with the connection: for whoever knows it to set. @default false */
  outlives: boolean;
  /** What a shell has to be told before its first flight, as long as it was not. For whoever writes it to take. */
  prelude?: Prelude | undefined;
  /** A shell that serves one flight, behind SINGLE_PRELUDE. @default false */
  readonly servesOne?: boolean | undefined;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Undefined on a terminal, where it comes with stdout. */
  readonly stderr: Readable | undefined;
  /** Never rejects. */
  readonly ended: Promise<ChannelEnd>;
  /** Settles when nothing more will come; with an error when the link was lost or closed from here. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  /**
   * Sends a signal to the process group of `pid`; without one, to what the transport knows itself. Rejects when the signal could
   * not be delivered; a group that is gone is no error.
   */
  signal(name: NodeJS.Signals, pid: number | undefined): Promise<void>;
  /** Settles when what was sent until then has come, of a process that has ended; never rejects. */
  catchUp(): Promise<void>;
  resize(size: TerminalSize): Promise<void>;
  /** Nobody listens any more: closes the streams without waiting for whoever holds their other ends. */
  release(): void;
}

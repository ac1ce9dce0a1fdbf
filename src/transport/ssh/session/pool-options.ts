import type { ConnectOptions } from "../../transport.ts";
import type { SessionTimes, SshProcess } from "./channel.ts";
import type { Kill } from "./kills.ts";

/** What the sessions of a login have to know. */
export interface SessionPoolOptions extends SessionTimes {
  /** Sessions at once; sshd's default is 10, and one is kept for ending what runs in the others. */
  readonly limit: number;
  /** Why a session could not be had. */
  readonly explain: (error: unknown) => Error;
  /** The login has opened it, or is about to. */
  readonly first: Promise<SshProcess>;
  /** True while the connection holds a file, which its shells say signs of life for. */
  readonly holds: () => boolean;
  /** What a command left running holds its outputs. */
  readonly onHeld: () => void;
  readonly variable: ConnectOptions["variable"];
  /** Sends signals where this login has no session for that. @default nobody does: flights are to find their place there, too */
  readonly elsewhere?: ((...kill: Kill) => Promise<void>) | undefined;
}

import type { LookupFunction } from "node:net";
import type { Secret } from "../../command/secret.ts";
import type { ConnectionOptions } from "../framing/started.ts";
import type { SshConfigSource } from "./config/ssh-config-source.ts";
import type { HostKeyMode } from "./host-key/host-key.ts";
import type { Keepalive } from "./keepalive.ts";

export interface SshTransportOptions extends ConnectionOptions {
  /** Environment of this process, for `SSH_AUTH_SOCK` and the ssh program. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Read instead of `~/.ssh/config` and the system's. */
  readonly sshConfig?: string | undefined;
  /** Wins over `StrictHostKeyChecking`. @default what the ssh config says, strict where it would ask */
  readonly hostKeys?: HostKeyMode | undefined;
  /** Asks a person without showing the answer: passphrases, passwords, codes. @default nobody can be asked */
  readonly askSecret?: ((question: string) => Promise<string | Secret | undefined>) | undefined;
  /** What explains how something was done; each sentence once. */
  readonly onDebug?: ((text: string) => void) | undefined;
  /** @default the user's */
  readonly home?: string | undefined;
  /** Login name where nothing names one; empty when the machine does not know. @default the user's */
  readonly localUser?: string | undefined;
  /** @default one that asks `ssh`, with the other options */
  readonly config?: SshConfigSource | undefined;
  /** OpenSSH's client, asked for the configuration; where there is none, the files are read. @default "ssh" */
  readonly ssh?: string | undefined;
  /** Most handshakes at once. @default 50 */
  readonly handshakes?: number | undefined;
  /**
   * Milliseconds before each further attempt, where a server has too many logins or a name server does not answer. @default 7 pauses, 7
   * s
   */
  readonly backOff?: readonly number[] | undefined;
  /** Finds the address of a name. @default the system's */
  readonly lookup?: LookupFunction | undefined;
  /** Most sessions at once of a login. @default 9 */
  readonly channels?: number | undefined;
  /** @default 15 seconds, 3 times, unless the ssh config has `ServerAliveInterval` */
  readonly keepalive?: Keepalive | undefined;
  /** Milliseconds between signs of life: after three that are missing, a host ends what runs there. @default 15000 */
  readonly beat?: number | undefined;
}

/** The options, and what stands in for those that were not given. */
export interface SshScope extends SshTransportOptions {
  readonly home: string;
  readonly localUser: string;
  readonly config: SshConfigSource;
}

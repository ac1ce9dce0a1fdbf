/** What a parser of flights is told, and whom it tells. */
import type { Command } from "../../command/command.ts";
import type { StopReason, StreamName } from "../command-result.ts";
import type { CommandEvent } from "../transport.ts";

export interface KillRequest {
  /** What to kill; undefined when the shell has not said it yet: end the channel. */
  readonly processGroup: number | undefined;
  readonly reason: StopReason;
  /** To be called when the host has the first signal: until then no end of the command is believed. */
  delivered(): void;
}

export interface FlightParserOptions {
  readonly commands: readonly Command[];
  readonly marker: string;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: CommandEvent) => void) | undefined;
  /** What was printed outside of all commands: by login scripts, or by daemons after their command had ended. */
  readonly onNoise?: ((text: string, stream: StreamName) => void) | undefined;
  /**
   * Ends the running command with its process group: SIGTERM, and SIGKILL when the flight is not over after the grace
   * time. Called at most once. Settles when nothing is left to wait for; rejects when it may still run.
   */
  readonly kill: (request: KillRequest) => Promise<void>;
  /** Takes stdout's bytes in place of result and events. */
  readonly sink?: ((bytes: Buffer) => void) | undefined;
  /** Everything comes on stdout, as from a terminal. @default false */
  readonly merged?: boolean | undefined;
  /** On a terminal: the command can be given its input. */
  readonly onBegun?: (() => void) | undefined;
  /** Milliseconds, monotonic. @default performance.now */
  readonly now?: (() => number) | undefined;
  /** Bytes that a command which captures all may print. @default CAPTURE_LIMIT */
  readonly captureLimit?: number | undefined;
}

import type { Redactor } from "../../command/redact.ts";
import type { Redirection } from "../../rehearse/mark.ts";
import { isCi } from "../../report/pick.ts";
import type { Screen } from "../../report/reporter.ts";
import type { InterruptSignal } from "../../runner/stop.ts";
import type { Transport } from "../../transport/transport.ts";

/** What a person types into. */
export interface CliInput {
  readonly isTTY: boolean;
  /** What is in it to be passed on; undefined for a terminal, and where there is nothing. @default nothing */
  readonly piped?: PipedInput | undefined;
  /** The same stream each time. From then on the process waits for it. */
  open(): NodeJS.ReadableStream;
}

/** A file is read from `from` on, by however many. */
export type PipedInput = { readonly kind: "stream" } | { readonly kind: "file"; readonly fd: number; readonly from: number };

/** Everything of the process that the command line touches: tests bring their own. */
export interface CliIo {
  readonly stdin: CliInput;
  /** Results. */
  readonly stdout: Screen;
  /** Everything for eyes, when stdout is no terminal; questions and errors always. */
  readonly stderr: Screen;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** Knows the secrets that came up so far: for what is told outside of runs. */
  readonly redactor: Redactor;
  /** Loads an ES module by its URL. */
  importModule(url: string): Promise<object>;
  /** Milliseconds of a clock that does not go back. */
  now(): number;
  /** Listens to signals in place of the default, which ends the process. @returns how to stop listening */
  onSignal(callback: (signal: InterruptSignal) => void): () => void;
  /** Hears what is thrown where nobody waits for it. @returns how to stop listening */
  onUnheard(callback: (thrown: unknown) => void): () => void;
  /** Stands between a run and its hosts: for tests that lose what travels there. @default nothing does */
  readonly wrapTransport?: ((transport: Transport) => Transport) | undefined;
  /** In a rehearsal: hosts in the place of those of the deployfile. @default as the deployfile says */
  readonly redirect?: Redirection | undefined;
}

/** For a terminal that a reporter may have left without one. */
export const SHOW_CURSOR = "\x1b[?25h";

/** True when there is a person to ask. */
export function isInteractive(io: CliIo): boolean {
  return !isCi(io.env) && io.stderr.isTTY && io.stdin.isTTY;
}

/** Where text for eyes goes: stdout stays clean unless a person reads it. */
export function eyes(io: CliIo): Screen {
  return io.stdout.isTTY ? io.stdout : io.stderr;
}

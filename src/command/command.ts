import type { SourceLocation } from "../errors.ts";
import type { Secret } from "./secret.ts";

/**
 * What may stand in `${}` of a command template: quoted as one word; an array as several.
 * @example
 * const values: TemplateValue[] = ["it's one word", 42, true, ["two", "words"], raw("2>/dev/null")];
 */
export type TemplateValue = string | number | boolean | bigint | RawText | readonly (string | number | boolean | bigint)[];

/**
 * Text that is put into a command as it is. Made by `raw()`, which is seen in review.
 * @example
 * const redirection: RawText = raw(">> /var/log/deploys.log");
 */
export interface RawText {
  readonly raw: string;
}

/**
 * How a command runs, in the order in which the layers wrap around its text. Set by `within`, `vars`, `as`, `umask` and `prefix`.
 * @example
 * const { cwd, vars }: CommandContext = t.within("/srv/shop").vars({ LANG: "C" }).cmd`ls`;
 */
export interface CommandContext {
  /** Directory to run in. Absolute, or relative to the login directory. */
  readonly cwd?: string | undefined;
  /** Environment variables. Secrets travel over the channel's input, never in a command line. */
  readonly vars?: Readonly<Record<string, string | Secret>> | undefined;
  /** Run as this user. */
  readonly user?: string | undefined;
  /** The program that runs it as that user. @default the setting `becomeMethod`, which is sudo */
  readonly becomeMethod?: "sudo" | "doas" | "su" | undefined;
  /** Octal, e.g. `"027"`. */
  readonly umask?: string | undefined;
  /** Commands run before it in the same shell, joined with `&&`. */
  readonly prefixes?: readonly string[] | undefined;
}

/**
 * What can stand in front of a command.
 * @example
 * const options: CommandOptions = { timeout: "5m", acceptError: true, title: "warm up the cache" };
 * const { exitCode } = await t.run(options)`./bin/warm-up`;
 */
export interface CommandOptions {
  /** Milliseconds, or `"90s"`, `"5m"`; 0 for no limit. @default the setting `commandTimeout`, which is none */
  readonly timeout?: number | string | undefined;
  /** A non-zero exit code is an outcome, not a failure. @default false */
  readonly acceptError?: boolean | undefined;
  /** Allocate a terminal. Needs a channel of its own. @default false */
  readonly pty?: boolean | undefined;
  /** Sent to its standard input, which is otherwise at end of file. Needs a channel of its own. */
  readonly stdin?: string | Uint8Array | Secret | NodeJS.ReadableStream | undefined;
  /** Keep all of stdout in the result instead of its tail (up to 64 MiB). Set by `capture`. @default false */
  readonly captureAll?: boolean | undefined;
  /**
   * Not shown by reporters unless it fails: a probe. `"output"`: the command is shown, and only what it prints is not, because a program
   * reads that. @default false
   */
  readonly quiet?: boolean | "output" | undefined;
  /** What to show in place of the text. */
  readonly title?: string | undefined;
  /** It only waits for something: the first ctrl-C ends it, which lets other commands come to their end. @default false */
  readonly idle?: boolean | undefined;
  /**
   * What to do when the connection was lost before its exit status came, once there is a new one and nothing of the old one runs
   * any more. `"repeat"`: it is run again, because that does no harm. `done`: shell text that tells whether the command has had its effect:
   * with exit code 0 it counts as done, with 1 it is run again. @default it fails, as unknown
   */
  readonly ifLost?: "repeat" | { readonly done: string } | undefined;
  /**
   * Absolute path of a file on the host that the command makes. Once it has succeeded, the connection gives signs of life for
   * the file until it ends or the file is gone: its second line tells which process is the connection, and each shell and each command
   * of the connection has a shared flock(1) on it. So others can tell whether who made it is alive:
   * see "Locks of dead runs" in the guide to the deploy flow. One file for each connection: the last one counts. Over a connection
   * that is made again, the command is run again first, unless the file is gone: then the run has lost the host. Once the file is
   * gone, the host runs no command of the connection any more (`HOLD_LOST`), but those that hold something anew or let go of it.
   * `false`: needs nothing that is held, and nothing is held any more.
   */
  readonly hold?: string | false | undefined;
  /** With `hold`: shell text that runs in place of commands once the file is gone. What it prints on stdout is who took it away. */
  readonly ifGone?: string | undefined;
  /**
   * It starts nothing that outlives it, no daemon. So it may have what the connection holds (`hold`), and the host needs no process that keeps
   * that from it. Behind commands that are all so, the host does not look for what was left running before it runs others in the same shell.
   * @default false
   */
  readonly contained?: boolean | undefined;
  /**
   * The host keeps its text, all but ids (14 hexadecimal digits and more), in a file that only the login user can read, and is not sent it again
   * by the next run: for long scripts. One with a `secret` in it is not kept. Over SSH; a command of another user is sent whole. @default false
   */
  readonly keepText?: boolean | undefined;
}

/**
 * What a shell runs: a value, the same object for transport, reporter, error and test. Made by `t.cmd`; frozen.
 * @example
 * const commands: Command[] = ["a", "b"].map((name) => t.cmd`systemctl restart ${name}`);
 * await t.batch(commands);
 */
export interface Command extends CommandContext, CommandOptions {
  readonly kind: "command";
  /** POSIX shell text, values already quoted, context not yet applied. */
  readonly text: string;
  /** The line of the deployfile that made it; undefined for one of a recipe that ships with us. No part of what `{...command}` copies. */
  readonly where?: SourceLocation | undefined;
}

import type { CommandBuilder, CommandInput, CommandVerb } from "../command/builder.ts";
import type { Command } from "../command/command.ts";
import type { Secret } from "../command/secret.ts";
import type { ForwardOptions, Tunnel } from "../process/forward/forward.ts";
import type { Process, ProcessOptions } from "../process/process.ts";
import type { CommandResult } from "../transport/transport.ts";

/**
 * How a file is written.
 * @example
 * const options: TransferOptions = { mode: "600" };
 * await t.writeFile("shared/.env", secret("TOKEN=x"), options);
 */
export interface TransferOptions {
  /** Octal, e.g. `"600"`. @default for new files "644", "600" for secrets; existing files keep theirs */
  readonly mode?: string | undefined;
}

/**
 * A process of a task, and how long it lives.
 * @example
 * const options: SpawnOptions = { scope: "run", name: "proxy", accept: { exitCodes: "any" } };
 */
export interface SpawnOptions extends ProcessOptions {
  /** When it is ended at the latest, or let go of with `outlive`: with the task's function, or with the run. @default "task" */
  readonly scope?: "task" | "run" | undefined;
}

/**
 * A port of a task that leads through its host, and how long it listens.
 * @example
 * const options: TaskForwardOptions = { to: "db.internal:5432", scope: "run" };
 */
export interface TaskForwardOptions extends ForwardOptions {
  /** When it is closed at the latest: with the task's function, or with the run. @default "task" */
  readonly scope?: "task" | "run" | undefined;
}

/**
 * Running commands and moving files on one machine: `t` for the host at hand, `t.local` for the control machine. Remote paths are
 * absolute, or relative to the directory at hand.
 * @example
 * const kernel = await t.capture`uname -r`;
 * if (!(await t.exists("/etc/motd"))) await t.writeFile("/tmp/motd", `kernel ${kernel}\n`);
 * await t.local.run`tar -czf build.tar.gz dist`;
 * await t.upload("build.tar.gz", "/tmp/build.tar.gz");
 */
export interface Shell extends CommandBuilder {
  /** @throws CommandError when it fails, unless `acceptError`. */
  readonly run: CommandVerb<Promise<CommandResult>>;
  /** stdout without the trailing newline. @throws CommandError */
  readonly capture: CommandVerb<Promise<string>>;
  /** True when the exit code is 0. @throws CommandError only when no exit code came. */
  readonly test: CommandVerb<Promise<boolean>>;
  /** One flight: sent together, run in order, stopping at the first failure unless `acceptError`. @throws CommandError */
  batch(commands: readonly (Command | string | readonly (string | number)[])[]): Promise<readonly CommandResult[]>;
  /**
   * Starts a process, and returns at once: the task goes on. It is ended with the task's function or, with `scope: "run"`, with the run; what counts
   * against it is a warning, and no failure unless `throwIfFailed()`.
   * @throws UsageError, ProblemsError for a command or options that are none
   */
  spawn(command: CommandInput, options?: SpawnOptions): Process;
  /**
   * A port of this machine that leads through the host to `to`, the other way round with `reverse`, or SOCKS. Resolves once it listens; it is closed with the
   * task's function or, with `scope: "run"`, with the run. Connections that come to nothing are a warning.
   * @throws ProblemsError for options that are none; ConnectError for a port that is taken
   */
  forward(options: TaskForwardOptions): Promise<Tunnel>;
  /**
   * A file, or a directory with all in it: that fills the one of the remote path, which is made where there is none, and keeps modes, times and links.
   * Of what is asked for at once (`Promise.all`) nothing is sent where one is missing.
   * @throws TaskError, ProblemsError when it cannot be read here @throws CommandError
   */
  upload(localPath: string, remotePath: string, options?: TransferOptions): Promise<void>;
  /** The same from the host. What would lead out of the directory is refused. @throws TaskError when it cannot be written here @throws CommandError */
  download(remotePath: string, localPath: string): Promise<void>;
  /** Replaces the file in one rename, so a reader sees the old or the new one. */
  writeFile(remotePath: string, content: string | Uint8Array | Secret, options?: TransferOptions): Promise<void>;
  /** Up to 64 MiB, as UTF-8. */
  readFile(remotePath: string): Promise<string>;
  exists(remotePath: string): Promise<boolean>;
  /** True when a command of that name can be run: a program in PATH, or what the shell itself has. */
  hasCommand(name: string): Promise<boolean>;
  /** Writes a local file with its `{{ key }}` replaced by settings or `values`. An unknown key is an error. True when the file changed. */
  template(
    localPath: string,
    remotePath: string,
    values?: Readonly<Record<string, unknown>>,
    options?: TransferOptions,
  ): Promise<boolean>;
}

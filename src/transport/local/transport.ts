/**
 * The control machine as a host. Commands run in `/bin/sh`, in the directory of `fake` or the one given, with its
 * environment; each flight has a shell of its own.
 */
import type { Command } from "../../command/command.ts";
import { ConnectError } from "../../errors.ts";
import type { Host } from "../../hosts/host.ts";
import type { ShellChannel } from "../framing/channel.ts";
import { type DriveOptions, driveExec, driveFlight } from "../framing/drive.ts";
import { describeHeld } from "../framing/held.ts";
import { createHolding } from "../framing/holding.ts";
import { GRACE } from "../framing/kill.ts";
import { LOADER_SCRIPT } from "../framing/script.ts";
import { runSegments } from "../framing/segments.ts";
import type { CommandResult, Connection, ExecOptions, FlightOptions, Transport } from "../transport.ts";
import { type LocalProcess, spawnProcess } from "./process.ts";
import { terminalArgv } from "./terminal.ts";

export interface LocalOptions {
  /** Where commands start. @default the working directory of this process */
  readonly cwd?: string | undefined;
  /** @default the environment of this process */
  readonly env?: Readonly<NodeJS.ProcessEnv> | undefined;
  /** @default ["/bin/sh"] */
  readonly shell?: readonly [string, ...string[]] | undefined;
  /** The script(1) that gives terminals. @default "script" */
  readonly script?: string | undefined;
  /** Milliseconds between SIGTERM and SIGKILL. @default 5000 */
  readonly grace?: number | undefined;
  /** What was printed outside of all commands. */
  readonly onNoise?: DriveOptions["onNoise"];
  /** Something that nobody waits for, and that is worth a word. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

export function createLocalTransport(options: LocalOptions = {}): Transport {
  const connections = new Set<LocalConnection>();
  return {
    name: "local",
    async connect(host, { signal }) {
      if (signal.aborted)
        throw new ConnectError("CONNECT_ABORTED", host.name, "The connection was no longer wanted.", { cause: signal.reason });
      const connection = new LocalConnection(host, options);
      connections.add(connection);
      connection.closed.then(() => connections.delete(connection));
      return connection;
    },
    async close() {
      await Promise.all([...connections].map((connection) => connection.close()));
    },
  };
}

class LocalConnection implements Connection {
  readonly host: Host;
  readonly closed: Promise<Error | undefined>;
  readonly left = [];
  readonly #options: LocalOptions;
  readonly #processes = new Set<LocalProcess>();
  readonly #holding = createHolding(process.pid);
  #settle: (reason: undefined) => void = () => {};
  #open = true;
  #hasTold = false;

  constructor(host: Host, options: LocalOptions) {
    this.host = host;
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  flight(commands: readonly Command[], options: FlightOptions): Promise<readonly CommandResult[]> {
    return runSegments(commands, options, {
      flight: (segment, inner) => driveFlight(() => this.#spawn(this.#shell), segment, this.#with(inner)),
      exec: (command, inner) => this.exec(command, inner),
    });
  }

  exec(command: Command, options: ExecOptions): Promise<CommandResult> {
    const open = async (): Promise<ShellChannel> => {
      if (command.pty === true) return this.#spawn(await terminalArgv(this.#shell, this.#options.script), true);
      return this.#spawn([...this.#shell, "-c", LOADER_SCRIPT]);
    };
    return driveExec(open, command, this.#with(options));
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    for (const process of this.#processes) process.abandon(this.#closedError(), this.#options.grace ?? GRACE);
    this.#settle(undefined);
  }

  get #shell(): readonly [string, ...string[]] {
    return this.#options.shell ?? ["/bin/sh"];
  }

  #with<O extends FlightOptions>(options: O): O & DriveOptions {
    return { ...options, onNoise: this.#options.onNoise, grace: this.#options.grace, holding: this.#holding };
  }

  async #spawn(argv: readonly [string, ...string[]], terminal = false): Promise<ShellChannel> {
    if (!this.#open) throw this.#closedError();
    const process = await spawnProcess(argv, {
      cwd: this.#options.cwd,
      env: this.#options.env,
      terminal,
      onHeld: () => this.#onHeld(),
    });
    if (!this.#open) {
      process.abandon(this.#closedError(), 0);
      process.release();
      throw this.#closedError();
    }
    this.#processes.add(process);
    process.closed.then(() => this.#processes.delete(process));
    return process;
  }

  #onHeld(): void {
    if (this.#open && !this.#hasTold) this.#options.onWarning?.(describeHeld(this.host.name));
    this.#hasTold = true;
  }

  #closedError(): ConnectError {
    return new ConnectError("CONNECTION_CLOSED", this.host.name, "The connection to this machine was closed.");
  }
}

/**
 * The control machine as a host. Commands run in `/bin/sh`, in the directory of `fake` or the one given, with its
 * environment; each flight has a shell of its own.
 */
import { quote } from "../../command/quote.ts";
import { ConnectError } from "../../errors.ts";
import type { Host } from "../../hosts/host.ts";
import { ProcessConnection } from "../framing/connection.ts";
import { Holding } from "../framing/holding.ts";
import type { StartRequest } from "../framing/host-process.ts";
import { createMarker } from "../framing/script.ts";
import { startText } from "../framing/start-text.ts";
import { type ConnectionOptions, type ProcessSource, Started } from "../framing/started.ts";
import { GRACE_MS } from "../limits.ts";
import type { Transport } from "../transport.ts";
import { Tunnels } from "../tunnels/tunnels.ts";
import { type LocalProcess, spawnProcess } from "./process.ts";
import { terminalArgv } from "./terminal.ts";
import { createLocalTunnels } from "./tunnel-source.ts";

export interface LocalOptions extends ConnectionOptions {
  /** Where commands start. @default the working directory of this process */
  readonly cwd?: string | undefined;
  /** @default the environment of this process */
  readonly env?: Readonly<NodeJS.ProcessEnv> | undefined;
  /** @default ["/bin/sh"] */
  readonly shell?: readonly [string, ...string[]] | undefined;
  /** The script(1) that gives terminals. @default "script" */
  readonly script?: string | undefined;
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

/** Starts processes here, as many as are asked for; each flight has a shell of its own. */
class LocalConnection extends ProcessConnection implements ProcessSource {
  readonly source: ProcessSource = this;
  readonly shellsStay = false;
  readonly left = [];
  protected readonly tunnels: Tunnels;
  readonly #options: LocalOptions;
  readonly #shell: readonly [string, ...string[]];
  readonly #processes = new Set<LocalProcess>();
  #open = true;

  constructor(host: Host, options: LocalOptions) {
    super(host, new Holding(process.pid), options);
    this.tunnels = new Tunnels(createLocalTunnels(host.id));
    this.#options = options;
    this.#shell = options.shell ?? ["/bin/sh"];
  }

  async takeShell(): Promise<Started> {
    const marker = createMarker();
    const shell = `exec ${this.#shell.map(quote).join(" ")}`;
    return new Started(await this.#spawn([...this.#shell, "-c", startText("shell", marker, shell)], marker));
  }

  returnShell({ process }: Started): void {
    process.release();
  }

  async start({ terminal }: StartRequest): Promise<LocalProcess> {
    const marker = createMarker();
    if (terminal === undefined) return this.#spawn([...this.#shell, "-c", startText("loader", marker)], marker);
    const { script } = this.#options;
    return this.#spawn(await terminalArgv({ ...terminal, marker, shell: this.#shell, script }), marker, terminal.type);
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.tunnels.end(this.#closedError(), undefined);
    for (const process of this.#processes) process.abandon(this.#closedError(), this.#options.grace ?? GRACE_MS);
    this.settle(undefined);
  }

  async #spawn(argv: readonly [string, ...string[]], marker: string, term?: string): Promise<LocalProcess> {
    if (!this.#open) throw this.#closedError();
    const { cwd, env } = this.#options;
    const started = await spawnProcess(argv, {
      marker,
      cwd,
      env: term === undefined ? env : { ...(env ?? process.env), TERM: term },
      terminal: term !== undefined,
      onHeld: () => this.#open && this.tellHeld(),
    });
    if (!this.#open) {
      started.abandon(this.#closedError(), 0);
      started.release();
      throw this.#closedError();
    }
    this.#processes.add(started);
    started.closed.then(() => this.#processes.delete(started));
    return started;
  }

  #closedError(): ConnectError {
    return new ConnectError("CONNECTION_CLOSED", this.host.name, "The connection to this machine was closed.");
  }
}

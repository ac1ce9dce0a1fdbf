import type { Command } from "../../command/command.ts";
import { toError } from "../../errors.ts";
import type { Host } from "../../hosts/host.ts";
import type { Connection, ConnectOptions, Transport } from "../../transport/transport.ts";
import { holdAgain } from "./hold-again.ts";

/** How to log in to a machine, and over which transport. */
export interface Login extends Pick<ConnectOptions, "user" | "forwardAgent" | "fastLogin" | "password"> {
  /** What the setting of this name says; a host that names its transport has that one. */
  readonly transport: string;
}

/** A host as one login reaches it. Its connection outlives runs: made when there is none, and again when it was lost. */
export interface Machine {
  readonly id: string;
  readonly host: Host;
  /** The connection is there now, as far as is known. */
  readonly connected: boolean;
  /** The last command that holds something for as long as the connection lives: a new one holds it again. */
  held: Command | undefined;
  /**
   * The connection: the one that is there, or a new one, over which nothing is sent before all has ended that was started over
   * the one before.
   * @throws ConnectError, why the signal was aborted, what the transport throws
   */
  connection(login: Login, signal: AbortSignal): Promise<Connection>;
  /** Ends the connection, and lets go of what it holds. Never throws. */
  close(): Promise<void>;
}

export function createMachine(host: Host, transport: () => Transport): Machine {
  let attempt: Promise<Connection> | undefined;
  let before: Connection | undefined;
  let connected = false;
  let ending = new AbortController();

  const open = async (login: Login, signal: AbortSignal): Promise<Connection> => {
    const { transport: _, ...settings } = login;
    const connection = await transport().connect(host, { ...settings, signal, after: before });
    if (machine.held !== undefined) await holdAgain(connection, machine.held, signal);
    connected = true;
    return connection;
  };
  const watch = (made: Promise<Connection>, connection: Connection): void => {
    const ended = (): void => {
      before = connection;
      if (attempt !== made) return;
      attempt = undefined;
      connected = false;
    };
    void connection.closed.then(ended, ended);
  };
  const machine: Machine = {
    id: host.id,
    host,
    held: undefined,
    get connected() {
      return connected;
    },
    async connection(login, signal) {
      const shared = attempt;
      // What another run's attempt fails with, its interrupt say, is no answer to this one.
      if (shared !== undefined) return shared.catch(() => machine.connection(login, signal));
      signal.throwIfAborted();
      const made = open(login, AbortSignal.any([signal, ending.signal]));
      attempt = made;
      try {
        const connection = await made;
        watch(made, connection);
        return connection;
      } catch (error) {
        if (attempt === made) attempt = undefined;
        throw error;
      }
    },
    async close() {
      const last = attempt;
      attempt = undefined;
      connected = false;
      machine.held = undefined;
      ending.abort(new Error(`The connection to ${host.name} is not needed any more.`));
      ending = new AbortController();
      await last?.then((connection) => connection.close()).catch(toError);
    },
  };
  return machine;
}

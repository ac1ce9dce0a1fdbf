import type { Command } from "../../command/command.ts";
import { quote } from "../../command/quote.ts";
import { ConnectError } from "../../errors.ts";
import type { Host } from "../../hosts/host.ts";
import type { Connection, Transport } from "../../transport/transport.ts";
import { settleWithin } from "../../wait.ts";
import { GRACE_MS } from "../limits.ts";
import { CONTROL_HOST, type LoginSettings } from "./login.ts";

/** The machines of any number of runs, one after another or at the same time: connections stay between runs. */
export class Fleet {
  /** The machine that `fake` runs on. */
  readonly control: Machine;
  readonly #machines = new Map<string, Machine>();
  readonly #transportFor: (host: Host, wanted: string) => Transport;

  /** Connects to nothing yet. @param transportFor called once for each machine, with what the setting `transport` names for it */
  constructor(transportFor: (host: Host, wanted: string) => Transport, localTransport: Transport) {
    this.control = new Machine(CONTROL_HOST, () => localTransport);
    this.#transportFor = transportFor;
  }

  /** The same one for the same host, reached by the same login: a password, or how fast a login is, makes no other machine. */
  machine(host: Host, login: LoginSettings): Machine {
    const { id, address, port, transport } = host;
    const key = JSON.stringify([
      id,
      address,
      port,
      transport,
      login.transport,
      login.user,
      login.forwardAgent,
      login.identityFiles,
    ]);
    const machine = this.#machines.get(key) ?? new Machine(host, () => this.#transportFor(host, login.transport));
    this.#machines.set(key, machine);
    return machine;
  }

  /** Ends all connections. Takes five seconds at most, and never throws. */
  async close(): Promise<void> {
    const closing = Promise.all([this.control, ...this.#machines.values()].map((machine) => machine.close()));
    this.#machines.clear();
    // Connections end without the other side's consent, but not even that is waited for without end.
    await settleWithin(closing, [{ signal: AbortSignal.abort(), grace: GRACE_MS }]);
  }
}

/** A connection that is there, or is being made. */
interface MachineAttempt {
  readonly made: Promise<Connection>;
  /** Why it may have been ended. */
  readonly signal: AbortSignal;
  readonly password: LoginSettings["password"];
}

/** A host as one login reaches it. Its connection outlives runs: made when there is none, and again when it was lost. */
export class Machine {
  readonly host: Host;
  /** The connection is there now, as far as is known. */
  connected = false;
  /** The last command that holds something for as long as the connection lives: a new one holds it again. */
  held: Command | undefined;
  readonly #transport: () => Transport;
  #attempt: MachineAttempt | undefined;
  /** The connection before: nothing is sent over a new one before all has ended that was started over it. */
  #before: Connection | undefined;
  #ending = new AbortController();

  constructor(host: Host, transport: () => Transport) {
    this.host = host;
    this.#transport = transport;
  }

  /**
   * The connection: the one that is there, or a new one.
   * @throws ConnectError, why the signal was aborted, what the transport throws
   */
  async connection(login: LoginSettings, signal: AbortSignal): Promise<Connection> {
    const under = this.#attempt;
    if (under !== undefined)
      return under.made.catch((error: unknown) => {
        // What another's attempt was ended by, or what it failed with for want of a password, is no answer to this one.
        if (!under.signal.aborted && under.password === login.password) throw error;
        return this.connection(login, signal);
      });
    signal.throwIfAborted();
    const stop = AbortSignal.any([signal, this.#ending.signal]);
    const made = this.#connect(login, stop);
    this.#attempt = { made, signal: stop, password: login.password };
    const ended = (): void => {
      if (this.#attempt?.made !== made) return;
      this.#attempt = undefined;
      this.connected = false;
    };
    try {
      const connection = await made;
      void connection.closed.then(ended, ended);
      return connection;
    } catch (error) {
      ended();
      throw error;
    }
  }

  /** Ends the connection, and lets go of what it holds. Never throws. */
  async close(): Promise<void> {
    const last = this.#attempt;
    this.#attempt = undefined;
    this.connected = false;
    this.held = undefined;
    this.#ending.abort(new Error(`The connection to ${this.host.name} is not needed any more.`));
    this.#ending = new AbortController();
    await last?.made.then((connection) => connection.close()).catch(() => undefined);
  }

  async #connect({ transport: _, ...login }: LoginSettings, signal: AbortSignal): Promise<Connection> {
    const connection = await this.#transport().connect(this.host, { ...login, signal, after: this.#before });
    if (this.held !== undefined) await holdAgain(connection, this.held, signal);
    this.#before = connection;
    this.connected = true;
    return connection;
  }
}

/**
 * Takes up, over a new connection, what was held over the one that was lost.
 * @throws ConnectError when that is gone: somebody else may have had it since, and what was read before may not be so any more
 */
async function holdAgain(connection: Connection, command: Command, signal: AbortSignal): Promise<void> {
  const file = command.hold || "";
  const explain = command.ifGone ?? `echo ${quote(`${file} is gone.`)}`;
  const gone = `[ -f ${quote(file)} ] || { exec >&2\n${explain}\nexit 1; }`;
  const again: Command = { ...command, text: `${gone}\n${command.text}`, quiet: true, keepText: false };
  const [result] = await connection.flight([again], { signal });
  if (result?.status === "ok") return;
  await connection.close();
  const { name } = connection.host;
  const said = result?.stderr.trim() || result?.stdout.trim() || "nobody knows why";
  throw new ConnectError("HOLD_LOST", name, `What this run held on ${name} was lost with the connection: ${said}`, {
    hint: "Somebody else may have worked there meanwhile. Look at the host, then start again.",
    cause: result?.cause,
  });
}

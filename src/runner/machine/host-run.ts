import type { AskBecomePassword } from "../../command/become.ts";
import type { HostEnv } from "../../env/definition.ts";
import { ConnectError, FakeError, toError } from "../../errors.ts";
import type { Host } from "../../hosts/host.ts";
import type { Connection } from "../../transport/transport.ts";
import type { RunEmitter } from "../events.ts";
import { REPAIRS } from "../limits.ts";
import type { Fleet, Machine } from "./fleet.ts";
import { CONTROL_HOST, loginFor } from "./login.ts";

interface Given {
  /** The settings of the run for this host. */
  readonly env: HostEnv;
  readonly effectiveRoles: readonly string[];
  readonly events: RunEmitter;
  readonly fleet: Fleet;
  /** No run comes after this one. */
  readonly last: boolean;
  /** One flight to each machine is all that the run is, as far as can be seen. */
  readonly single: boolean;
  /** Asked when a command runs as another user, and a password may be wanted for that. */
  readonly becomePassword: AskBecomePassword | undefined;
}

/** One machine in one run: its settings, its way there, and what became of it. */
export class HostRun {
  readonly id: string;
  /** The control machine. */
  readonly local: boolean;
  readonly given: Given;
  readonly env: HostEnv;
  readonly events: RunEmitter;
  /** It was connected to, once at least. */
  reached = false;
  /** Undefined until the run has asked for a connection. */
  machine: Machine | undefined;
  /** Why the machine cannot be reached any more. */
  lost: Error | undefined;
  /** Why nothing more is done on the machine: what the run held there is gone. */
  gone: FakeError | undefined;
  /** True when a command's outcome is not known. */
  unknown = false;
  /** The machine holds something that a command of this run took. */
  holds = false;
  /** Flights of this run that are under way. */
  underWay = 0;
  /** A task began on it. */
  touched = false;
  /** In a group of `--batch` that was never begun. */
  notReached = false;
  readonly changed: string[] = [];
  standing: string | undefined;
  readonly host: Host;
  readonly #times = new Map<string, number>();
  #connecting: Promise<Connection> | undefined;
  #repairs = 0;
  /** Why there is no connection any more that there was. */
  #broken: Error | undefined;
  #over = false;

  constructor(host: Host, given: Given) {
    this.id = host.id;
    this.local = host === CONTROL_HOST;
    this.given = given;
    this.env = given.env;
    this.events = given.events;
    this.host = host;
  }

  /** The connection was lost, and is made again for the next who asks. */
  get broken(): boolean {
    return this.#broken !== undefined && this.lost === undefined;
  }

  /** A task comes to it. @returns which time of the run that is, from 1 */
  comes(task: string): number {
    const time = (this.#times.get(task) ?? 0) + 1;
    this.#times.set(task, time);
    return time;
  }

  /**
   * The connection, made when first asked for.
   * @throws ConnectError also when the connection was lost for the second time in the run: it is made again once
   */
  async connection(signal: AbortSignal): Promise<Connection> {
    if (this.lost !== undefined) throw connectionLost(this.lost, this.id);
    this.#connecting ??= this.#connect(signal);
    const made = this.#connecting;
    try {
      return await made;
    } catch (error) {
      if (this.#connecting === made) this.#connecting = undefined;
      throw error;
    }
  }

  /** Ends the run's part in the machine: its connection stays, unless the run left something there or was the last. Never throws. */
  async release(): Promise<void> {
    this.#over = true;
    if (this.given.last || this.holds || this.underWay > 0) await this.machine?.close();
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    const { id, local } = this;
    const { env, events, fleet } = this.given;
    try {
      const login = local ? { transport: "local" } : await loginFor(this.host, env);
      signal.throwIfAborted();
      this.machine = local ? fleet.control : fleet.machine(this.host, login);
      if (!local && !this.machine.connected) events.emit({ kind: "hostConnecting", host: id });
      const since = events.now();
      const connection = await this.machine.connection({ ...login, single: this.given.single }, signal);
      this.#broken = undefined;
      this.reached = true;
      const ended = (reason: Error | undefined): void => this.#drop(reason);
      void connection.closed.then(ended, (reason: unknown) => ended(toError(reason)));
      if (!local) events.emit({ kind: "hostConnected", host: id, duration: events.now() - since });
      return connection;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const failure = cannotConnect(error, id, this.#broken);
      // A setting that fails says nothing about the machine.
      if (failure instanceof ConnectError) this.#lose(failure);
      throw failure;
    }
  }

  /** The connection has ended. @param reason why, when that was not asked for */
  #drop(reason: Error | undefined): void {
    this.#connecting = undefined;
    if (reason === undefined || this.#over) return;
    if (this.#repairs === REPAIRS) this.#lose(reason);
    else {
      this.#repairs += 1;
      this.#broken = reason;
      const text = this.events.redact(`${reason.message} It is made again when it is needed next.`);
      if (!this.local) this.events.emit({ kind: "message", level: "warn", host: this.id, task: undefined, text });
    }
  }

  #lose(error: Error): void {
    if (this.lost !== undefined || this.#over) return;
    this.lost = error;
    const { emit, redact } = this.events;
    const hint = "hint" in error && typeof error.hint === "string" ? redact(error.hint) : undefined;
    if (!this.local) emit({ kind: "hostLost", host: this.id, message: redact(error.message), hint });
  }
}

/** Connects again to those whose connection was lost; afterwards they are there, or lost for good. Never throws. */
export async function repair(hosts: readonly HostRun[], signal: AbortSignal): Promise<void> {
  await Promise.allSettled(hosts.filter(({ broken }) => broken).map((host) => host.connection(signal)));
}

/** Why a machine cannot be reached any more, as what fails a task. */
export function connectionLost(cause: Error, host: string): FakeError {
  if (cause instanceof FakeError) return cause;
  const why = /[.!?]$/.test(cause.message) ? cause.message : `${cause.message}.`;
  return new ConnectError("CONNECTION_LOST", host, `The connection to ${host} was lost: ${why}`, { cause });
}

/** `broken`: why there is no connection any more that there was. */
function cannotConnect(error: unknown, host: string, broken: Error | undefined): FakeError {
  const cause = toError(error);
  if (broken !== undefined && (error instanceof ConnectError || !(error instanceof FakeError))) {
    const { message, hint } = connectionLost(broken, host);
    return new ConnectError("CONNECTION_LOST", host, `${message} It could not be made again: ${cause.message}`, { cause, hint });
  }
  if (error instanceof FakeError) return error;
  return new ConnectError("CONNECT_FAILED", host, `Cannot connect to ${host}: ${cause.message}`, { cause });
}

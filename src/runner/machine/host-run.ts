import type { Secret } from "../../command/secret.ts";
import type { HostEnv } from "../../env/definition.ts";
import type { HostView } from "../../env/settings.ts";
import { ConnectError, FakeError, toError } from "../../errors.ts";
import type { Host } from "../../hosts/host.ts";
import type { Connection } from "../../transport/transport.ts";
import type { RunVoice } from "../events.ts";
import type { Fleet } from "./fleet.ts";
import { loginFor } from "./login.ts";
import type { Machine } from "./machine.ts";

/** One machine in one run: its settings, its way there, and what became of it. */
export interface HostRun {
  readonly id: string;
  /** The control machine. */
  readonly local: boolean;
  readonly view: HostView;
  readonly env: HostEnv;
  readonly effectiveRoles: readonly string[];
  readonly voice: RunVoice;
  /** Asked when a command runs as another user and `sudo` wants a password. */
  readonly sudoPassword: (() => Promise<Secret | undefined>) | undefined;
  /** Undefined until the run has asked for a connection. */
  readonly machine: Machine | undefined;
  /**
   * The connection, made when first asked for.
   * @throws ConnectError also when it was lost for the second time in the run: it is made again once
   */
  connection(signal: AbortSignal): Promise<Connection>;
  /** Why the machine cannot be reached any more. */
  readonly lost: Error | undefined;
  /** The connection was lost, and is made again for the next who asks. */
  readonly broken: boolean;
  /** True when a command's outcome is not known. */
  unknown: boolean;
  /** The machine holds something that a command of this run took. */
  holds: boolean;
  /** Flights of this run that are under way. */
  underWay: number;
  /** A task began on it. */
  touched: boolean;
  /** In a group of `--batch` that was never begun. */
  notReached: boolean;
  readonly changed: string[];
  standing: string | undefined;
  /** Ends the run's part in the machine: its connection stays, unless the run left something there. Never throws. */
  release(): Promise<void>;
}

export interface HostRunOptions extends Pick<HostRun, "local" | "env" | "effectiveRoles" | "voice" | "sudoPassword"> {
  readonly host: Host;
  readonly fleet: Fleet;
}

/** How often a run makes a lost connection again: a link that breaks twice in a run is no link to publish over. */
const REPAIRS = 1;

export function createHostRun({ host, fleet, ...given }: HostRunOptions): HostRun {
  const { id } = host;
  const { local, env } = given;
  const { emit, redact, now } = given.voice;
  let connecting: Promise<Connection> | undefined;
  let machine: Machine | undefined;
  let repairs = 0;
  let lost: Error | undefined;
  let broken: Error | undefined;
  let over = false;

  const lose = (error: Error): void => {
    if (lost !== undefined || over) return;
    lost = error;
    const hint = "hint" in error && typeof error.hint === "string" ? redact(error.hint) : undefined;
    if (!local) emit({ kind: "hostLost", host: id, message: redact(error.message), hint });
  };
  const drop = (reason: Error): void => {
    if (repairs === REPAIRS) lose(reason);
    if (over || repairs === REPAIRS) return;
    repairs += 1;
    broken = reason;
    const text = redact(`${reason.message} It is made again when it is needed next.`);
    if (!local) emit({ kind: "message", level: "warn", host: id, task: undefined, text });
  };
  const watch = (connection: Connection, made: Promise<Connection>): void => {
    const ended = (reason: Error | undefined): void => {
      if (connecting === made) connecting = undefined;
      if (reason !== undefined) drop(reason);
    };
    void connection.closed.then(ended, (reason: unknown) => ended(toError(reason)));
  };
  const open = async (signal: AbortSignal): Promise<Connection> => {
    try {
      const login = local ? { transport: "local" } : await loginFor(host, env);
      signal.throwIfAborted();
      machine = local ? fleet.control : fleet.machine(host, login);
      if (!local && !machine.connected) emit({ kind: "hostConnecting", host: id });
      const since = now();
      const connection = await machine.connection(login, signal);
      broken = undefined;
      if (!local) emit({ kind: "hostConnected", host: id, duration: now() - since });
      return connection;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const failure = cannotConnect(error, id, broken);
      // A setting that fails says nothing about the machine.
      if (failure instanceof ConnectError) lose(failure);
      throw failure;
    }
  };
  return {
    ...given,
    id,
    view: toHostView(host),
    changed: [],
    standing: undefined,
    unknown: false,
    holds: false,
    underWay: 0,
    touched: false,
    notReached: false,
    get machine() {
      return machine;
    },
    get lost() {
      return lost;
    },
    get broken() {
      return broken !== undefined && lost === undefined;
    },
    async connection(signal) {
      if (lost !== undefined) throw connectionLost(lost, id);
      const made = connecting ?? open(signal);
      const isFirst = connecting === undefined;
      connecting = made;
      try {
        const connection = await made;
        if (isFirst) watch(connection, made);
        return connection;
      } catch (error) {
        if (connecting === made) connecting = undefined;
        throw error;
      }
    },
    async release() {
      over = true;
      if (this.holds || this.underWay > 0) await machine?.close();
    },
  };
}

/** Connects again to those whose connection was lost; afterwards they are there, or lost for good. Never throws. */
export async function repair(hosts: readonly HostRun[], signal: AbortSignal): Promise<void> {
  await Promise.allSettled(hosts.filter(({ broken }) => broken).map((host) => host.connection(signal)));
}

/** Why a machine cannot be reached any more, as what fails a task. */
export function connectionLost(cause: Error, host: string): FakeError {
  if (cause instanceof FakeError) return cause;
  return new ConnectError("CONNECTION_LOST", host, `The connection to ${host} was lost: ${withStop(cause.message)}`, { cause });
}

/** `broken`: why there is no connection any more that there was. */
function cannotConnect(error: unknown, host: string, broken: Error | undefined): FakeError {
  const cause = toError(error);
  if (broken !== undefined && (error instanceof ConnectError || !(error instanceof FakeError))) {
    const first = connectionLost(broken, host);
    return new ConnectError("CONNECTION_LOST", host, `${first.message} It could not be made again: ${cause.message}`, {
      cause,
      hint: first.hint,
    });
  }
  if (error instanceof FakeError) return error;
  return new ConnectError("CONNECT_FAILED", host, `Cannot connect to ${host}: ${cause.message}`, { cause });
}

function withStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** A host as tasks see it. */
function toHostView(host: Host): HostView {
  const { id, name, address, user, port, roles, settings } = host;
  return Object.freeze({ id, name, address, user, port, roles, settings });
}

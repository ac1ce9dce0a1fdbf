import type { Command } from "../command/command.ts";
import { Secret } from "../command/secret.ts";
import type { HostEnv } from "../env/definition.ts";
import type { HostView } from "../env/settings.ts";
import type { Host } from "../hosts/host.ts";
import type { Connection, ConnectOptions, Transport } from "../transport/transport.ts";
import type { RunVoice } from "./events.ts";
import { holdAgain } from "./hold-again.ts";
import { createLink } from "./link.ts";

/** The id of the control machine in events and failures. */
export const CONTROL_MACHINE = "local";

/** One machine in one run: its settings, its one connection, and what became of it. */
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
  /**
   * The connection, made when first asked for.
   * @throws ConnectError also when it was lost for the second time: it is made again once
   */
  connection(signal: AbortSignal): Promise<Connection>;
  /** Why the machine cannot be reached any more. */
  readonly lost: Error | undefined;
  /** The connection was lost, and is made again for the next who asks. */
  readonly broken: boolean;
  /** The connection is there now, as far as is known. */
  readonly connected: boolean;
  /** True when a command's outcome is not known. */
  unknown: boolean;
  /** The last command that holds something for as long as the connection lives. */
  held: Command | undefined;
  /** A task began on it. */
  touched: boolean;
  /** In a group of `--batch` that was never begun. */
  notReached: boolean;
  readonly changed: string[];
  standing: string | undefined;
  /** Ends the connection. Never throws. */
  close(): Promise<void>;
}

export interface HostRunOptions {
  readonly host: Host;
  readonly local: boolean;
  readonly env: HostEnv;
  readonly effectiveRoles: readonly string[];
  readonly voice: RunVoice;
  readonly sudoPassword: HostRun["sudoPassword"];
  readonly transport: (wanted: string) => Transport;
  readonly onConnecting: () => void;
  readonly onConnected: () => void;
  /** The connection was lost, and can be made again. */
  readonly onBroken: (error: Error) => void;
  readonly onLost: (error: Error) => void;
}

export function createHostRun(options: HostRunOptions): HostRun {
  const { host, env, local, onBroken, onLost } = options;
  const open = async (signal: AbortSignal, after: Connection | undefined): Promise<Connection> => {
    const { transport, ...settings } = local ? { transport: "local" } : await loginSettings(host, env);
    signal.throwIfAborted();
    options.onConnecting();
    const connection = await options.transport(transport).connect(host, { ...settings, signal, after });
    if (hostRun.held !== undefined) await holdAgain(connection, hostRun.held, signal);
    options.onConnected();
    return connection;
  };
  const link = createLink({ host: host.id, open, onBroken, onLost });
  const hostRun: HostRun = {
    id: host.id,
    local,
    view: toHostView(host),
    env,
    effectiveRoles: options.effectiveRoles,
    voice: options.voice,
    sudoPassword: options.sudoPassword,
    changed: [],
    standing: undefined,
    held: undefined,
    unknown: false,
    touched: false,
    notReached: false,
    get lost() {
      return link.lost;
    },
    get broken() {
      return link.broken;
    },
    get connected() {
      return link.connected;
    },
    connection: link.connection,
    close: link.close,
  };
  return hostRun;
}

/** Connects again to those whose connection was lost; afterwards they are there, or lost for good. Never throws. */
export async function repair(hosts: readonly HostRun[], signal: AbortSignal): Promise<void> {
  await Promise.allSettled(hosts.filter(({ broken }) => broken).map((host) => host.connection(signal)));
}

/** A host as tasks see it. */
export function toHostView(host: Host): HostView {
  const { id, name, address, user, port, roles, settings } = host;
  return Object.freeze({ id, name, address, user, port, roles, settings });
}

/** The machine that `fake` runs on. */
export function controlMachine(): Host {
  return Object.freeze({
    id: CONTROL_MACHINE,
    name: CONTROL_MACHINE,
    address: "localhost",
    user: undefined,
    port: undefined,
    transport: "local",
    roles: Object.freeze([]),
    settings: Object.freeze({}),
    where: undefined,
  });
}

interface Login extends Pick<ConnectOptions, "user" | "forwardAgent" | "fastLogin" | "password"> {
  readonly transport: string;
}

/** These settings decide how to log in, and over which transport. */
async function loginSettings(host: Host, env: HostEnv): Promise<Login> {
  const read = async (key: string): Promise<unknown> => (env.reader.has(key) ? await env.get(key) : undefined);
  const user = host.user ?? (await read("user"));
  const password = await read("sshPassword");
  return {
    transport: String((await read("transport")) ?? "ssh"),
    user: user === undefined ? undefined : String(user),
    forwardAgent: (await read("forwardAgent")) === true,
    fastLogin: (await read("fastLogin")) !== false,
    password: password instanceof Secret || password === true ? password : undefined,
  };
}

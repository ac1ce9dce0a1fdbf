import type { AskBecomePassword } from "../command/become.ts";
import { type CommandInput, toCommand } from "../command/builder.ts";
import type { Command, CommandContext } from "../command/command.ts";
import type { Secret } from "../command/secret.ts";
import { UsageError } from "../errors.ts";
import type { Host, HostInput } from "../hosts/host.ts";
import { callerOf } from "../source-location.ts";
import type { Connection } from "../transport/transport.ts";
import { type Action, type ActionOptions, Processes } from "./action.ts";
import { type ConnectSettings, checkConnect } from "./connect-settings.ts";
import type { ForwardOptions, Tunnel } from "./forward/forward.ts";
import { openTunnel } from "./forward/open-tunnel.ts";
import { readForward } from "./forward/wish.ts";
import { type HostsInput, toHosts } from "./hosts.ts";
import { ManagedProcess } from "./managed-process.ts";
import { HOST_MARK, hostInCommand, type PerHost, resolvePerHost } from "./per-host.ts";
import type { Process, ProcessOptions } from "./process.ts";
import { createGet, createPut } from "./put-get.ts";
import { createSync } from "./sync.ts";
import type { PutGetOptions, PutOptions, SyncOptions } from "./transfer-options.ts";
import type { PathsInput, Transfer, TransferPlace } from "./transfers.ts";

/** A process and where it runs: a directory, variables and another user stand beside its options. */
export interface LaunchOptions extends ProcessOptions, CommandContext {
  /** @default this machine */
  readonly host?: HostInput | Host | undefined;
  readonly connect?: ConnectSettings | undefined;
}

/** An action, with what each of its processes has. */
export interface RemoteOptions extends Omit<LaunchOptions, "host" | "onStart" | "onEnd" | "onReset" | "name">, ActionOptions {
  /** What each process has beside that, handlers and a name of its own among it. */
  readonly each?: ProcessOptions | undefined;
}

/**
 * What is forwarded, and how its host is reached.
 * @example
 * const options: LauncherForwardOptions = { to: "db.internal:5432", listen: 15432, connect: { user: "deployer" } };
 */
export interface LauncherForwardOptions extends ForwardOptions {
  readonly connect?: ConnectSettings | undefined;
}

/** What is said of a command, and not of its process. */
const CONTEXT: Readonly<Record<keyof CommandContext, true>> = {
  cwd: true,
  vars: true,
  user: true,
  becomeMethod: true,
  umask: true,
  prefixes: true,
};

/** Finds the way to a host, and this machine where there is none. */
export type ReachHost = (host: Host | undefined, connect: ConnectSettings, signal: AbortSignal) => Promise<Connection>;

interface LauncherParts {
  readonly connect: ConnectSettings | undefined;
  /** What local paths are relative to. */
  readonly cwd: string;
  /** Undefined: nobody answers. */
  readonly askBecome: AskBecomePassword | undefined;
}

/** Starts processes on hosts and on this machine, over one connection to each host. */
export class Launcher {
  readonly #reach: ReachHost;
  readonly #close: () => Promise<void>;
  readonly #defaults: ConnectSettings;
  readonly #cwd: string;
  readonly #askBecome: AskBecomePassword | undefined;

  constructor(reach: ReachHost, close: () => Promise<void>, { connect = {}, cwd, askBecome }: LauncherParts) {
    checkConnect(connect);
    this.#reach = reach;
    this.#close = close;
    this.#defaults = connect;
    this.#cwd = cwd;
    this.#askBecome = askBecome;
  }

  /** One process, not started yet. @throws UsageError for a command or a host that is none */
  process(command: CommandInput, options: LaunchOptions = {}): Process {
    const { host, connect, ...rest } = options;
    const [place] = host === undefined ? [undefined] : toHosts([host]);
    return this.#make(command, place, connect, rest, this.process);
  }

  /**
   * The same command on many hosts, or what a function or a cycle says for each; `{{{host}}}` in it is the host's address. A host that is
   * named twice has two processes.
   * @throws UsageError, ProblemsError for hosts and commands that are none
   */
  remote(hosts: HostsInput, command: PerHost<CommandInput>, options: RemoteOptions = {}): Action {
    const { connect, name, onStart, onEnd, onReset, each = {}, ...rest } = options;
    const places = toHosts(hosts);
    const commands = resolvePerHost(command, places, "the command");
    const processes = places.map((place, at) =>
      this.#make(forHost(commands[at] ?? "", place), place, connect, { ...rest, ...each }, this.remote),
    );
    return new Processes(processes[0]?.name ?? "remote", processes, { name, onStart, onEnd, onReset });
  }

  /** A process on this machine, as an action. @throws UsageError for a command that is none */
  local(command: CommandInput, options: Omit<RemoteOptions, "connect"> = {}): Action {
    const { name, onStart, onEnd, onReset, each = {}, ...rest } = options;
    const process = this.#make(command, undefined, undefined, { ...rest, ...each }, this.local);
    return new Processes(process.name, [process], { name, onStart, onEnd, onReset });
  }

  /**
   * Files, directories and `*` patterns of this machine to hosts. Into the remote path where that is a directory or ends with a slash, else by
   * that name; relative to the home directory there. Paths may differ per host, and `{{{host}}}` in them is the host's address.
   * @throws UsageError, ProblemsError for hosts and paths that are none
   */
  put(hosts: HostsInput, localPaths: PerHost<PathsInput>, remotePath: PerHost<string> = ".", options: PutOptions = {}): Transfer {
    return createPut(toHosts(hosts), localPaths, remotePath, options, this.#place(options, this.put));
  }

  /**
   * Files, directories and patterns of hosts to this machine. Into the local path where that is a directory or ends with a slash, else by that
   * name; of several hosts into a directory for each, unless the path differs per host.
   * @throws UsageError, ProblemsError for hosts and paths that are none
   */
  get(
    hosts: HostsInput,
    remotePaths: PerHost<PathsInput>,
    localPath: PerHost<string> = ".",
    options: PutGetOptions = {},
  ): Transfer {
    return createGet(toHosts(hosts), remotePaths, localPath, options, this.#place(options, this.get));
  }

  /**
   * Makes a directory of hosts what one of this machine is, by what differs: files by size and time. Modes, times and links are kept; it is made where there is
   * none. Nothing is deleted but with `delete`, and nothing is reached through links in it.
   * @throws UsageError, ProblemsError for hosts, paths and options that are none
   */
  sync(hosts: HostsInput, localDir: PerHost<string>, remoteDir: PerHost<string>, options: SyncOptions = {}): Transfer {
    return createSync(toHosts(hosts), localDir, remoteDir, options, this.#place(options, this.sync));
  }

  /**
   * A port that leads through the host, or from it: what connects to it here goes to `to`, as the host sees that. Resolves once it listens. It ends with
   * its `close`, with the launcher, and with the link, which is not made again.
   * @throws ProblemsError for a host and options that are none; ConnectError for a host that is not reached and a port that is taken
   */
  async forward(host: HostInput | Host, options: LauncherForwardOptions): Promise<Tunnel> {
    const { connect, ...rest } = options;
    const wish = readForward(rest);
    const [place] = toHosts([host]);
    const settings = this.#settings(connect);
    const signal = rest.signal ?? new AbortController().signal;
    const [near, far] = await Promise.all([this.#reach(undefined, {}, signal), this.#reach(place, settings, signal)]);
    return openTunnel({ wish, host: place, near, far }, rest);
  }

  /** Ends all connections, and with them all that runs on them. Never throws. */
  close(): Promise<void> {
    return this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }

  /** Of an action, and of the launcher. */
  #settings(connect: ConnectSettings = {}): ConnectSettings {
    checkConnect(connect);
    const said = Object.entries(connect).filter(([, value]) => value !== undefined);
    return { ...this.#defaults, ...Object.fromEntries(said) };
  }

  #place({ connect }: PutGetOptions, verb: (...args: never[]) => unknown): TransferPlace {
    const settings = this.#settings(connect);
    return { cwd: this.#cwd, where: callerOf(verb), reach: (host, signal) => this.#reach(host, settings, signal) };
  }

  #make(
    input: CommandInput,
    host: Host | undefined,
    connect: ConnectSettings | undefined,
    options: ProcessOptions & CommandContext,
    verb: (...args: never[]) => unknown,
  ): Process {
    const said = Object.entries(options);
    const context = Object.fromEntries(said.filter(([key, value]) => key in CONTEXT && value !== undefined));
    const rest: ProcessOptions = Object.fromEntries(said.filter(([key]) => !(key in CONTEXT)));
    const command = toCommand(input, {}, context, callerOf(verb));
    const settings = this.#settings(connect);
    const access = {
      host,
      connect: (signal: AbortSignal) => this.#reach(host, settings, signal),
      password: (prepared: Command) => this.#password(prepared, settings, host),
    };
    return new ManagedProcess(command, access, rest, ["host", "connect", "each", ...Object.keys(CONTEXT)]);
  }

  async #password(
    { user, becomeMethod: method = "sudo" }: Command,
    { sudoPassword, suPassword }: ConnectSettings,
    host: Host | undefined,
  ): Promise<Secret | undefined> {
    const password = { sudo: sudoPassword, su: suPassword, doas: undefined }[method];
    if (user === undefined) return undefined;
    if (password !== true) return password;
    if (this.#askBecome !== undefined) return await this.#askBecome({ method, user, host: host?.id ?? "this machine" });
    throw new UsageError("NO_TERMINAL", `There is nobody to ask for ${method}Password, to run as ${user}.`, {
      hint: `createLauncher({ askSecret: ... }) says who is asked; or let it be a secret: ${method}Password: secret(process.env.NAME).`,
    });
  }
}

function forHost(input: CommandInput, host: Host): CommandInput {
  if (typeof input === "string") return hostInCommand(input, host);
  if ("text" in input) return input.text.includes(HOST_MARK) ? { ...input, text: hostInCommand(input.text, host) } : input;
  return input.map((word) => (typeof word === "string" ? word.split(HOST_MARK).join(host.address) : word));
}

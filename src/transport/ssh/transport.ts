import type { LookupFunction } from "node:net";
import { homedir, userInfo } from "node:os";
import type { Secret } from "../../command/secret.ts";
import type { Host } from "../../hosts/host.ts";
import { Semaphore } from "../../semaphore.ts";
import type { ConnectionParts } from "../framing/started.ts";
import { CONNECT_MS } from "../limits.ts";
import type { ConnectOptions, Transport } from "../transport.ts";
import { createSshConfigSource, type SshConfigSource } from "./config/ssh-config-source.ts";
import { SshConnection } from "./connection.ts";
import { beforeDeadline } from "./deadline.ts";
import { createDialer, type Dialer } from "./dialer.ts";
import { hangUp } from "./hang-up.ts";
import type { HostKeyMode } from "./host-key/host-key.ts";
import { createKnownHostsStore } from "./host-key/known-hosts-store.ts";
import type { Keepalive } from "./keepalive.ts";
import { listAgentKeys } from "./login/agent.ts";
import { createFastLogins } from "./login/fast-login.ts";
import { type Ask, loadKeyFile } from "./login/keys.ts";
import { remember } from "./remember.ts";
import { PlainLoginNeededError, prepareSession } from "./session/opening.ts";
import type { Target } from "./target.ts";

export interface SshTransportOptions {
  /** Environment of this process, for `SSH_AUTH_SOCK` and the ssh program. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Read instead of `~/.ssh/config` and the system's. */
  readonly sshConfig?: string | undefined;
  /** Wins over `StrictHostKeyChecking`. @default what the ssh config says, strict where it would ask */
  readonly hostKeys?: HostKeyMode | undefined;
  /** Asks a person without showing the answer: passphrases, passwords, codes. @default nobody can be asked */
  readonly askSecret?: ((question: string) => Promise<string | Secret | undefined>) | undefined;
  /** What a user should know and the run survives; each sentence once. */
  readonly onWarning?: ((text: string) => void) | undefined;
  /** What explains how something was done; each sentence once. */
  readonly onDebug?: ((text: string) => void) | undefined;
  /** What hosts print outside of all commands. */
  readonly onNoise?: ConnectionParts["onNoise"];
  /** @default the user's */
  readonly home?: string | undefined;
  /** Login name where nothing names one. @default the user's */
  readonly localUser?: string | undefined;
  /** @default one that asks `ssh`, with the other options */
  readonly config?: SshConfigSource | undefined;
  /** OpenSSH's client, asked for the configuration; where there is none, the files are read. @default "ssh" */
  readonly ssh?: string | undefined;
  /** Most handshakes at once. @default 50 */
  readonly handshakes?: number | undefined;
  /**
   * Milliseconds before each further attempt, where a server has too many logins or a name server does not answer. @default 7 pauses, 7
   * s
   */
  readonly backOff?: readonly number[] | undefined;
  /** Finds the address of a name. @default the system's */
  readonly lookup?: LookupFunction | undefined;
  /** Most sessions at once on a connection. @default 9 */
  readonly channels?: number | undefined;
  /** @default 15 seconds, 3 times, unless the ssh config has `ServerAliveInterval` */
  readonly keepalive?: Keepalive | undefined;
  /** Milliseconds between SIGTERM and SIGKILL. @default 5000 */
  readonly grace?: number | undefined;
  /** Milliseconds between signs of life: after three that are missing, a host ends what runs there. @default 15000 */
  readonly beat?: number | undefined;
}

/**
 * Hosts over SSH, in this process.
 * @throws UsageError when `sshConfig` cannot be read.
 */
export function createSshTransport(options: SshTransportOptions): Transport {
  const dialer = buildDialer(options);
  const connections = new Set<SshConnection>();
  return {
    name: "ssh",
    async connect(host, request) {
      const target = await dialer.resolve({
        host: host.id,
        name: host.address,
        user: host.user ?? request.user,
        port: host.port,
      });
      request.signal.throwIfAborted();
      const connection = await openFast(request.fastLogin ?? true, (fastLogin) =>
        openConnection(host, target, dialer, { ...request, fastLogin }, options),
      );
      connections.add(connection);
      if (request.after !== undefined) await connection.outwait(request.after, request.signal);
      connection.closed.then(() => connections.delete(connection));
      return connection;
    },
    async close() {
      for (const connection of connections) connection.close();
      dialer.close();
    },
  };
}

/** A server that does not follow the fast login has run nothing, and is logged in to once more, plainly. */
async function openFast(fastLogin: boolean, open: (fastLogin: boolean) => Promise<SshConnection>): Promise<SshConnection> {
  try {
    return await open(fastLogin);
  } catch (error) {
    if (error instanceof PlainLoginNeededError) return open(false);
    throw error;
  }
}

async function openConnection(
  host: Host,
  target: Target,
  dialer: Dialer,
  request: ConnectOptions & { readonly fastLogin: boolean },
  options: SshTransportOptions,
): Promise<SshConnection> {
  const { channels = 9, grace, beat, onNoise, onWarning } = options;
  const { opening, session: first } = prepareSession({ program: "shell" });
  const { deadline, ...link } = await dialer.dial(target, {
    signal: request.signal,
    timeout: request.timeout ?? target.config.connectTimeout ?? CONNECT_MS,
    password: request.password,
    forwardAgent: request.forwardAgent ?? false,
    fastLogin: request.fastLogin,
    opening,
  });
  const connection = new SshConnection(
    host,
    target,
    { client: link.client, hangUp: () => hangUp(link) },
    { channels, grace, beat, onNoise, onWarning, first },
  );
  try {
    await beforeDeadline(connection.start(), deadline, request.signal);
    return connection;
  } catch (error) {
    link.stream.destroy();
    throw error;
  }
}

function buildDialer(options: SshTransportOptions): Dialer {
  const home = options.home ?? homedir();
  const localUser = options.localUser ?? userInfo().username;
  const onWarning = sayOnce(options.onWarning);
  const onDebug = sayOnce(options.onDebug);
  const ask = oneAtATime(options.askSecret);
  return createDialer({
    config:
      options.config ?? createSshConfigSource({ home, localUser, env: options.env, file: options.sshConfig, ssh: options.ssh }),
    parts: {
      loadKeyFile: remember((path: string) => loadKeyFile(path, home)),
      listAgentKeys: remember(listAgentKeys),
      ask,
      hostKeys: { store: createKnownHostsStore(onWarning), mode: options.hostKeys, home, onWarning },
      keepalive: options.keepalive,
      fastLogins: createFastLogins(onDebug),
    },
    localUser,
    handshakes: options.handshakes ?? 50,
    timeout: CONNECT_MS,
    attempts: { pauses: options.backOff, onRetry: onDebug },
    lookup: options.lookup,
  });
}

function sayOnce(say: ((text: string) => void) | undefined): (text: string) => void {
  const said = new Set<string>();
  return (text) => {
    if (!said.has(text)) say?.(text);
    said.add(text);
  };
}

/** Many hosts may have questions at the same time, and there is one terminal. */
function oneAtATime(askSecret: SshTransportOptions["askSecret"]): Ask | undefined {
  if (askSecret === undefined) return undefined;
  const terminal = new Semaphore(1);
  return (question) =>
    terminal.run(async () => {
      const answer = await askSecret(question).catch(() => undefined);
      return typeof answer === "object" ? answer.reveal() : answer;
    });
}

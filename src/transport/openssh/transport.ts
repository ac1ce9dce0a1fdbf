import { homedir, userInfo } from "node:os";
import type { Host } from "../../hosts/host.ts";
import { Semaphore } from "../../semaphore.ts";
import { within } from "../../wait.ts";
import { CLOSE_MS, CONNECT_MS } from "../limits.ts";
import { createSshConfigSource } from "../ssh/config/ssh-config-source.ts";
import { SshConnection } from "../ssh/connection.ts";
import { beforeDeadline, Deadline } from "../ssh/deadline.ts";
import { connectError } from "../ssh/errors.ts";
import { chooseMode } from "../ssh/host-key/host-key.ts";
import { chooseKeepalive } from "../ssh/keepalive.ts";
import { prepareSession, requestSession } from "../ssh/session/opening.ts";
import { createTarget, type Target } from "../ssh/target.ts";
import type { SshTransportOptions } from "../ssh/transport.ts";
import { type Attempts, createAttempts } from "../ssh/try-again.ts";
import type { ConnectOptions, Transport } from "../transport.ts";
import { masterArgs } from "./argv.ts";
import { passwordError } from "./errors.ts";

import { type Master, type MasterProcess, startMaster } from "./master.ts";
import { createSupervisor, type Supervisor } from "./supervisor.ts";

/**
 * Hosts over SSH, by the system's ssh: one process for each host, which knows certificates, security keys, GSSAPI and
 * ProxyCommand. All sessions are channels on its control socket.
 * @throws UsageError when `sshConfig` cannot be read.
 */
export function createOpensshTransport(options: SshTransportOptions): Transport {
  const home = options.home ?? homedir();
  const localUser = options.localUser ?? userInfo().username;
  const config =
    options.config ?? createSshConfigSource({ home, localUser, env: options.env, file: options.sshConfig, ssh: options.ssh });
  const masters = new Masters(options);
  return {
    name: "openssh",
    async connect(host, request) {
      const query = { host: host.id, name: host.address, user: host.user ?? request.user, port: host.port };
      const found = await config.resolve(query);
      const target = createTarget(query, found, localUser, found.proxyJump);
      request.signal.throwIfAborted();
      return await masters.connect(host, target, request);
    },
    close: () => masters.close(),
  };
}

/** The ssh processes of a run, one for each connection, and what they share. */
class Masters {
  readonly #options: SshTransportOptions;
  readonly #handshakes: Semaphore;
  readonly #processes = new Set<MasterProcess>();
  readonly #connections = new Set<SshConnection>();
  readonly #stopped = new AbortController();
  readonly #attempts: Attempts;
  #supervisor: Promise<Supervisor> | undefined;

  constructor(options: SshTransportOptions) {
    this.#options = options;
    this.#handshakes = new Semaphore(options.handshakes ?? 50);
    this.#attempts = createAttempts({ pauses: options.backOff, onRetry: options.onDebug });
  }

  async connect(host: Host, target: Target, request: ConnectOptions): Promise<SshConnection> {
    const signal = AbortSignal.any([request.signal, this.#stopped.signal]);
    const timeout = request.timeout ?? target.config.connectTimeout ?? CONNECT_MS;
    const attempt = (): Promise<SshConnection> => this.#logIn(host, target, { ...request, signal, timeout });
    const server = target.via[0] ?? `${target.address}:${target.port}`;
    return await this.#attempts.make(server, () => this.#handshakes.run(attempt, signal), signal);
  }

  async #logIn(host: Host, target: Target, request: ConnectOptions & { readonly timeout: number }): Promise<SshConnection> {
    const { channels = 9, grace, beat, onNoise, onWarning } = this.#options;
    const { signal, timeout } = request;
    const deadline = new Deadline(target, timeout);
    let master: Master | undefined;
    try {
      master = await this.#start(host, target, request, deadline);
      const { opening, session: first } = prepareSession({ program: "shell" });
      requestSession(master.client, opening);
      const connection = new SshConnection(host, target, master, { channels, grace, beat, onNoise, onWarning, first });
      await beforeDeadline(connection.start(), deadline, signal);
      if (request.after !== undefined) await connection.outwait(request.after, signal);
      this.#connections.add(connection);
      connection.closed.then(() => this.#connections.delete(connection));
      return connection;
    } catch (error) {
      master?.hangUp();
      throw error;
    } finally {
      deadline.stop();
    }
  }

  /** What still runs is told to end; then no process and no socket is left. */
  async close(): Promise<void> {
    this.#stopped.abort(new Error("The openssh transport is closed."));
    for (const connection of this.#connections) connection.close();
    const ended = Promise.all([...this.#processes].map((process) => process.ended));
    await within(CLOSE_MS, ended);
    for (const process of this.#processes) process.kill();
    await ended;
    await (await this.#supervisor?.catch(() => undefined))?.end();
  }

  async #start(
    host: Host,
    target: Target,
    request: ConnectOptions & { readonly timeout: number },
    deadline: Deadline,
  ): Promise<Master> {
    const { env, sshConfig, ssh = "ssh", hostKeys, keepalive, onWarning = () => undefined } = this.#options;
    const forwardAgent = request.forwardAgent ?? false;
    if (request.password !== undefined) throw passwordError(target);
    if (forwardAgent && target.config.agentSocket === undefined) throw connectError(target, "NO_AGENT");
    this.#supervisor ??= createSupervisor();
    const supervisor = await this.#supervisor;
    const socket = supervisor.nextSocket();
    const args = masterArgs({
      name: host.address,
      user: host.user ?? request.user,
      port: host.port,
      sshConfig,
      socket,
      hostKeys: chooseMode(target, { mode: hostKeys, onWarning }),
      forwardAgent,
      timeout: request.timeout,
      keepalive: keepalive ?? chooseKeepalive(target),
    });
    return await startMaster(target, {
      program: ssh,
      args,
      env,
      socket,
      supervisor,
      forwardAgent,
      deadline,
      signal: request.signal,
      onTouch: (key) => onWarning(`${target.address} waits for a touch of the security key: ${key}`),
      onAccepted: (key) => onWarning(`The host key of ${target.address} was not known and is accepted: ${key}`),
      onStarted: (process) => {
        this.#processes.add(process);
        process.ended.then(() => this.#processes.delete(process));
      },
    });
  }
}

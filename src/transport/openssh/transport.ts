import { within } from "../../wait.ts";
import { CLOSE_MS, CONNECT_MS } from "../limits.ts";
import { type Dialer, type Dialled, openConnection } from "../ssh/connection.ts";
import { createDeadline } from "../ssh/deadline.ts";
import { connectError } from "../ssh/errors.ts";
import { chooseMode } from "../ssh/host-key/host-key.ts";
import { openHostNotes } from "../ssh/host-notes.ts";
import { chooseKeepalive } from "../ssh/keepalive.ts";
import type { SshScope, SshTransportOptions } from "../ssh/options.ts";
import { type Opening, requestSession } from "../ssh/session/opening.ts";
import { createTarget, type Target, type TargetQuery } from "../ssh/target.ts";
import { createTransport } from "../ssh/transport.ts";
import { createAttempts } from "../ssh/try-again.ts";
import type { ConnectOptions, Transport } from "../transport.ts";
import { masterArgs } from "./argv.ts";
import { passwordError } from "./errors.ts";
import { createListen } from "./listen.ts";
import { type MasterProcess, startMaster } from "./master.ts";
import { createSupervisor, type Supervisor } from "./supervisor.ts";

/**
 * Hosts over SSH, by the system's ssh: one process for each host, which knows certificates, security keys, GSSAPI and
 * ProxyCommand. All sessions are channels on its control socket.
 * @throws UsageError when `sshConfig` cannot be read.
 */
export function createOpensshTransport(options: SshTransportOptions): Transport {
  return createTransport("openssh", options, async (scope) => createMasters(scope));
}

/** The ssh processes of a run, one for each connection, and what they share. */
function createMasters(options: SshScope): Dialer {
  const { config, localUser, env, sshConfig, ssh = "ssh", hostKeys, keepalive, onWarning = () => undefined } = options;
  const processes = new Set<MasterProcess>();
  const stopped = new AbortController();
  const attempt = createAttempts(options);
  let supervisor: Promise<Supervisor> | undefined;

  async function logIn(
    target: Target,
    query: TargetQuery,
    request: ConnectOptions,
    opening: Opening | undefined,
  ): Promise<Dialled> {
    const { signal, forwardAgent = false, timeout = target.config.connectTimeout ?? CONNECT_MS } = request;
    const deadline = createDeadline(target, timeout);
    try {
      supervisor ??= createSupervisor();
      const watching = await supervisor;
      const socket = watching.nextSocket();
      const args = masterArgs({
        ...query,
        sshConfig,
        socket,
        hostKeys: chooseMode(target, { mode: hostKeys, onWarning }),
        forkAfterAuthentication: target.config.forkAfterAuthentication,
        identityFiles: request.identityFiles,
        forwardAgent,
        timeout,
        keepalive: keepalive ?? chooseKeepalive(target),
      });
      const master = await startMaster(target, {
        program: ssh,
        args,
        env,
        socket,
        supervisor: watching,
        forwardAgent,
        deadline,
        signal,
        onTouch: (key) => onWarning(`${target.address} waits for a touch of the security key: ${key}`),
        onAccepted: (key) => onWarning(`The host key of ${target.address} was not known and is accepted: ${key}`),
        onStarted: (process) => {
          processes.add(process);
          process.ended.then(() => processes.delete(process));
        },
      });
      if (opening !== undefined) requestSession(master.client, opening);
      return { ...master, deadline, listen: createListen(target.host, { ...master, socket }, watching) };
    } catch (error) {
      deadline.stop();
      throw error;
    }
  }

  return {
    async connect(host, query, request) {
      const found = await config.resolve(query);
      const target = createTarget(query, found, localUser, found.proxyJump);
      if (request.password !== undefined) throw passwordError(target);
      if (request.forwardAgent === true && found.agentSocket === undefined) throw connectError(target, "NO_AGENT");
      const signal = AbortSignal.any([request.signal, stopped.signal]);
      signal.throwIfAborted();
      const server = target.via[0] ?? `${target.address}:${target.port}`;
      const dial = (opening: Opening | undefined, until: AbortSignal): Promise<Dialled> => {
        const wanted = { ...request, signal: AbortSignal.any([until, stopped.signal]) };
        return attempt(server, () => logIn(target, query, wanted, opening), wanted.signal);
      };
      return await openConnection(host, target, dial, { ...request, signal }, options, openHostNotes(env, target));
    },
    /** What still runs is told to end; then no process and no socket is left. */
    async close() {
      stopped.abort(new Error("The openssh transport is closed."));
      const ended = Promise.all([...processes].map((process) => process.ended));
      await within(CLOSE_MS, ended);
      for (const process of processes) process.kill();
      await ended;
      await (await supervisor?.catch(() => undefined))?.end();
    },
  };
}

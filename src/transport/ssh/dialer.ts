import { UsageError } from "../../errors.ts";
import { Semaphore } from "../../semaphore.ts";
import { CONNECT_MS, EARLY_KEY_MS, PROCESSES } from "../limits.ts";
import type { ConnectOptions } from "../transport.ts";
import { type Dialer, type Dialled, openConnection } from "./connection.ts";
import { createDeadline } from "./deadline.ts";
import { unsupportedError } from "./errors.ts";
import { hangUp } from "./hang-up.ts";
import { createKnownHostsStore } from "./host-key/known-hosts-store.ts";
import { type HostNotes, openHostNotes } from "./host-notes.ts";
import { createJumpHosts, openTunnel, parseHop } from "./jump.ts";
import type { ClientLink } from "./links.ts";
import { listAgentKeys } from "./login/agent.ts";
import { createFastLogins } from "./login/fast-login.ts";
import { type Ask, loadKeyFile } from "./login/keys.ts";
import { type LoginRequest, logIn, prepareLogin, TooEarlyError } from "./login/login.ts";
import type { SshScope, SshTransportOptions } from "./options.ts";
import { remember } from "./remember.ts";
import { PlainLoginNeededError } from "./session/opening.ts";
import { openSocket } from "./socket.ts";
import { findIdent } from "./ssh2-internals.ts";
import { createTarget, describeTarget, type Target, type TargetQuery } from "./target.ts";
import { createAttempts } from "./try-again.ts";

interface DialRequest extends LoginRequest, Pick<ConnectOptions, "signal" | "timeout"> {}

/** Logs in to servers, through their jump hosts. */
export function createDialer(options: SshScope): Dialer {
  const { config, localUser, home, hostKeys, keepalive } = options;
  const onWarning = sayOnce(options.onWarning);
  const onDebug = sayOnce(options.onDebug);
  const parts = {
    loadKeyFile: remember((path: string) => loadKeyFile(path, home)),
    listAgentKeys: remember(listAgentKeys),
    ask: oneAtATime(options.askSecret),
    hostKeys: {
      store: createKnownHostsStore(onWarning),
      mode: hostKeys,
      home,
      env: options.env,
      programs: new Semaphore(PROCESSES),
      onWarning,
    },
    keepalive,
    fastLogins: createFastLogins(onDebug),
  };
  const notes = new Map<string, HostNotes>();
  const attempt = createAttempts({ ...options, onDebug });
  const stopped = new AbortController();

  /** `trail`: the names whose way is being looked for, outermost first. */
  async function resolve(query: TargetQuery, trail: readonly string[] = []): Promise<Target> {
    if (trail.includes(query.name)) throw circleError([...trail, query.name]);
    const found = await config.resolve(query);
    return createTarget(query, found, localUser, await findWay(query, found.proxyJump, trail));
  }

  /** The first jump host may have a jump host of its own. `Host *` with a ProxyJump names it for the jump host too. */
  async function findWay(query: TargetQuery, jumps: readonly string[], trail: readonly string[]): Promise<readonly string[]> {
    const [first, ...rest] = jumps;
    if (first === undefined) return [];
    const hop = parseHop(first);
    if (hop.name === query.name) return [];
    const { via } = await resolve({ host: query.host, ...hop }, [...trail, query.name]);
    return [...via, first, ...rest];
  }

  /** One for a login, whatever a host is called: what one connection finds out is so for the others. */
  function notesOf(target: Target): HostNotes {
    const login = [...target.via, describeTarget(target)].join(",");
    const found = notes.get(login) ?? openHostNotes({ ...options.env, HOME: home }, target);
    notes.set(login, found);
    return found;
  }

  async function dial(target: Target, request: DialRequest): Promise<Dialled> {
    if (target.config.proxyCommand !== undefined && target.via.length === 0) throw proxyCommandError(target);
    const prepared = await prepareLogin(target, { ...parts, notes: notesOf(target) }, request);
    const signal = AbortSignal.any([request.signal, stopped.signal]);
    // The jump host comes first: a place among the handshakes must not wait for another handshake.
    const jump = target.via.length === 0 ? undefined : await jumps.connect(target, request.fastLogin, signal);
    const server = [...target.via, `${target.address}:${target.port}`].join(",");
    const timeout = request.timeout ?? target.config.connectTimeout ?? CONNECT_MS;
    const reach = async (earlyKeyLimit: number | undefined): Promise<Dialled> => {
      const deadline = createDeadline(target, timeout);
      try {
        const stop = AbortSignal.any([signal, deadline.signal]);
        const stream = await (jump === undefined ? openSocket(target, stop, options.lookup) : openTunnel(jump, target, stop));
        const client = await logIn(target, prepared, { stream, deadline, signal: stop, earlyKeyLimit });
        return { client, ident: findIdent(client), hangUp: () => hangUp({ client, stream }), deadline };
      } catch (error) {
        deadline.stop();
        if (error instanceof TooEarlyError) return reach(undefined);
        throw error;
      }
    };
    return await attempt(server, () => reach(Math.min(EARLY_KEY_MS, timeout / 4)), signal);
  }

  /** Without a session from the start: a jump host may have none to give (MaxSessions 0), and hangs up when one is sent ahead. */
  const jumps = createJumpHosts(async (behind, fastLogin): Promise<ClientLink> => {
    const hop = parseHop(behind.via.at(-1) ?? "");
    const target = { ...(await resolve({ host: behind.host, ...hop })), via: behind.via.slice(0, -1) };
    const { deadline, ...link } = await dial(target, { signal: stopped.signal, fastLogin });
    deadline.stop();
    return link;
  });

  return {
    async connect(host, query, request) {
      const target = withIdentities(await resolve(query), request.identityFiles);
      request.signal.throwIfAborted();
      const open = (fastLogin: boolean | undefined) =>
        openConnection(
          host,
          target,
          (opening, signal) => dial(target, { ...request, signal, fastLogin, opening }),
          request,
          options,
          notesOf(target),
        );
      return await open(request.fastLogin).catch((error: unknown) => {
        // Such a server has run nothing, and is logged in to once more, plainly.
        if (error instanceof PlainLoginNeededError) return open(false);
        throw error;
      });
    },
    async close() {
      stopped.abort(new Error("The ssh transport is closed."));
      jumps.close();
    },
  };
}

/** These keys, in place of what the configuration names. */
function withIdentities(target: Target, identityFile: ConnectOptions["identityFiles"]): Target {
  if (identityFile === undefined) return target;
  return { ...target, config: { ...target.config, identityFile, certificateFile: [], identitiesOnly: true } };
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

function proxyCommandError(target: Target): Error {
  return unsupportedError(
    target,
    `Your ssh config reaches ${target.address} with ProxyCommand ${target.config.proxyCommand}`,
    "When the command is ssh -W or netcat on another SSH server, write ProxyJump with that server instead.",
  );
}

function circleError(trail: readonly string[]): UsageError {
  return new UsageError("PROXY_JUMP_CIRCLE", `The jump hosts of your ssh config go in a circle: ${trail.join(" -> ")}.`, {
    hint: "Give one of them ProxyJump none.",
  });
}

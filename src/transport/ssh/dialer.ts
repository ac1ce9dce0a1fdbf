import type { LookupFunction } from "node:net";
import type { Client } from "ssh2";
import type { Secret } from "../../command/secret.ts";
import { UsageError } from "../../errors.ts";
import { Semaphore } from "../../semaphore.ts";
import type { SshConfigSource } from "./config/ssh-config-source.ts";
import { Deadline } from "./deadline.ts";
import { unsupportedError } from "./errors.ts";
import type { ClientLink } from "./hang-up.ts";
import { createJumpHosts, type Hop, type JumpWay, openTunnel, parseHop } from "./jump.ts";
import { type LoginParts, type PreparedLogin, prepareLogin } from "./login/login.ts";
import type { Opening } from "./session/opening.ts";
import { openSocket } from "./socket.ts";
import { createTarget, type Target, type TargetQuery } from "./target.ts";
import { type AttemptsOptions, createAttempts } from "./try-again.ts";

/** Logs in to servers, through their jump hosts. */
export interface Dialer {
  /** @throws ConnectError, UsageError */
  resolve(query: TargetQuery): Promise<Target>;
  /** @throws ConnectError, UsageError */
  dial(target: Target, request: DialRequest): Promise<Dialled>;
  close(): void;
}

export interface DialRequest {
  readonly signal: AbortSignal;
  /** Milliseconds for each server on the way. */
  readonly timeout: number;
  readonly password: Secret | true | undefined;
  readonly forwardAgent: boolean;
  readonly fastLogin: boolean;
  /** A session to open as early as can be: it is asked for when `dial` is through, if not before. */
  readonly opening: Opening | undefined;
}

export interface Dialled extends ClientLink {
  /** Still running: the caller stops it when the host has proved to work. */
  readonly deadline: Deadline;
}

export interface DialerOptions {
  readonly config: SshConfigSource;
  readonly parts: LoginParts;
  readonly localUser: string;
  /** Most handshakes at once: each keeps the event loop busy for milliseconds. */
  readonly handshakes: number;
  /** Milliseconds for each jump host. */
  readonly timeout: number;
  readonly attempts: AttemptsOptions;
  /** @default the system's */
  readonly lookup: LookupFunction | undefined;
}

export function createDialer(options: DialerOptions): Dialer {
  const handshakes = new Semaphore(options.handshakes);
  const attempts = createAttempts(options.attempts);
  const stopped = new AbortController();

  /** `trail`: the names whose way is being looked for, outermost first. */
  async function resolve(query: TargetQuery, trail: readonly string[] = []): Promise<Target> {
    if (trail.includes(query.name)) throw circleError([...trail, query.name]);
    const config = await options.config.resolve({ name: query.name, user: query.user, port: query.port });
    return createTarget(query, config, options.localUser, await findWay(query, config.proxyJump, trail));
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

  async function dial(target: Target, request: DialRequest): Promise<Dialled> {
    if (target.config.proxyCommand !== undefined && target.via.length === 0) throw proxyCommandError(target);
    const prepared = await prepareLogin(target, options.parts, request);
    const signal = AbortSignal.any([request.signal, stopped.signal]);
    // The jump host comes first: a place among the handshakes must not wait for another handshake.
    const jump = target.via.length === 0 ? undefined : await jumps.connect(target, request.fastLogin, signal);
    const server = [...target.via, `${target.address}:${target.port}`].join(",");
    return await attempts.make(
      server,
      () => handshakes.run(() => logIn(target, jump, { ...request, prepared, signal }), signal),
      signal,
    );
  }

  async function logIn(
    target: Target,
    jump: Client | undefined,
    { prepared, signal, timeout }: Pick<DialRequest, "signal" | "timeout"> & { readonly prepared: PreparedLogin },
  ): Promise<Dialled> {
    const deadline = new Deadline(target, timeout);
    try {
      const stop = AbortSignal.any([signal, deadline.signal]);
      const stream = await (jump === undefined ? openSocket(target, stop, options.lookup) : openTunnel(jump, target, stop));
      return { client: await prepared.run(stream, deadline, signal), stream, deadline };
    } catch (error) {
      deadline.stop();
      throw error;
    }
  }

  /** Without a session from the start: a jump host may have none to give (MaxSessions 0), and hangs up when one is sent ahead. */
  async function dialJump(hop: Hop, way: JumpWay): Promise<ClientLink> {
    const target = { ...(await resolve({ host: way.behind.host, ...hop })), via: way.via };
    const { deadline, ...link } = await dial(target, {
      signal: stopped.signal,
      timeout: options.timeout,
      password: undefined,
      forwardAgent: false,
      fastLogin: way.fastLogin,
      opening: undefined,
    });
    deadline.stop();
    return link;
  }

  const jumps = createJumpHosts(dialJump);
  return {
    resolve: (query) => resolve(query),
    dial,
    close() {
      stopped.abort(new Error("The ssh transport is closed."));
      jumps.close();
    },
  };
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

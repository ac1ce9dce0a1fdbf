import type { Duplex } from "node:stream";
import ssh2, { type Algorithms, type Client, type ClientErrorExtensions } from "ssh2";
import type { Secret } from "../../../command/secret.ts";
import { type ConnectError, toError } from "../../../errors.ts";
import { orAborted } from "../../../wait.ts";
import type { Deadline } from "../deadline.ts";
import { connectError, protocolError, socketError, turnedAwayError } from "../errors.ts";
import { createHostKeyCheck, type HostKeyCheck, type HostKeyOptions } from "../host-key/host-key.ts";
import { chooseKeepalive, type Keepalive } from "../keepalive.ts";
import { type Opening, requestSession } from "../session/opening.ts";
import type { Target } from "../target.ts";
import { PassingError } from "../try-again.ts";
import { chooseAlgorithms } from "./algorithms.ts";
import { type AuthLog, chooseMethods, createAuthHandler, createAuthLog } from "./auth.ts";
import { authError, tooManyKeysError } from "./auth-error.ts";
import { FastLogin, type FastLogins } from "./fast-login.ts";
import { collectIdentities, findCertificates, type Identities, type IdentitySources } from "./identities.ts";
import { joinKeyExchange } from "./key-exchange.ts";
import type { Ask } from "./keys.ts";

/** What all logins of a run share. */
export interface LoginParts extends IdentitySources {
  /** Undefined: nobody can be asked. */
  readonly ask: Ask | undefined;
  readonly hostKeys: HostKeyOptions;
  /** @default what the ssh config says, else 15 seconds, 3 times */
  readonly keepalive: Keepalive | undefined;
  readonly fastLogins: FastLogins;
}

export interface LoginOptions {
  readonly password: Secret | true | undefined;
  readonly forwardAgent: boolean;
  readonly fastLogin: boolean;
  /** A session to open as early as can be. */
  readonly opening: Opening | undefined;
}

/** A login that has everything it needs but the way to the server: files are read, algorithms chosen. */
export interface PreparedLogin {
  /** @throws ConnectError, PassingError */
  run(stream: Duplex, deadline: Deadline, signal: AbortSignal): Promise<Client>;
}

export async function prepareLogin(target: Target, parts: LoginParts, options: LoginOptions): Promise<PreparedLogin> {
  const { agentSocket } = target.config;
  if (options.forwardAgent && agentSocket === undefined) throw connectError(target, "NO_AGENT");
  const [hostKey, identities] = await Promise.all([
    createHostKeyCheck(target, parts.hostKeys),
    collectIdentities(target.config, parts),
  ]);
  const state = {
    ...options,
    hostKey,
    identities,
    algorithms: chooseAlgorithms(target, hostKey.knownTypes),
    forward: options.forwardAgent ? agentSocket : undefined,
    ask: target.config.batchMode ? undefined : parts.ask,
    keepalive: parts.keepalive ?? chooseKeepalive(target),
    fastLogins: options.fastLogin && !parts.fastLogins.isPlain(target) ? parts.fastLogins : undefined,
  };
  return { run: (stream, deadline, signal) => new LoginAttempt(target, { ...state, stream, deadline }).run(signal) };
}

interface LoginState extends LoginOptions {
  readonly stream: Duplex;
  readonly deadline: Deadline;
  readonly hostKey: HostKeyCheck;
  readonly identities: Identities;
  readonly algorithms: Algorithms;
  /** Socket of the agent to forward. */
  readonly forward: string | undefined;
  readonly ask: Ask | undefined;
  readonly keepalive: Keepalive;
  /** Undefined: log in plainly. */
  readonly fastLogins: FastLogins | undefined;
}

type ClientError = Error & ClientErrorExtensions & { readonly code?: unknown };

/** Handshake and authentication on a stream that is open. */
class LoginAttempt {
  readonly #client: Client = new ssh2.Client();
  readonly #target: Target;
  readonly #state: LoginState;
  readonly #log: AuthLog;
  readonly #fast: FastLogin | undefined;
  #proved: Promise<void> = Promise.resolve();
  /** The server's first words. */
  #heard = "";

  constructor(target: Target, state: LoginState) {
    this.#target = target;
    this.#state = state;
    this.#log = createAuthLog(state.identities);
    this.#fast = createFastLogin(target, state);
  }

  async run(signal: AbortSignal): Promise<Client> {
    const stop = AbortSignal.any([signal, this.#state.deadline.signal]);
    try {
      stop.throwIfAborted();
      const explain = await orAborted(this.#outcome(), stop);
      if (explain !== undefined) throw await explain();
      await this.#proved;
      return this.#client;
    } catch (error) {
      this.#client.destroy();
      this.#state.stream.destroy();
      throw error;
    }
  }

  /** Undefined when we are in; else what makes the error. The first word counts: what follows an error explains nothing. */
  #outcome(): Promise<(() => Error | Promise<Error>) | undefined> {
    const { deadline, hostKey } = this.#state;
    const client = this.#client;
    deadline.phase = "handshake";
    return new Promise((resolve) => {
      client.once("handshake", () => {
        deadline.phase = "auth";
        this.#proved = hostKey.proved();
      });
      client.once("ready", () => {
        if (this.#fast?.ready() !== true) this.#openSession();
        resolve(undefined);
      });
      client.on("error", (error: ClientError) => {
        this.#fast?.onError(error);
        // An agent that cannot sign is the end of that key, not of the login.
        if (error.level !== "agent") resolve(() => this.#explain(error));
      });
      client.once("close", () => resolve(() => this.#explain(undefined)));
      client.once("change password", () => resolve(() => connectError(this.#target, "PASSWORD_EXPIRED")));
      try {
        this.#connect();
      } catch (error) {
        resolve(() => protocolError(this.#target, toError(error)));
      }
    });
  }

  #connect(): void {
    const { stream, hostKey, algorithms, forward, keepalive } = this.#state;
    this.#client.connect({
      sock: stream,
      username: this.#target.user,
      algorithms,
      hostVerifier: (key: Buffer) => hostKey.verify(key),
      authHandler: createAuthHandler(this.#target, { ...this.#state, log: this.#log, fast: this.#fast }),
      readyTimeout: 0,
      keepaliveInterval: keepalive.interval,
      // ssh2 waits one more interval than it says.
      keepaliveCountMax: Math.max(1, keepalive.count - 1),
      ...(forward === undefined ? {} : { agent: forward, agentForward: true }),
    });
    stream.once("data", (chunk: Buffer) => {
      this.#heard = chunk.toString("latin1", 0, 100);
    });
    joinKeyExchange(stream);
    this.#fast?.attach(this.#client);
  }

  #openSession(): void {
    const { opening } = this.#state;
    try {
      if (opening !== undefined) requestSession(this.#client, opening);
    } catch (error) {
      opening?.failed(toError(error));
    }
  }

  /** `error`: undefined when the server hung up without a word. */
  async #explain(error: ClientError | undefined): Promise<Error> {
    const { hostKey, deadline, identities } = this.#state;
    if (this.#fast?.fallback !== undefined) return this.#fast.fallback;
    if (hostKey.refusal !== undefined) return hostKey.refusal;
    if (error === undefined || (error.level === "client-socket" && error.code === "ECONNRESET")) {
      if (deadline.phase === "auth") return this.#ended("closed the connection during the login.", error);
      return this.#turnedAway() ?? protocolError(this.#target, new Error("the server closed the connection"));
    }
    if (/too many authentication failures/i.test(error.message))
      return tooManyKeysError(this.#target, this.#log.tried.length + 1);
    if (error.level === "client-authentication") {
      return authError(this.#target, { log: this.#log, identities, certificates: await findCertificates(this.#target.config) });
    }
    if (error.level === "client-socket") return socketError(this.#target, error as NodeJS.ErrnoException);
    if (deadline.phase === "handshake") return this.#turnedAway() ?? protocolError(this.#target, error);
    return this.#ended(`ended the login: ${error.message}`, error);
  }

  /** Where the server hung up in place of an introduction, as sshd does when it has too many logins. */
  #turnedAway(): PassingError | undefined {
    const [words = ""] = /^(Exceeded MaxStartups|Not allowed at this time)?/.exec(this.#heard) ?? [];
    return words === this.#heard.trim() ? new PassingError(turnedAwayError(this.#target, words)) : undefined;
  }

  #ended(how: string, error: Error | undefined): ConnectError {
    return connectError(this.#target, "LOGIN_REFUSED", error, how);
  }
}

function createFastLogin(target: Target, state: LoginState): FastLogin | undefined {
  const { identities, password, hostKey, opening, fastLogins: shared } = state;
  if (shared === undefined) return undefined;
  const [first] = chooseMethods(target, password);
  return new FastLogin(target, {
    shared,
    opening,
    identities: identities.offered,
    keysComeFirst: first === "publickey",
    isTrusted: () => hostKey.isTrusted,
  });
}

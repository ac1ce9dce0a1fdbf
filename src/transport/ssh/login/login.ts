import type { Duplex } from "node:stream";
import ssh2, { type Client, type ClientErrorExtensions } from "ssh2";
import { type ConnectError, toError } from "../../../errors.ts";
import { orAborted } from "../../../wait.ts";
import type { ConnectOptions } from "../../transport.ts";
import type { Deadline } from "../deadline.ts";
import { connectError, protocolError, socketError, turnedAwayError } from "../errors.ts";
import { createHostKeyCheck, type HostKeyOptions } from "../host-key/host-key.ts";
import { chooseKeepalive, type Keepalive } from "../keepalive.ts";
import { type Opening, requestSession } from "../session/opening.ts";
import type { Target } from "../target.ts";
import { PassingError } from "../try-again.ts";
import { chooseAlgorithms } from "./algorithms.ts";
import { type AuthLog, chooseMethods, createAuthHandler, createAuthLog } from "./auth.ts";
import { authError, tooManyKeysError } from "./auth-error.ts";
import { FastLogin, type FastLogins } from "./fast-login.ts";
import { collectIdentities, findCertificates, type IdentitySources } from "./identities.ts";
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

export interface LoginRequest extends Pick<ConnectOptions, "password" | "forwardAgent" | "fastLogin"> {
  /** A session to open as early as can be: it is asked for when the login is through, if not before. */
  readonly opening?: Opening | undefined;
}

/** A login that has everything it needs but the way to the server: files are read, algorithms chosen. */
export type PreparedLogin = Awaited<ReturnType<typeof prepareLogin>>;

export async function prepareLogin(target: Target, parts: LoginParts, request: LoginRequest) {
  const { password, forwardAgent = false, fastLogin = true, opening } = request;
  const { agentSocket } = target.config;
  if (forwardAgent && agentSocket === undefined) throw connectError(target, "NO_AGENT");
  const [hostKey, identities] = await Promise.all([
    createHostKeyCheck(target, parts.hostKeys),
    collectIdentities(target.config, parts),
  ]);
  return {
    password,
    opening,
    hostKey,
    identities,
    algorithms: chooseAlgorithms(target, hostKey.knownTypes),
    /** Socket of the agent to forward. */
    forward: forwardAgent ? agentSocket : undefined,
    ask: target.config.batchMode ? undefined : parts.ask,
    keepalive: parts.keepalive ?? chooseKeepalive(target),
    /** Undefined: log in plainly. */
    fastLogins: fastLogin && !parts.fastLogins.isPlain(target) ? parts.fastLogins : undefined,
  };
}

/** What a login goes over, and how long. */
interface Way {
  readonly stream: Duplex;
  readonly deadline: Deadline;
  /** Aborts with the deadline, too. */
  readonly signal: AbortSignal;
}

/** Handshake and authentication on a stream that is open. @throws ConnectError, PassingError */
export function logIn(target: Target, prepared: PreparedLogin, way: Way): Promise<Client> {
  return new Login(target, prepared, way).run();
}

type ClientError = Error & ClientErrorExtensions & { readonly code?: unknown };

class Login {
  readonly #client: Client = new ssh2.Client();
  readonly #target: Target;
  readonly #prepared: PreparedLogin;
  readonly #way: Way;
  readonly #log: AuthLog;
  readonly #fast: FastLogin | undefined;
  #proved: Promise<void> = Promise.resolve();
  /** The server's first words. */
  #heard = "";

  constructor(target: Target, prepared: PreparedLogin, way: Way) {
    this.#target = target;
    this.#prepared = prepared;
    this.#way = way;
    this.#log = createAuthLog(prepared.identities);
    this.#fast = createFastLogin(target, prepared);
  }

  async run(): Promise<Client> {
    const { stream, signal } = this.#way;
    try {
      signal.throwIfAborted();
      const explain = await orAborted(this.#outcome(), signal);
      if (explain !== undefined) throw await explain();
      await this.#proved;
      return this.#client;
    } catch (error) {
      this.#client.destroy();
      stream.destroy();
      throw error;
    }
  }

  /** Undefined when we are in; else what makes the error. The first word counts: what follows an error explains nothing. */
  #outcome(): Promise<(() => Error | Promise<Error>) | undefined> {
    const { deadline } = this.#way;
    const { hostKey, opening } = this.#prepared;
    const client = this.#client;
    deadline.phase = "handshake";
    return new Promise((resolve) => {
      client.once("handshake", () => {
        deadline.phase = "auth";
        this.#proved = hostKey.proved();
      });
      client.once("ready", () => {
        if (this.#fast?.ready() !== true && opening !== undefined) requestSession(client, opening);
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
    const { hostKey, algorithms, forward, keepalive } = this.#prepared;
    const { stream, deadline } = this.#way;
    this.#client.connect({
      sock: stream,
      username: this.#target.user,
      algorithms,
      hostVerifier: (key: Buffer) => hostKey.verify(key),
      authHandler: createAuthHandler(this.#target, { ...this.#prepared, deadline, log: this.#log, fast: this.#fast }),
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

  /** `error`: undefined when the server hung up without a word. */
  async #explain(error: ClientError | undefined): Promise<Error> {
    const { hostKey, identities } = this.#prepared;
    const { phase } = this.#way.deadline;
    if (this.#fast?.fallback !== undefined) return this.#fast.fallback;
    if (hostKey.refusal !== undefined) return hostKey.refusal;
    if (error === undefined || (error.level === "client-socket" && error.code === "ECONNRESET")) {
      if (phase === "auth") return this.#ended("closed the connection during the login.", error);
      return this.#turnedAway() ?? protocolError(this.#target, new Error("the server closed the connection"));
    }
    if (/too many authentication failures/i.test(error.message))
      return tooManyKeysError(this.#target, this.#log.tried.length + 1);
    if (error.level === "client-authentication") {
      return authError(this.#target, { log: this.#log, identities, certificates: await findCertificates(this.#target.config) });
    }
    if (error.level === "client-socket") return socketError(this.#target, error as NodeJS.ErrnoException);
    if (phase === "handshake") return this.#turnedAway() ?? protocolError(this.#target, error);
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

function createFastLogin(target: Target, prepared: PreparedLogin): FastLogin | undefined {
  const { identities, password, hostKey, opening, fastLogins: shared } = prepared;
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

import type { Duplex } from "node:stream";
import ssh2, { type Client, type ClientErrorExtensions } from "ssh2";
import { toError } from "../../../errors.ts";
import { orAborted } from "../../../wait.ts";
import type { ConnectOptions } from "../../transport.ts";
import type { Deadline } from "../deadline.ts";
import { connectError, protocolError, socketError, turnedAwayError } from "../errors.ts";
import { createHostKeyCheck, type HostKeyOptions } from "../host-key/host-key.ts";
import type { HostNotes } from "../host-notes.ts";
import { chooseKeepalive, hearAll, type Keepalive } from "../keepalive.ts";
import { type Opening, requestSession } from "../session/opening.ts";
import { findProof, findSessionId } from "../ssh2-key-exchange.ts";
import { apart, keepLess } from "../ssh2-leftovers.ts";
import { describeTarget, type Target } from "../target.ts";
import { PassingError } from "../try-again.ts";
import { createBoundAgent } from "./agent.ts";
import { chooseAlgorithms } from "./algorithms.ts";
import { type AuthLog, chooseMethods, createAuthHandler } from "./auth.ts";
import { authError, tooManyKeysError } from "./auth-error.ts";
import { createFastLogin, type FastLogins } from "./fast-login.ts";
import { collectIdentities, findCertificates, type IdentitySources } from "./identities.ts";
import { isForeseen, joinKeyExchange, joinWrites } from "./key-exchange.ts";
import type { AgentSession, Ask } from "./keys.ts";

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
  readonly signal: AbortSignal;
}

/** A login that has everything it needs but the way to the server: files are read, algorithms chosen. */
export type PreparedLogin = Awaited<ReturnType<typeof prepareLogin>>;

export async function prepareLogin(target: Target, parts: LoginParts & { readonly notes: HostNotes }, request: LoginRequest) {
  const { password, forwardAgent = false, fastLogin = true, opening, signal } = request;
  const { agentSocket } = target.config;
  if (forwardAgent && agentSocket === undefined) throw connectError(target, "NO_AGENT");
  const [hostKey, identities] = await Promise.all([
    createHostKeyCheck(target, parts.hostKeys, signal),
    collectIdentities(target.config, parts),
  ]);
  return {
    password,
    methods: chooseMethods(target, password),
    opening,
    hostKey,
    identities,
    algorithms: chooseAlgorithms(target, hostKey.knownTypes),
    /** Socket of the agent to forward. */
    forward: forwardAgent ? agentSocket : undefined,
    ask: target.config.batchMode ? undefined : parts.ask,
    keepalive: parts.keepalive ?? chooseKeepalive(target),
    notes: parts.notes,
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
  /**
   * Our key may go out before the server has said anything, where it is known what will be agreed on: milliseconds that it has from its
   * name to its own key. Undefined: our key waits.
   */
  readonly earlyKeyLimit: number | undefined;
}

/** A handshake that failed, where our key had gone out early: the same again without that may be none. */
export class TooEarlyError extends Error {}

type ClientError = Error & ClientErrorExtensions & { readonly code?: unknown };

/** Handshake and authentication on a stream that is open. @throws ConnectError, PassingError, TooEarlyError */
export async function logIn(target: Target, prepared: PreparedLogin, way: Way): Promise<Client> {
  const { stream, deadline, signal, earlyKeyLimit } = way;
  const { hostKey, identities, opening, keepalive, forward, fastLogins, notes, algorithms } = prepared;
  const client: Client = new ssh2.Client();
  const log: AuthLog = { tried: [], notes: [...identities.notes], locked: [], partial: false, methods: undefined };
  const fast = fastLogins === undefined ? undefined : createFastLogin(target, fastLogins, prepared);
  let proved: Promise<void> = Promise.resolve();
  let proof: Pick<AgentSession, "hostKey" | "signature"> | undefined;
  const session = (): AgentSession | undefined => {
    const id = findSessionId(client);
    return proof === undefined || id === undefined ? undefined : { ...proof, id };
  };
  /** The server's first words. */
  let heard = "";
  let isEarly = false;
  let patience: NodeJS.Timeout | undefined;

  function connect(): void {
    client.connect({
      sock: stream,
      username: target.user,
      algorithms,
      hostVerifier(key: Buffer) {
        clearTimeout(patience);
        const signature = findProof(client);
        // Of the first exchange of keys, which the session is named after.
        if (signature !== undefined) proof ??= { hostKey: apart(key), signature };
        return hostKey.verify(key);
      },
      authHandler: createAuthHandler(target, { ...prepared, deadline, log, session, fast }),
      readyTimeout: 0,
      keepaliveInterval: keepalive.interval,
      // ssh2 waits one more interval than it says.
      keepaliveCountMax: Math.max(1, keepalive.count - 1),
      ...(forward === undefined ? {} : { agent: createBoundAgent(forward, session, true), agentForward: true }),
    });
    stream.once("data", (chunk: Buffer) => {
      heard = chunk.toString("latin1", 0, 100);
      if (isEarly) patience = setTimeout(() => client.emit("error", new Error("it waits")), earlyKeyLimit);
    });
    hearAll(client, stream, keepalive);
    isEarly = fast?.attach(client, earlyKeyLimit !== undefined && isForeseen(notes.keyExchange, algorithms.kex)) ?? false;
    if (!isEarly) joinKeyExchange(stream);
    joinWrites(stream);
  }

  /** Undefined when we are in; else what makes the error. The first word counts: what follows an error explains nothing. */
  function outcome(): Promise<(() => Error | Promise<Error>) | undefined> {
    deadline.phase = "handshake";
    return new Promise((resolve) => {
      client.once("handshake", ({ kex }) => {
        deadline.phase = "auth";
        if (earlyKeyLimit === undefined && isForeseen(kex, algorithms.kex)) notes.confuse();
        if (fast !== undefined) notes.agree(kex);
        proved = hostKey.proved();
      });
      client.once("ready", () => {
        if (fast?.ready() !== true && opening !== undefined) requestSession(client, opening);
        resolve(undefined);
      });
      client.on("error", (error: ClientError) => {
        fast?.onError(error);
        // An agent that cannot sign is the end of that key, not of the login.
        if (error.level !== "agent") resolve(() => explain(error));
      });
      client.once("close", () => resolve(() => explain(undefined)));
      client.once("change password", () => resolve(() => connectError(target, "PASSWORD_EXPIRED")));
      try {
        connect();
      } catch (error) {
        resolve(() => protocolError(target, toError(error)));
      }
    });
  }

  /** `error`: undefined when the server hung up without a word. */
  async function explain(error: ClientError | undefined): Promise<Error> {
    const { phase } = deadline;
    if (fast?.fallback !== undefined) return fast.fallback;
    if (hostKey.refusal !== undefined) return hostKey.refusal;
    if (error === undefined || (error.level === "client-socket" && error.code === "ECONNRESET")) {
      if (phase === "auth") return connectError(target, "LOGIN_REFUSED", error, "closed the connection during the login.");
      return turnedAway(target, heard) ?? protocolError(target, new Error("the server closed the connection"));
    }
    if (/too many authentication failures/i.test(error.message)) return tooManyKeysError(target, log.tried.length + 1);
    if (error.level === "client-authentication")
      return authError(target, { log, identities, certificates: await findCertificates(target.config) });
    if (error.level === "client-socket") return socketError(target, error as NodeJS.ErrnoException);
    if (phase === "handshake") return turnedAway(target, heard) ?? protocolError(target, error);
    return connectError(target, "LOGIN_REFUSED", error, `ended the login: ${error.message}`);
  }

  try {
    signal.throwIfAborted();
    const explainEnd = await orAborted(outcome(), signal);
    if (explainEnd !== undefined) throw await explainEnd();
    await proved;
    keepLess(client);
    return client;
  } catch (error) {
    clearTimeout(patience);
    client.destroy();
    stream.destroy();
    if (!isEarly || deadline.phase !== "handshake" || hostKey.refusal !== undefined) throw error;
    // Before anybody tries again: a server may count what fails.
    notes.forgetKeyExchange();
    if (error instanceof PassingError || signal.aborted) throw error;
    fastLogins?.note(`${describeTarget(target)} did not follow an early exchange of keys: ${toError(error).message}`);
    throw new TooEarlyError(undefined, { cause: error });
  }
}

/** Where the server hung up in place of an introduction, as sshd does when it has too many logins. */
function turnedAway(target: Target, heard: string): PassingError | undefined {
  const [words = ""] = /^(Exceeded MaxStartups|Not allowed at this time)?/.exec(heard) ?? [];
  return words === heard.trim() ? new PassingError(turnedAwayError(target, words)) : undefined;
}

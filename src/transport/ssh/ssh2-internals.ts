/**
 * What the fast login (fast-login.ts) takes hold of inside of ssh2, which has no public way for it. All of it is here and in ssh2-key-exchange.ts; ssh2 is
 * pinned exactly, what is touched is looked for before it is touched, and tests count the turns that it saves.
 *
 *   findInternals(client)   after `client.connect()`: the hooks, or the name of the first piece that is not what it was
 */
import type { Client, ClientChannel } from "ssh2";
import { type Opening, requestSession } from "./session/opening.ts";
import { type ExchangingProtocol, exchangeKeysAtOnce, listExchangePieces } from "./ssh2-key-exchange.ts";

/** Hooks into one login. Each is for one client, and changes nothing for the others. */
export type LoginInternals = ReturnType<typeof createInternals>;

export class OtherNumberError extends Error {}

export type EarlyChannel = ReturnType<typeof execAtOnce>;

type Handler<Args extends readonly unknown[]> = (protocol: Protocol, ...args: Args) => void;

interface Handlers {
  SERVICE_ACCEPT: Handler<[name: string]>;
  USERAUTH_PK_OK: Handler<[]>;
  USERAUTH_FAILURE: Handler<[methods: readonly string[], partial: boolean]>;
  GLOBAL_REQUEST: Handler<[name: string, wantReply: boolean, data: unknown]>;
  CHANNEL_OPEN_CONFIRMATION: Handler<[Confirmation]>;
  CHANNEL_OPEN_FAILURE: Handler<[recipient: number, reason: number, description: string]>;
  CHANNEL_WINDOW_ADJUST: Handler<[recipient: number, amount: number]>;
}

interface Confirmation {
  readonly recipient: number;
  readonly sender: number;
  readonly window: number;
  readonly packetSize: number;
}

interface Protocol extends ExchangingProtocol {
  readonly _handlers: Handlers;
  readonly _remoteIdentRaw: Buffer | undefined;
  service(name: string): void;
  authPK(user: string, key: unknown, algorithm: unknown, sign?: unknown): void;
}

type PrivateClient = {
  readonly _protocol: Protocol;
  readonly _chanMgr: { get(id: number): unknown; remove(id: number): void };
  /** Asked for on one channel, it holds for all. */
  _agentFwdEnabled: boolean;
};

interface ChannelInternals {
  readonly _callbacks: ((refused: boolean) => void)[];
  readonly outgoing: { packetSize: number };
}

/** Both sides number their channels from 0: the RFC does not say so, OpenSSH and ssh2 do. */
const FIRST = 0;

/** What every server takes, until it says what this one does. */
const PACKET_SIZE = 32_768;

const HANDLERS = [
  "SERVICE_ACCEPT",
  "USERAUTH_PK_OK",
  "USERAUTH_FAILURE",
  "GLOBAL_REQUEST",
  "CHANNEL_OPEN_CONFIRMATION",
  "CHANNEL_OPEN_FAILURE",
  "CHANNEL_WINDOW_ADJUST",
] as const satisfies readonly (keyof Handlers)[];

/** Of a client whose `connect()` was just called. A text: what of ssh2 is not as it was when this was written. */
export function findInternals(client: Client): LoginInternals | string {
  const known = client as unknown as PrivateClient;
  return findMissing(known) ?? createInternals(client, known);
}

/** How the server introduced itself: `SSH-2.0-OpenSSH_9.2 comment`. Empty before it did, and where ssh2 keeps it elsewhere. */
export function findIdent(client: Client): string {
  return (client as unknown as Partial<PrivateClient>)._protocol?._remoteIdentRaw?.toString("latin1") ?? "";
}

function findMissing({
  _protocol: protocol,
  _chanMgr: channels,
  _agentFwdEnabled: forwarding,
}: Partial<PrivateClient>): string | undefined {
  const pieces: readonly (readonly [name: string, isThere: boolean])[] = [
    ["_protocol", typeof protocol === "object" && "_remoteIdentRaw" in protocol],
    ...listExchangePieces(protocol),
    ["service()", typeof protocol?.service === "function" && protocol.service.length === 1],
    ["authPK()", typeof protocol?.authPK === "function" && protocol.authPK.length === 4],
    ...HANDLERS.map((name) => [`handler ${name}`, typeof protocol?._handlers?.[name] === "function"] as const),
    ["_chanMgr", typeof channels?.get === "function" && typeof channels.remove === "function"],
    ["_agentFwdEnabled", forwarding === false],
  ];
  return pieces.find(([, isThere]) => !isThere)?.[0];
}

function createInternals(client: Client, known: PrivateClient) {
  const {
    _protocol: protocol,
    _protocol: { _handlers: handlers },
  } = known;
  return {
    ident: () => findIdent(client),
    exchangeKeysAtOnce: () => exchangeKeysAtOnce(protocol),
    /** While `when` holds, the server's word that it will authenticate is not waited for. */
    skipServiceReply(when: () => boolean): void {
      const { service } = protocol;
      protocol.service = (name) => {
        service.call(protocol, name);
        if (!when()) return;
        const accept = handlers.SERVICE_ACCEPT;
        handlers.SERVICE_ACCEPT = () => undefined;
        accept(protocol, name);
      };
    },
    /** While `when` holds, a key is signed with at once, and not first asked about. */
    skipKeyQuery(when: () => boolean): void {
      const { authPK } = protocol;
      protocol.authPK = (user, key, algorithm, sign) => {
        // ssh2 signs when the server has said that it would take the key: we say so.
        if (sign === undefined && when()) handlers.USERAUTH_PK_OK(protocol);
        else authPK.call(protocol, user, key, algorithm, sign);
      };
    },
    /** Runs before ssh2 goes on to the next method. `partial`: right, and not enough. */
    onAuthFailure(listener: (partial: boolean) => void): void {
      const { USERAUTH_FAILURE: next } = handlers;
      handlers.USERAUTH_FAILURE = (sender, methods, partial) => {
        listener(partial);
        next(sender, methods, partial);
      };
    },
    /**
     * sshd offers to prove its other host keys (PROTOCOL of OpenSSH, section 2.5), and ssh2 lets it do so: a turn and several
     * signatures that nobody looks at.
     */
    ignoreOtherHostKeys(): void {
      const { GLOBAL_REQUEST: answer } = handlers;
      handlers.GLOBAL_REQUEST = (sender, name, wantReply, data) => {
        if (name !== "hostkeys-00@openssh.com" || wantReply) answer(sender, name, wantReply, data);
      };
    },
    execAtOnce: (opening: Opening) => execAtOnce(client, known, opening),
  };
}

/**
 * Sends all of a session in one go: the request for a channel and what to do in it, as if the server had already given the
 * channel the number 0, as the first of a connection. Only for the first channel of a client. When it gave another number,
 * it did not do what was asked for, and `failed` hears of an OtherNumberError.
 */
function execAtOnce(client: Client, known: PrivateClient, opening: Opening) {
  const { _protocol: protocol, _chanMgr: channels } = known;
  const { _handlers: handlers } = protocol;
  const { CHANNEL_OPEN_CONFIRMATION: confirm, CHANNEL_OPEN_FAILURE: refuse } = handlers;
  let over = false;
  const once =
    <T>(tell: (outcome: T) => void) =>
    (outcome: T): void => {
      if (!over) tell(outcome);
      over = true;
    };
  const opened = once(opening.opened);
  const failed = once(opening.failed);
  requestSession(client, { ...opening, opened, failed });
  confirm(protocol, { recipient: FIRST, sender: FIRST, window: 0, packetSize: PACKET_SIZE });
  const channel = channels.get(FIRST) as ChannelInternals & ClientChannel;
  if (known._agentFwdEnabled)
    forwardAtOnce(channel, () => {
      known._agentFwdEnabled = false;
      failed(new Error("Unable to request agent forwarding"));
      channel.close();
    });
  handlers.CHANNEL_OPEN_CONFIRMATION = (sender, info) => {
    if (info.recipient !== FIRST) return confirm(sender, info);
    if (info.sender !== FIRST) return failed(new OtherNumberError(`the server numbers its channels from ${info.sender}`));
    channel.outgoing.packetSize = info.packetSize;
    if (info.window > 0) handlers.CHANNEL_WINDOW_ADJUST(sender, FIRST, info.window);
  };
  handlers.CHANNEL_OPEN_FAILURE = (sender, recipient, reason, description) => {
    if (recipient !== FIRST) return refuse(sender, recipient, reason, description);
    failed(Object.assign(new Error(`(SSH) Channel open failure: ${description}`), { reason }));
  };
  return {
    /** The server never heard of the channel: it was still authenticating. */
    forget(): void {
      over = true;
      known._agentFwdEnabled = false;
      channels.remove(FIRST);
      Object.assign(handlers, { CHANNEL_OPEN_CONFIRMATION: confirm, CHANNEL_OPEN_FAILURE: refuse });
    },
  };
}

/** ssh2 asks for the agent, and for the shell when it was given: this asks for both, and ssh2 hears of the agent when that is answered. */
function forwardAtOnce(channel: ChannelInternals, onRefusal: () => void): void {
  channel._callbacks.shift()?.(false);
  channel._callbacks.unshift((refused) => {
    if (refused) onRefusal();
  });
}

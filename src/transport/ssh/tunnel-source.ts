/** TCP through a login (RFC 4254 section 7), as tunnels: channels that are no sessions, so that MaxSessions does not count them. */
import type { Client, ClientChannel, TcpConnectionDetails } from "ssh2";
import { toError } from "../../errors.ts";
import type { OnConnection, TcpAddress } from "../tunnel.ts";
import { type TunnelErrorCode, tunnelError } from "../tunnels/errors.ts";
import { TunnelStream } from "../tunnels/tunnel-stream.ts";
import type { Port, TunnelSource } from "../tunnels/tunnels.ts";

/** Listens on the far side. Rejects with a ConnectError. */
export type Listen = (address: TcpAddress, onConnection: OnConnection) => Promise<Port>;

interface TunnelLink {
  readonly client: Client;
  readonly listen?: Listen | undefined;
}

/** @param host its id @param link the login that they go through; none: the server has no tunnels */
export function createSshTunnels(host: string, link: (() => Promise<TunnelLink>) | undefined): TunnelSource {
  const find = async (address: TcpAddress): Promise<TunnelLink> => {
    if (link === undefined) throw tunnelError("NO_FORWARDING", host, address);
    return link();
  };
  return {
    dial: async (address) => dialOver((await find(address)).client, host, address),
    async listen(address, onConnection) {
      const { client, listen } = await find(address);
      return listen === undefined ? listenOver(client, host, address, onConnection) : listen(address, onConnection);
    },
  };
}

function dialOver(client: Client, host: string, address: TcpAddress): Promise<TunnelStream> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(dialError(host, address, error));
    try {
      client.forwardOut("127.0.0.1", 0, address.host, address.port, (error, channel) => {
        if (error === undefined) resolve(toStream(channel, host, address));
        else fail(error);
      });
    } catch (error) {
      fail(error);
    }
  });
}

/** ssh2 tells of a channel that is closed once all of both outputs was read: the second has nothing to read, and tells at once. */
function toStream(channel: ClientChannel, host: string, address: TcpAddress): TunnelStream {
  const stream = new TunnelStream(channel, { reset: () => tunnelError("TUNNEL_RESET", host, address) });
  channel.stderr.on("error", () => undefined).resume();
  channel.stderr.once("close", () => stream.close());
  return stream;
}

/** RFC 4254 section 5.1: why a server opens no channel. */
const REASONS: Readonly<Record<number, TunnelErrorCode>> = { 1: "FORWARDING_FORBIDDEN", 3: "NO_FORWARDING" };

/** A connection that fails has one reason for all (2), and what the system of the server says to it in words. */
const WORDS: readonly (readonly [RegExp, TunnelErrorCode])[] = [
  [/refused/i, "DIAL_REFUSED"],
  [/not known|name resolution|no address associated|nodename|resolv/i, "DIAL_NAME_UNKNOWN"],
  [/timed out/i, "DIAL_TIMEOUT"],
];

function dialError(host: string, address: TcpAddress, cause: unknown): Error {
  const { message, reason } = toError(cause) as Error & { readonly reason?: unknown };
  const said = message.replace(/^\(SSH\) Channel open failure: /, "");
  const code = typeof reason === "number" ? REASONS[reason] : undefined;
  const found = WORDS.find(([words]) => words.test(said))?.[1] ?? "DIAL_FAILED";
  return tunnelError(code ?? found, host, address, { said: said || "it does not say why", cause });
}

/** Who takes the connections of each port, by the name and the number that the server puts on them. */
const takers = new WeakMap<Client, Map<string, (channel: ClientChannel) => void>>();

function takersOf(client: Client): Map<string, (channel: ClientChannel) => void> {
  const known = takers.get(client);
  if (known !== undefined) return known;
  const made = new Map<string, (channel: ClientChannel) => void>();
  takers.set(client, made);
  client.on("tcp connection", ({ destIP, destPort }: TcpConnectionDetails, accept, reject) => {
    const take = made.get(`${destIP}:${destPort}`);
    if (take === undefined) reject();
    else take(accept());
  });
  return made;
}

async function listenOver(client: Client, host: string, address: TcpAddress, onConnection: OnConnection): Promise<Port> {
  const port = await bind(client, address).catch(async (error: unknown) => {
    throw await listenError(client, host, address, error);
  });
  const bound = { host: address.host, port };
  const key = `${address.host}:${port}`;
  const byName = takersOf(client);
  byName.set(key, (channel) => onConnection(toStream(channel, host, bound)));
  return {
    number: port,
    async close() {
      byName.delete(key);
      await unbind(client, bound);
    },
  };
}

function bind(client: Client, { host, port }: TcpAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    client.forwardIn(host, port, (error, chosen) => (error === undefined ? resolve(chosen) : reject(error)));
  });
}

function unbind(client: Client, { host, port }: TcpAddress): Promise<void> {
  return new Promise((resolve) => {
    try {
      client.unforwardIn(host, port, () => resolve());
    } catch {
      resolve();
    }
  });
}

/** A server says no more than no. One that gives another port of the same name would have given this one, were it free. */
async function listenError(client: Client, host: string, address: TcpAddress, cause: unknown): Promise<Error> {
  const other = address.port === 0 ? undefined : await bind(client, { ...address, port: 0 }).catch(() => undefined);
  if (other === undefined) return tunnelError("LISTEN_FAILED", host, address, { said: "its SSH server refuses it", cause });
  await unbind(client, { ...address, port: other });
  return tunnelError("PORT_BUSY", host, address, { cause });
}

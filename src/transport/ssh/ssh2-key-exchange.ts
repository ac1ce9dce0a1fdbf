/** What logins take hold of in ssh2's exchange of keys, as ssh2-internals.ts does in the rest of it. */
import { generateKeyPairSync } from "node:crypto";
import type { Client } from "ssh2";
import { apart } from "./ssh2-leftovers.ts";

interface KeyExchange {
  readonly _sig?: Buffer;
  readonly sessionID?: Buffer;
  readonly negotiated: { readonly kex: string };
  /** Of X25519. */
  _keys: unknown;
  start(): void;
}

interface ExchangingClient {
  readonly _protocol?: Partial<ExchangingProtocol>;
}

export interface ExchangingProtocol {
  /** The list of our algorithms that was sent, as a packet's content. */
  _kexinit: Buffer | undefined;
  _kex: KeyExchange | undefined;
  /** Of packets that are not encrypted yet. */
  readonly _cipher: { allocPacket(length: number): Buffer; encrypt(packet: Buffer): void };
  _onHeader(header: unknown): void;
  /** Says who we are. */
  start: () => void;
  rekey(): void;
}

/** Methods of key exchange that differ in their names alone. */
export const X25519 = /^curve25519-sha256(@libssh\.org)?$/;

/** SSH_MSG_KEX_ECDH_INIT, and the length of a key. */
const X25519_INIT: readonly number[] = [30, 0, 0, 0, 32];

/** Of what every packet begins with: its length, and that of its padding. */
const PACKET_HEAD = 5;

/** What has to be there, by name. */
export function listExchangePieces(
  protocol: Partial<ExchangingProtocol> | undefined,
): readonly (readonly [name: string, isThere: boolean])[] {
  return [
    ["start()", typeof protocol?.start === "function"],
    ["rekey()", typeof protocol?.rekey === "function" && protocol.rekey.length === 0],
    ["_onHeader()", typeof protocol?._onHeader === "function"],
    ["_kexinit", typeof protocol === "object" && "_kexinit" in protocol && "_kex" in protocol],
    ["_cipher", typeof protocol?._cipher?.allocPacket === "function" && typeof protocol._cipher.encrypt === "function"],
  ];
}

/**
 * What a server proves its host key with, while the key is verified: ssh2 forgets it behind that. Undefined where ssh2 keeps it
 * elsewhere.
 */
export function findProof(client: Client): Buffer | undefined {
  const signature = (client as unknown as ExchangingClient)._protocol?._kex?._sig;
  return signature === undefined ? undefined : apart(signature);
}

/** Of a client that has shaken hands. */
export function findSessionId(client: Client): Buffer | undefined {
  return (client as unknown as ExchangingClient)._protocol?._kex?.sessionID;
}

/**
 * Sends the list of our algorithms and our key for X25519 right behind our name, before the server has said anything (RFC 4253 section 7.1
 * lets both follow). ssh2 checks all that it checks otherwise; where another method is agreed on, the client has an error.
 */
export function exchangeKeysAtOnce(protocol: ExchangingProtocol): void {
  const { start, _onHeader: onHeader, _cipher: cipher } = protocol;
  const { encrypt } = cipher;
  const keys = generateKeyPairSync("x25519");
  protocol.start = () => {
    start();
    protocol.rekey();
    const packet = cipher.allocPacket(X25519_INIT.length + 32);
    packet.set(X25519_INIT, PACKET_HEAD);
    packet.set(keys.publicKey.export({ type: "spki", format: "der" }).subarray(-32), PACKET_HEAD + X25519_INIT.length);
    cipher.encrypt(packet);
  };
  protocol._onHeader = (header) => {
    onHeader(header);
    // Behind this ssh2 sends a list. The one that is there already is what both sides sign.
    const { _kexinit: list } = protocol;
    cipher.encrypt = () => {
      cipher.encrypt = encrypt;
      protocol._kexinit = list;
    };
  };
  Object.defineProperty(protocol, "_kex", {
    configurable: true,
    get: () => undefined,
    set(exchange: KeyExchange) {
      Object.defineProperty(protocol, "_kex", { configurable: true, enumerable: true, writable: true, value: exchange });
      exchange._keys = keys;
      exchange.start = () => {
        const { kex } = exchange.negotiated;
        if (!X25519.test(kex)) throw new Error(`${kex} was agreed on`);
      };
    },
  });
}

/**
 * What ssh2 keeps of a login as long as that lasts: lists that are the same for all, and buffers of some bytes, each of which keeps all 8 kB of the pool
 * that node cut it from. With many hosts that is more than what their keys and counters take.
 */
import type { Client } from "ssh2";

interface KeptByLogin {
  /** What we offer; `all`: the lists as they are sent. Never changed: ssh2 shares its own defaults. */
  _offer?: { readonly lists?: { readonly all?: unknown } } | undefined;
  /** How the server introduced itself. */
  _remoteIdentRaw?: unknown;
  readonly _decipher?: { _tag?: unknown };
}

const offers = new Map<string, KeptByLogin["_offer"]>();

/** Of a client that is logged in. What ssh2 keeps elsewhere stays as it is. */
export function keepLess(client: Client): void {
  const { _protocol: protocol } = client as unknown as { readonly _protocol?: KeptByLogin };
  if (protocol === undefined) return;
  const { _offer: offer, _remoteIdentRaw: ident, _decipher: decipher } = protocol;
  const all = offer?.lists?.all;
  if (Buffer.isBuffer(all)) {
    const lists = all.toString("latin1");
    protocol._offer = offers.get(lists) ?? offer;
    offers.set(lists, protocol._offer);
  }
  if (Buffer.isBuffer(ident)) protocol._remoteIdentRaw = apart(ident);
  if (decipher !== undefined && Buffer.isBuffer(decipher._tag)) decipher._tag = apart(decipher._tag);
}

/** A copy that shares its memory with nothing. */
export function apart(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

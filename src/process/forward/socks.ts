/** The server's side of SOCKS 5 (RFC 1928), 4 and 4a, as far as it connects: who has connected says where to go. */
import type { Duplex } from "node:stream";
import { FakeError } from "../../errors.ts";
import type { TcpAddress } from "../../transport/tunnel.ts";

/** Where somebody wants to go. */
export interface SocksRequest {
  readonly address: TcpAddress;
  /** Bytes that say that the way is free. */
  readonly granted: Buffer;
  /** Bytes that say why not. @param code of a ConnectError */
  refused(code: string): Buffer;
}

/** Of a user id and a name in SOCKS 4. */
const MOST_TEXT = 255;

const CONNECT = 1;

/** Reply codes of RFC 1928 by code of what went wrong; any other is a general failure. */
const REPLIES: Readonly<Record<string, number>> = {
  FORWARDING_FORBIDDEN: 2,
  DIAL_NAME_UNKNOWN: 4,
  DIAL_TIMEOUT: 4,
  DIAL_REFUSED: 5,
};

/** Reads what is asked for, and no byte more. @throws FakeError for what is no SOCKS, once that has been answered */
export async function readSocks(stream: Duplex): Promise<SocksRequest> {
  // Who listens anew is told at once of a part that is there already, and again, for good.
  const listen = (): void => undefined;
  stream.on("readable", listen);
  try {
    const [version] = await take(stream, 1);
    if (version === 5) return await readSocks5(stream);
    if (version === 4) return await readSocks4(stream);
    throw problem("What has connected speaks no SOCKS.");
  } finally {
    stream.off("readable", listen);
  }
}

async function readSocks5(stream: Duplex): Promise<SocksRequest> {
  const [count = 0] = await take(stream, 1);
  const methods = count === 0 ? Buffer.alloc(0) : await take(stream, count);
  if (!methods.includes(0)) return refuse(stream, Buffer.from([5, 0xff]), "wants to log in: there is nothing to log in to");
  stream.write(Buffer.from([5, 0]));
  const [version, command, , kind = 0] = await take(stream, 4);
  if (version !== 5) throw problem("What has connected speaks no SOCKS.");
  const name = await readName(stream, kind);
  if (name === undefined) return refuse(stream, reply5(8), `gives an address of the unknown kind ${kind}`);
  const port = (await take(stream, 2)).readUInt16BE();
  if (command !== CONNECT) return refuse(stream, reply5(7), "wants something else than to connect");
  return { address: { host: name, port }, granted: reply5(0), refused: (code) => reply5(REPLIES[code] ?? 1) };
}

async function readName(stream: Duplex, kind: number): Promise<string | undefined> {
  if (kind === 1) return (await take(stream, 4)).join(".");
  if (kind === 3) {
    const [length = 0] = await take(stream, 1);
    return length === 0 ? "" : (await take(stream, length)).toString("latin1");
  }
  if (kind !== 4) return undefined;
  const bytes = await take(stream, 16);
  return Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16)).join(":");
}

async function readSocks4(stream: Duplex): Promise<SocksRequest> {
  const head = await take(stream, 7);
  await takeText(stream);
  const ip = head.subarray(3);
  // 4a: no address of a host has three zeros in front.
  const isName = ip[0] === 0 && ip[1] === 0 && ip[2] === 0 && ip[3] !== 0;
  const host = isName ? await takeText(stream) : ip.join(".");
  if (head[0] !== CONNECT) return refuse(stream, reply4(0x5b), "wants something else than to connect");
  return { address: { host, port: head.readUInt16BE(1) }, granted: reply4(0x5a), refused: () => reply4(0x5b) };
}

/** Where we are bound is nobody's business. */
function reply5(code: number): Buffer {
  return Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
}

function reply4(code: number): Buffer {
  return Buffer.from([0, code, 0, 0, 0, 0, 0, 0]);
}

function refuse(stream: Duplex, answer: Buffer, what: string): never {
  stream.end(answer);
  throw problem(`What has connected ${what}.`);
}

function problem(message: string): FakeError {
  return new FakeError("SOCKS_REFUSED", message, { hint: "Have it use SOCKS 5 without a password, for TCP." });
}

/** Up to a zero byte, which is not part of it. */
async function takeText(stream: Duplex): Promise<string> {
  const bytes: number[] = [];
  for (;;) {
    const [byte = 0] = await take(stream, 1);
    if (byte === 0) return Buffer.from(bytes).toString("latin1");
    if (bytes.length === MOST_TEXT) throw problem("What has connected sends a name without an end.");
    bytes.push(byte);
  }
}

/** So many bytes; what follows stays in the stream. @throws FakeError when it ends before */
async function take(stream: Duplex, count: number): Promise<Buffer> {
  for (;;) {
    const chunk: Buffer | null = stream.read(count);
    if (chunk?.length === count) return chunk;
    if (chunk !== null || stream.readableEnded || stream.destroyed)
      throw problem("What has connected went away before it had said where to go.");
    await new Promise<void>((resolve) => {
      const events = ["readable", "end", "close", "error"] as const;
      const go = (): void => {
        for (const event of events) stream.off(event, go);
        resolve();
      };
      for (const event of events) stream.on(event, go);
    });
  }
}

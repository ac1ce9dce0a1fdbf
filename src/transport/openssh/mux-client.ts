/**
 * Sessions of a master process of OpenSSH's, over its control socket in proxy mode (PROTOCOL.mux, section 9): the master passes
 * messages of the connection protocol (RFC 4254) on, so that any number of sessions costs no further process. ssh2 speaks that
 * protocol: its client starts here with the login behind it, and puts messages on the socket as they are. What this takes hold of
 * inside of ssh2, which is pinned exactly, is looked for before it is touched.
 */
import { connect } from "node:net";
import { Duplex } from "node:stream";
import { Client } from "ssh2";
import { FakeError, toError } from "../../errors.ts";
import { readStrings } from "../ssh/strings.ts";

/** Kinds of messages of the multiplexing protocol (PROTOCOL.mux in OpenSSH's source, sections 1 and 11). */
export const MUX = { hello: 0x00000001, proxy: 0x1000000f, proxyGranted: 0x8000000f } as const;
export const MUX_VERSION = 4;

/** More than any message that either side sends: what says it is longer is no master. */
const LONGEST = 256 * 1024;

export interface MuxLink {
  readonly client: Client;
  /** Closes the control socket. */
  close(): void;
}

/**
 * Takes up the protocol with the master at `path`. Rejects while there is none.
 * @param options `reason`: why the link is gone, asked for when it is
 */
export function connectMux(
  path: string,
  { forwardAgent, reason }: { readonly forwardAgent: boolean; readonly reason: () => Promise<Error> },
): Promise<MuxLink> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    // Stands for the socket where ssh2 looks at one: carries nothing, and ends when it is known why the socket did.
    const link = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
    link.on("error", () => undefined);
    let pass: ((message: Buffer) => void) | undefined;
    const split = createMessageSplitter((message) => {
      if (pass !== undefined) return pass(message);
      const kind = message.readUInt32BE(0);
      if (kind === MUX.hello) return;
      if (kind !== MUX.proxyGranted)
        throw new Error(`the ssh program does not pass sessions on (it said 0x${kind.toString(16)})`);
      const client = new Client();
      // An error that nobody hears ends the process, and there may be nobody yet.
      client.on("error", () => undefined);
      // The master asks the agent itself. ssh2 wants to know of one before it asks the host to let it be forwarded.
      const agent = forwardAgent ? { agent: "/nonexistent", agentForward: true } : {};
      client.connect({ sock: link, username: "-", readyTimeout: 0, ...agent });
      pass = skipLogin(client, (bytes) => socket.destroyed || socket.write(bytes));
      resolve({ client, close: () => void socket.destroy() });
    });
    socket.once("connect", () => socket.write(Buffer.concat([muxMessage(MUX.hello, MUX_VERSION), muxMessage(MUX.proxy, 0)])));
    socket.on("data", (chunk) => {
      try {
        split(chunk);
      } catch (error) {
        socket.destroy(toError(error));
      }
    });
    socket.on("error", reject);
    socket.once("close", async () => {
      reject(new Error("the ssh program closed its control socket"));
      link.destroy(await reason());
    });
  });
}

/** A message of the multiplexing protocol: its kind, and numbers of four bytes. */
export function muxMessage(kind: number, ...fields: readonly number[]): Buffer {
  const numbers = [4 * (1 + fields.length), kind, ...fields];
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32BE(number, 4 * index);
  return bytes;
}

/** Cuts a stream into messages, which have their length in front. @throws RangeError for one that is too long */
export function createMessageSplitter(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const messages = readStrings(bytes, 0, Number.POSITIVE_INFINITY);
    rest = bytes.subarray(messages.reduce((end, { length }) => end + 4 + length, 0));
    for (const message of messages) onMessage(message);
    const next = rest.length < 4 ? 0 : rest.readUInt32BE(0);
    if (next > LONGEST) throw new RangeError(`a message of ${next} bytes`);
  };
}

/** What is touched of ssh2's Client. */
interface ClientInternals {
  readonly _protocol: {
    start: () => void;
    _onHeader: (header: object) => void;
    readonly _onPayload: (payload: Buffer) => void;
    /** Makes room for a message of so many bytes behind its own five, and sends it. */
    _cipher: { allocPacket(length: number): Buffer; encrypt(packet: Buffer): void; free(): void };
  };
}

/** Gives what takes the messages of the master. @throws Error when ssh2 is not what it was when this was written */
function skipLogin(client: Client, send: (bytes: Buffer) => void): (message: Buffer) => void {
  const { _protocol: protocol } = client as unknown as ClientInternals;
  const pieces = ["start", "_onHeader", "_onPayload"] as const;
  const missing = pieces.find((name) => typeof protocol?.[name] !== "function");
  if (missing !== undefined || typeof protocol._cipher?.allocPacket !== "function")
    throw new FakeError("SSH2_CHANGED", `ssh2 has no ${missing ?? "_cipher"}: it is not the one that this was written for.`);
  protocol.start = () => undefined;
  protocol._onHeader({ versions: { software: "OpenSSH" } });
  protocol._cipher = {
    allocPacket(length) {
      // The length of what follows it, and that of a padding that is not there.
      const packet = Buffer.alloc(5 + length);
      packet.writeUInt32BE(1 + length);
      return packet;
    },
    encrypt: send,
    free: () => undefined,
  };
  return (message) => protocol._onPayload(message.subarray(1));
}

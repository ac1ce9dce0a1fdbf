/**
 * The bytes between us and a master process of OpenSSH's: messages with their length in front. First its own multiplexing
 * protocol (PROTOCOL.mux in its source, sections 1, 9 and 11), then, in proxy mode, plain messages of SSH's connection protocol (RFC 4254).
 */

/** Kinds of messages of the multiplexing protocol. */
export const MUX = { hello: 0x00000001, proxy: 0x1000000f, proxyGranted: 0x8000000f } as const;
export const MUX_VERSION = 4;

/** More than any message that either side sends: what says it is longer is no master. */
const LONGEST = 256 * 1024;

/** A message of the multiplexing protocol: its kind, and numbers of four bytes. */
export function muxMessage(kind: number, ...fields: readonly number[]): Buffer {
  const numbers = [4 * (1 + fields.length), kind, ...fields];
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32BE(number, 4 * index);
  return bytes;
}

/** Cuts a stream into messages. @throws RangeError for one that cannot be */
export function createMessageSplitter(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (bytes.length >= 4) {
      const length = bytes.readUInt32BE(0);
      if (length > LONGEST) throw new RangeError(`a message of ${length} bytes`);
      if (bytes.length < 4 + length) break;
      const message = bytes.subarray(4, 4 + length);
      bytes = bytes.subarray(4 + length);
      onMessage(message);
    }
    rest = bytes;
  };
}

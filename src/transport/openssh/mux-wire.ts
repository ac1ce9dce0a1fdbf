/**
 * The bytes between us and a master process of OpenSSH's: messages with their length in front. First its own multiplexing
 * protocol (PROTOCOL.mux in its source), then, in proxy mode, plain messages of SSH's connection protocol (RFC 4254).
 */

/** Kinds of messages of the multiplexing protocol. */
export const MUX = { hello: 0x00000001, proxy: 0x1000000f, proxyGranted: 0x8000000f } as const;
export const MUX_VERSION = 4;

/** Kinds of messages of the connection protocol. */
export const SSH = {
  open: 90,
  openConfirmation: 91,
  openFailure: 92,
  windowAdjust: 93,
  data: 94,
  extendedData: 95,
  eof: 96,
  close: 97,
  request: 98,
  success: 99,
  failure: 100,
} as const;

/** More than any message that either side sends: what says it is longer is no master. */
const LONGEST = 256 * 1024;

/** A field: a byte, a number of four bytes, or bytes with their length in front. */
export type Field = { readonly byte: number } | number | string | Uint8Array;

/** A message of the multiplexing protocol. */
export function muxMessage(kind: number, ...fields: readonly number[]): Buffer {
  return frame([kind, ...fields]);
}

/** A message of the connection protocol; the zero in front is the length of a padding that is not there. */
export function sshMessage(kind: number, ...fields: readonly Field[]): Buffer {
  return frame([{ byte: 0 }, { byte: kind }, ...fields]);
}

function frame(fields: readonly Field[]): Buffer {
  const body = Buffer.concat(fields.map(encode));
  return Buffer.concat([uint32(body.length), body]);
}

function encode(field: Field): Buffer {
  if (typeof field === "number") return uint32(field);
  if (typeof field === "string") return encode(Buffer.from(field));
  if ("byte" in field) return Buffer.from([field.byte]);
  return Buffer.concat([uint32(field.length), field]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Reads the fields of a message one after the other. @throws RangeError when there are fewer */
export class MessageReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  number(): number {
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  bytes(): Buffer {
    const length = this.number();
    if (this.#at + length > this.#bytes.length) throw new RangeError("a field is longer than its message");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  text(): string {
    return this.bytes().toString("utf8");
  }
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

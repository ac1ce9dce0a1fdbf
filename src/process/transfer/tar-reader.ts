/** Reads archives that a host sends: nothing in them is trusted. */
import { FakeError } from "../../errors.ts";
import { BLOCK, checksum, paddingFor, type TarHeader } from "./tar-header.ts";

/** An entry, and its content while it is the last that was read. */
export interface TarEntry extends TarHeader {
  content(): AsyncIterable<Buffer>;
}

/** Of a name or of a pax header, which is read into memory. */
const NAME_LIMIT = 1024 * 1024;

/** @throws FakeError `BAD_ARCHIVE` for what is no archive, is cut off, or holds what is none of files, directories and links */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const bytes = new Bytes(source);
  let global: Names = {};
  let next: Names = {};
  for (;;) {
    const block = await bytes.take(BLOCK);
    if (block === undefined) throw bad("it is cut off");
    if (block.every((byte) => byte === 0)) break;
    const flag = readFlag(block);
    const size = next.size ?? readNumber(block, 124, 12);
    if (flag === "L" || flag === "K" || flag === "x" || flag === "g") {
      const text = await readText(bytes, readNumber(block, 124, 12));
      if (flag === "g") global = { ...global, ...readPax(text) };
      else if (flag === "x") next = { ...next, ...readPax(text) };
      else next = { ...next, [flag === "L" ? "path" : "target"]: text.toString().replace(/\0.*$/s, "") };
      continue;
    }
    const entry = { ...toHeader(block, flag, size), ...withoutSize(global), ...withoutSize(next) };
    next = {};
    let left = entry.type === "file" ? size : 0;
    const content = async function* (): AsyncGenerator<Buffer> {
      while (left > 0) {
        const chunk = await bytes.some(left);
        left -= chunk.length;
        yield chunk;
      }
    };
    yield { ...entry, size: left, content };
    const rest = entry.type === "file" ? left + paddingFor(size) : 0;
    await bytes.skip(rest);
  }
  // Who sends it is not stopped before its end: it would fail.
  await bytes.drain();
}

interface Names {
  readonly path?: string;
  readonly target?: string;
  readonly size?: number;
  readonly mtime?: number;
}

function withoutSize({ size: _, ...names }: Names): Omit<Names, "size"> {
  return names;
}

function readFlag(block: Buffer): string {
  const stated = readNumber(block, 148, 8);
  const copy = Buffer.from(block);
  copy.fill(" ", 148, 156);
  if (checksum(copy) !== stated) throw bad("a header is damaged");
  return String.fromCharCode(block[156] ?? 0);
}

function toHeader(block: Buffer, flag: string, size: number): TarHeader {
  const isUstar = block.toString("latin1", 257, 263) === "ustar\0";
  const prefix = isUstar ? readString(block, 345, 155) : "";
  const name = readString(block, 0, 100);
  const path = prefix === "" ? name : `${prefix}/${name}`;
  const rest = { path, mode: readNumber(block, 100, 8) & 0o777, mtime: readNumber(block, 136, 12), size };
  const target = readString(block, 157, 100);
  // Archives older than ustar mark directories by a slash.
  if (flag === "5" || (flag === "\0" && path.endsWith("/"))) return { ...rest, type: "directory" };
  if (flag === "0" || flag === "\0" || flag === "7") return { ...rest, type: "file" };
  if (flag === "1") return { ...rest, type: "hardlink", target };
  if (flag === "2") return { ...rest, type: "link", target };
  const what =
    { "3": "a device", "4": "a device", "6": "a named pipe", S: "a file with holes" }[flag] ?? `of type ${JSON.stringify(flag)}`;
  throw bad(`${JSON.stringify(path)} is ${what}`);
}

function readString(block: Buffer, at: number, length: number): string {
  const end = block.subarray(at, at + length).indexOf(0);
  return block.toString("utf8", at, end === -1 ? at + length : at + end);
}

function readNumber(block: Buffer, at: number, length: number): number {
  if (((block[at] ?? 0) & 0x80) !== 0) {
    let value = (block[at] ?? 0) & 0x3f;
    for (let index = at + 1; index < at + length; index++) value = value * 256 + (block[index] ?? 0);
    if (!Number.isSafeInteger(value)) throw bad("a number is too large");
    return value;
  }
  const text = block
    .toString("latin1", at, at + length)
    .replace(/\0.*$/s, "")
    .trim();
  if (!/^[0-7]*$/.test(text)) throw bad("a number is none");
  return text === "" ? 0 : Number.parseInt(text, 8);
}

async function readText(bytes: Bytes, size: number): Promise<Buffer> {
  if (size > NAME_LIMIT) throw bad("a name is too long");
  const text = await bytes.take(size);
  if (text === undefined) throw bad("it is cut off");
  await bytes.skip(paddingFor(size));
  return text;
}

/** Lines of "length key=value". */
function readPax(text: Buffer): Names {
  const found: { path?: string; target?: string; size?: number; mtime?: number } = {};
  for (let at = 0; at < text.length; ) {
    const blank = text.indexOf(0x20, at);
    const length = Number(text.toString("latin1", at, blank));
    if (blank === -1 || !Number.isSafeInteger(length) || length < 5) throw bad("a pax header is damaged");
    const line = text.toString("utf8", blank + 1, at + length - 1);
    const [, key, value = ""] = /^([^=]*)=(.*)$/s.exec(line) ?? [];
    if (key === "path") found.path = value;
    if (key === "linkpath") found.target = value;
    if (key === "mtime") found.mtime = Math.floor(Number(value));
    if (key === "size") {
      if (!/^\d{1,15}$/.test(value)) throw bad("a number is none");
      found.size = Number(value);
    }
    if (key?.startsWith("GNU.sparse.") === true) throw bad("it holds a file with holes");
    at += length;
  }
  return found;
}

function bad(why: string): FakeError {
  return new FakeError("BAD_ARCHIVE", `The archive that came from the host is refused: ${why}.`);
}

/** Bytes of a stream, in the pieces that are asked for. */
class Bytes {
  readonly #source: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Undefined at the end. */
  async take(size: number): Promise<Buffer | undefined> {
    if (size <= this.#held.length) return this.#cut(size);
    const parts = [this.#held];
    let length = this.#held.length;
    while (length < size) {
      const { value, done } = await this.#source.next();
      if (done === true) return undefined;
      parts.push(value);
      length += value.length;
    }
    this.#held = Buffer.concat(parts);
    return this.#cut(size);
  }

  /** One byte or more. */
  async some(most: number): Promise<Buffer> {
    if (this.#held.length === 0 && !(await this.#more())) throw bad("it is cut off");
    return this.#cut(Math.min(most, this.#held.length));
  }

  async skip(size: number): Promise<void> {
    for (let left = size; left > 0; ) left -= (await this.some(left)).length;
  }

  async drain(): Promise<void> {
    while (await this.#more());
  }

  async #more(): Promise<boolean> {
    do {
      const { value, done } = await this.#source.next();
      if (done === true) return false;
      this.#held = value;
    } while (this.#held.length === 0);
    return true;
  }

  #cut(size: number): Buffer {
    const piece = this.#held.subarray(0, size);
    this.#held = this.#held.subarray(size);
    return piece;
  }
}

/** Headers of tar archives, as GNU tar, bsdtar and busybox read them: longer names in front, as GNU has it (busybox reads no pax headers). */

export const BLOCK = 512;

/** What an archive holds. */
export interface TarHeader {
  readonly path: string;
  readonly type: "file" | "directory" | "link" | "hardlink";
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly size: number;
  /** Where a link leads. */
  readonly target?: string | undefined;
}

const TYPE_FLAGS = { file: "0", hardlink: "1", link: "2", directory: "5" } as const;

/** Bytes of a name's field. */
const NAME_SIZE = 100;
/** What fits in eleven octal digits. */
const OCTAL_LIMIT = 8 ** 11;

/** The blocks in front of an entry's content. */
export function writeHeader({ path, type, mode, mtime, size, target = "" }: TarHeader): Buffer {
  const name = Buffer.from(path);
  const link = Buffer.from(target);
  const block = toBlock(name, link, TYPE_FLAGS[type], mode, mtime, size);
  if (name.length <= NAME_SIZE && link.length <= NAME_SIZE) return block;
  const parts: Buffer[] = [];
  if (link.length > NAME_SIZE) parts.push(...longName("K", link));
  if (name.length > NAME_SIZE) parts.push(...longName("L", name));
  return Buffer.concat([...parts, block]);
}

/** Bytes behind a content of that size, up to the next block. */
export function paddingFor(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** The end of an archive. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}

function longName(flag: "K" | "L", text: Buffer): readonly Buffer[] {
  const size = text.length + 1;
  const head = toBlock(Buffer.from("././@LongLink"), Buffer.alloc(0), flag, 0o644, 0, size);
  return [head, text, Buffer.alloc(1 + paddingFor(size))];
}

function toBlock(name: Buffer, link: Buffer, flag: string, mode: number, mtime: number, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  name.copy(block, 0, 0, NAME_SIZE);
  octal(block, mode, 100, 8);
  octal(block, 0, 108, 8);
  octal(block, 0, 116, 8);
  number(block, size, 124);
  number(block, Math.max(0, mtime), 136);
  block.fill(" ", 148, 156);
  block.write(flag, 156, "latin1");
  link.copy(block, 157, 0, NAME_SIZE);
  block.write("ustar  ", 257, "latin1");
  block.write(`${checksum(block).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function octal(block: Buffer, value: number, at: number, length: number): void {
  block.write(value.toString(8).padStart(length - 1, "0"), at, "latin1");
}

/** In octal digits, and where these are too few in binary, as GNU has it. */
function number(block: Buffer, value: number, at: number): void {
  if (value < OCTAL_LIMIT) octal(block, value, at, 12);
  else {
    block[at] = 0x80;
    block.writeBigUInt64BE(BigInt(value), at + 4);
  }
}

/** Of a header whose own place for it holds blanks. */
export function checksum(block: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < BLOCK; at++) sum += block[at] ?? 0;
  return sum;
}

const BLOCK_BYTES = 32 * 1024;
const FIRST_BLOCK_BYTES = 8 * 1024;
/** Of a UTF-16 code unit in UTF-8, at most. */
const UNIT_BYTES = 3;

interface Block {
  readonly bytes: Buffer;
  used: number;
  /** Characters in it. */
  length: number;
}

const encoder = new TextEncoder();

/**
 * The end of a text, as UTF-8 outside of the heap: text that is replaced all the time fills that with what is not collected for long. Characters
 * are counted as in strings, in UTF-16 code units.
 */
export class PackedText {
  #blocks: Block[] = [];
  #bytes = 0;
  #length = 0;
  /** Of a block that was dropped. */
  #spare: Buffer | undefined;

  get length(): number {
    return this.#length;
  }

  push(text: string): void {
    for (let at = 0; at < text.length; ) {
      const block = this.#blocks.at(-1) ?? this.#add();
      const { read, written } = encoder.encodeInto(text.slice(at), block.bytes.subarray(block.used));
      if (read === 0) this.#add();
      block.used += written;
      block.length += read;
      this.#bytes += written;
      this.#length += read;
      at += read;
    }
  }

  /** Drops what is before the last so many bytes, in whole blocks. */
  trim(bytes: number): void {
    for (let [first] = this.#blocks; first !== undefined && this.#bytes - first.used >= bytes; [first] = this.#blocks) {
      this.#blocks.shift();
      this.#bytes -= first.used;
      this.#length -= first.length;
      this.#spare = first.bytes;
    }
  }

  /** The last so many characters, or all. Takes as long as these are. */
  last(count: number): string {
    const parts: string[] = [];
    let left = count;
    for (let index = this.#blocks.length - 1; index >= 0 && left > 0; index--) {
      const { bytes, used, length } = this.#blocks[index] as Block;
      parts.unshift(
        length <= left
          ? bytes.toString("utf8", 0, used)
          : bytes.toString("utf8", characterAt(bytes, Math.max(0, used - left * UNIT_BYTES)), used).slice(-left),
      );
      left -= length;
    }
    return parts.join("");
  }

  #add(): Block {
    const size = Math.min(BLOCK_BYTES, Math.max(FIRST_BLOCK_BYTES, this.#bytes));
    const spare = this.#spare !== undefined && this.#spare.length >= size ? this.#spare : undefined;
    this.#spare = undefined;
    const block = { bytes: spare ?? Buffer.allocUnsafeSlow(size), used: 0, length: 0 };
    this.#blocks.push(block);
    return block;
  }
}

/** Where the character begins that the byte belongs to, or the next one. */
function characterAt(bytes: Buffer, at: number): number {
  let start = at;
  while (((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return start;
}

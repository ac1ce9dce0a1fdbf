/** Characters of an output that are held for who has not searched them yet. */
export const HELD_LENGTH = 1024 * 1024;

/** Short enough to be joined for each look at the end of the text, long enough that there are few. */
const BLOCK_LENGTH = 4096;

/**
 * The end of an output's text, which readers search at their own pace, whatever else is kept of it. Places in it are counted in characters
 * (UTF-16 code units) from the beginning of the output.
 */
export class Searchable {
  readonly #limit: number;
  #blocks: string[] = [];
  #start = 0;
  #end = 0;
  #hasEnded = false;
  readonly #watchers = new Set<() => void>();

  constructor(limit = HELD_LENGTH) {
    this.#limit = limit;
  }

  /** Where the held text begins. */
  get start(): number {
    return this.#start;
  }

  /** Where it ends, so far. */
  get end(): number {
    return this.#end;
  }

  /** Nothing more comes. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Who watches sees all of the new text; what is too much goes after that. */
  push(text: string): void {
    if (text === "") return;
    const last = this.#blocks.length - 1;
    const block = this.#blocks[last];
    if (block !== undefined && block.length + text.length <= BLOCK_LENGTH) this.#blocks[last] = block + text;
    else this.#blocks.push(text);
    this.#end += text.length;
    this.#tell();
    this.#forget(this.#end - this.#start - this.#limit);
  }

  finish(): void {
    this.#hasEnded = true;
    this.#tell();
  }

  /** Forgets the text. Who still waits for more of it has waited in vain. */
  reset(): void {
    this.finish();
    this.#blocks = [];
    this.#start = this.#end;
    this.#hasEnded = false;
  }

  /** The held text from there on. Takes as long as that is, however much is held before. */
  slice(from: number): string {
    let index = this.#blocks.length;
    let at = this.#end;
    while (index > 0 && at > from) at -= this.#blocks[--index]?.length ?? 0;
    return this.#blocks
      .slice(index)
      .join("")
      .slice(Math.max(0, from - at));
  }

  /** Calls back when text has come, and at the end. @returns how to stop */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  #forget(length: number): void {
    let excess = length;
    for (let first = this.#blocks[0]; first !== undefined && excess > 0; first = this.#blocks[0]) {
      // Half a surrogate pair is no character.
      const cut = isLowSurrogate(first.charCodeAt(excess)) ? excess + 1 : excess;
      if (cut < first.length) this.#blocks[0] = first.slice(cut);
      else this.#blocks.shift();
      const gone = Math.min(cut, first.length);
      this.#start += gone;
      excess -= gone;
    }
  }
}

/** The second half of a character beyond the first 65,536. */
export function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

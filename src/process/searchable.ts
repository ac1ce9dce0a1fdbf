import { PackedText } from "./packed-text.ts";

/** Bytes of an output that are held while somebody waits: what is before a match can be asked for. */
export const WAITED_BYTES = 1024 * 1024;

/** Bytes that are held of what nobody has waited for: more than can come before who has found something looks again. */
export const IDLE_BYTES = 96 * 1024;

/** Characters that are added to one by one, and looked at again and again. */
const RECENT_LENGTH = 4096;

/**
 * The end of an output's text, which readers search at their own pace, whatever else is kept of it. Places in it are counted in characters
 * (UTF-16 code units) from the beginning of the output.
 */
export class Searchable {
  #packed = new PackedText();
  /** Behind what is packed. */
  #recent = "";
  #end = 0;
  #hasEnded = false;
  readonly #watchers = new Set<() => void>();

  /** Where the held text begins. */
  get start(): number {
    return this.#end - this.#recent.length - this.#packed.length;
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
    this.#recent += text;
    this.#end += text.length;
    this.#tell();
    if (this.#recent.length <= RECENT_LENGTH) return;
    this.#packed.push(this.#recent);
    this.#recent = "";
    this.#packed.trim(this.#watchers.size > 0 ? WAITED_BYTES : IDLE_BYTES);
  }

  finish(): void {
    this.#hasEnded = true;
    this.#tell();
  }

  /** Forgets the text. Who still waits for more of it has waited in vain. */
  reset(): void {
    this.finish();
    this.#packed = new PackedText();
    this.#recent = "";
    this.#hasEnded = false;
  }

  /** The held text from there on. Takes as long as that is, however much is held before. */
  slice(from: number): string {
    const count = this.#end - from;
    const recent = this.#recent;
    if (count <= recent.length) return recent.slice(recent.length - count);
    return this.#packed.last(count - recent.length) + recent;
  }

  /** Calls back when text has come, and at the end. @returns how to stop */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** The second half of a character beyond the first 65,536. */
export function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

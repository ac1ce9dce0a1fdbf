import { LineSplitter } from "./line-splitter.ts";

/** Characters that wait for the reader before the process is held up. */
const QUEUE_LENGTH = 256 * 1024;
/** Split at once, so that all that is held never has to exist twice. */
const PART_LENGTH = 64 * 1024;

/** Somebody who iterates over lines at their own pace. */
export class LineReader {
  readonly #splitter = new LineSplitter();
  readonly #onDrain: () => void;
  #queue: string[];
  #length: number;
  #hasEnded = false;
  #wake: (() => void) | undefined;

  /** @param isCut the beginning of `held` is none of a line */
  constructor(held: string, isCut: boolean, onDrain: () => void) {
    const text = isCut ? held.slice(held.indexOf("\n") + 1 || held.length) : held;
    this.#queue = text === "" ? [] : [text];
    this.#length = text.length;
    this.#onDrain = onDrain;
  }

  get isFull(): boolean {
    return this.#length > QUEUE_LENGTH;
  }

  push(text: string): void {
    this.#queue.push(text);
    this.#length += text.length;
    this.#wake?.();
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake?.();
  }

  async *lines(): AsyncGenerator<string, void, undefined> {
    for (;;) {
      const batch = this.#queue;
      this.#queue = [];
      for (const text of batch) {
        for (let at = 0; at < text.length; at += PART_LENGTH) {
          const part = text.slice(at, at + PART_LENGTH);
          yield* this.#splitter.push(part);
          this.#length -= part.length;
          this.#onDrain();
        }
      }
      if (this.#queue.length > 0) continue;
      if (this.#hasEnded) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    yield* this.#splitter.end();
  }
}

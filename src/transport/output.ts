/** What is kept of a command's output: decoded as it comes, in constant memory. */
import { StringDecoder } from "node:string_decoder";

/** Characters kept of each stream: the end of it. */
export const TAIL_LENGTH = 64 * 1024;
/** Bytes that a command which captures all may print. */
export const CAPTURE_LIMIT = 64 * 1024 * 1024;

export interface CaptureOptions {
  /** `"all"`: everything up to `limit`, then as for the tail. @default "tail" */
  readonly keep?: "all" | "tail" | "none" | undefined;
  /** Bytes. @default CAPTURE_LIMIT */
  readonly limit?: number | undefined;
}

export class CapturedOutput {
  /** True when all was to be kept, and it was more than the limit. */
  overflowed = false;
  readonly #limit: number;
  /** Most commands print nothing. */
  #decoder: StringDecoder | undefined;
  /** All of it, as long as that is to be kept. */
  #parts: string[] | undefined;
  readonly #keepsNone: boolean;
  #size = 0;
  #tail = "";
  #isCut = false;

  constructor({ keep = "tail", limit = CAPTURE_LIMIT }: CaptureOptions = {}) {
    this.#limit = limit;
    this.#keepsNone = keep === "none";
    if (keep === "all") this.#parts = [];
  }

  /** Decodes what has come; invalid bytes become U+FFFD, a character cut in two waits for its other half. */
  push(bytes: Uint8Array): string {
    this.#size += bytes.length;
    // A TextDecoder that is given parts takes ten times as long.
    this.#decoder ??= new StringDecoder("utf8");
    return this.#keep(this.#decoder.write(bytes));
  }

  /** The stream has ended: what was still waiting. */
  end(): string {
    return this.#decoder === undefined ? "" : this.#keep(this.#decoder.end());
  }

  get text(): string {
    if (this.#parts !== undefined) {
      // Who reads it once may read it often.
      if (this.#parts.length > 1) this.#parts = [this.#parts.join("")];
      return this.#parts[0] ?? "";
    }
    this.#tail = this.#cut(this.#tail);
    return this.#tail;
  }

  /** True when `text` is not all of it. */
  get truncated(): boolean {
    return this.#isCut || (this.#parts === undefined && this.#tail.length > TAIL_LENGTH);
  }

  #keep(text: string): string {
    if (this.#keepsNone) {
      this.#isCut ||= text !== "";
      return text;
    }
    if (this.#parts !== undefined && this.#size > this.#limit) {
      this.overflowed = true;
      this.#isCut = true;
      this.#tail = this.#parts.join("");
      this.#parts = undefined;
    }
    if (this.#parts !== undefined) this.#parts.push(text);
    else this.#tail = this.#tail.length + text.length > 2 * TAIL_LENGTH ? this.#cut(this.#tail + text) : this.#tail + text;
    return text;
  }

  #cut(text: string): string {
    if (text.length <= TAIL_LENGTH) return text;
    this.#isCut = true;
    const end = text.slice(-TAIL_LENGTH);
    const first = end.charCodeAt(0);
    // Half a surrogate pair is no character.
    return first >= 0xdc00 && first <= 0xdfff ? end.slice(1) : end;
  }
}

/** What is kept of a command's output: decoded as it comes, in constant memory. */

/** Characters kept of each stream: the end of it. */
export const TAIL_LENGTH = 64 * 1024;
/** Bytes that a command which captures all may print. */
export const CAPTURE_LIMIT = 64 * 1024 * 1024;

export interface Output {
  /** Decodes what has come; invalid bytes become U+FFFD, a character cut in two waits for its other half. */
  push(bytes: Uint8Array): string;
  /** The stream has ended: what was still waiting. */
  end(): string;
  readonly text: string;
  /** True when `text` is not all of it. */
  readonly truncated: boolean;
  /** True when all was to be kept, and it was more than the limit. */
  readonly overflowed: boolean;
}

export interface OutputOptions {
  /** Keep everything up to `limit`. @default false: the tail */
  readonly all?: boolean | undefined;
  /** Bytes. @default CAPTURE_LIMIT */
  readonly limit?: number | undefined;
}

export function createOutput(options: OutputOptions = {}): Output {
  // Most commands print nothing.
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  const limit = options.limit ?? CAPTURE_LIMIT;
  let parts: string[] | undefined = options.all === true ? [] : undefined;
  let size = 0;
  let tail = "";
  let truncated = false;
  let overflowed = false;

  function keep(text: string): string {
    if (parts !== undefined && size > limit) {
      overflowed = true;
      truncated = true;
      tail = parts.join("");
      parts = undefined;
    }
    if (parts !== undefined) parts.push(text);
    else tail = tail.length + text.length > 2 * TAIL_LENGTH ? cut(tail + text) : tail + text;
    return text;
  }

  function cut(text: string): string {
    if (text.length <= TAIL_LENGTH) return text;
    truncated = true;
    const end = text.slice(-TAIL_LENGTH);
    const first = end.charCodeAt(0);
    // Half a surrogate pair is no character.
    return first >= 0xdc00 && first <= 0xdfff ? end.slice(1) : end;
  }

  return {
    push(bytes) {
      size += bytes.length;
      decoder ??= new TextDecoder("utf-8", { ignoreBOM: true });
      return keep(decoder.decode(bytes, { stream: true }));
    },
    end() {
      return decoder === undefined ? "" : keep(decoder.decode());
    },
    get text() {
      if (parts !== undefined) return parts.join("");
      tail = cut(tail);
      return tail;
    },
    get truncated() {
      return truncated || (parts === undefined && tail.length > TAIL_LENGTH);
    },
    get overflowed() {
      return overflowed;
    },
  };
}

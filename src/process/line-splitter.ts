/** Characters of a line; a longer one comes in pieces. */
export const LINE_LENGTH = 1024 * 1024;

/** Text in parts to lines, without what ends them: `\n` or `\r\n`. Takes as long as the text is, however it is cut. */
export class LineSplitter {
  readonly #limit: number;
  #rest = "";

  constructor(limit = LINE_LENGTH) {
    this.#limit = limit;
  }

  push(text: string): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", from)) {
      const line = this.#cut(this.#rest + text.slice(from, at), lines);
      lines.push(line.endsWith("\r") ? line.slice(0, -1) : line);
      this.#rest = "";
      from = at + 1;
    }
    this.#rest = this.#cut(this.#rest + text.slice(from), lines);
    return lines;
  }

  /** The last line, if it was not finished. */
  end(): string[] {
    const last = this.#rest;
    this.#rest = "";
    return last === "" ? [] : [last];
  }

  /** Takes full pieces off. The last two characters are none: a `\r` may belong to the `\n` that follows, and a piece is never empty. */
  #cut(line: string, pieces: string[]): string {
    let rest = line;
    while (rest.length > this.#limit + 1) {
      const code = rest.charCodeAt(this.#limit);
      // Half a surrogate pair is no character.
      const length = code >= 0xdc00 && code <= 0xdfff ? this.#limit - 1 : this.#limit;
      pieces.push(rest.slice(0, length));
      rest = rest.slice(length);
    }
    return rest;
  }
}

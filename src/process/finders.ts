import { isLowSurrogate, type Searchable } from "./searchable.ts";

/** A place where a pattern matches. */
export interface Found {
  readonly at: number;
  readonly text: string;
  readonly groups: readonly (string | undefined)[];
  readonly named: Readonly<Record<string, string>>;
}

/** Looks for one pattern in text that comes in parts. */
export interface Finder {
  /** The match that begins first, once there is one. @param scanned up to there it has looked, or was never to look */
  find(text: Searchable, scanned: number): Found | undefined;
}

/** Before where a match may begin: what lookbehinds, `\b` and `^` with the flag m can see. */
const CONTEXT = 256;

/** Literal text, read once, whatever the parts are: the automaton of Knuth, Morris and Pratt. */
export class LiteralFinder implements Finder {
  readonly #literal: string;
  /** For each length of a beginning: the longest shorter one that it ends with. */
  readonly #borders: readonly number[];
  #next = 0;
  /** So much of the literal is what the text that was read ends with. */
  #length = 0;

  constructor(literal: string) {
    this.#literal = literal;
    this.#borders = bordersOf(literal);
  }

  find(text: Searchable, scanned: number): Found | undefined {
    if (scanned !== this.#next) this.#length = 0;
    this.#next = text.end;
    const literal = this.#literal;
    const fresh = text.slice(scanned);
    const first = literal.charAt(0);
    let length = this.#length;
    for (let at = 0; at < fresh.length; at++) {
      if (length === 0) {
        at = fresh.indexOf(first, at);
        if (at === -1) break;
      }
      const code = fresh.charCodeAt(at);
      while (length > 0 && literal.charCodeAt(length) !== code) length = this.#borders[length] ?? 0;
      if (literal.charCodeAt(length) === code) length++;
      if (length === literal.length) return { at: scanned + at + 1 - length, text: literal, groups: [], named: {} };
    }
    this.#length = length;
    return undefined;
  }
}

function bordersOf(literal: string): number[] {
  const borders = [0, 0];
  let length = 0;
  for (let at = 1; at < literal.length; at++) {
    while (length > 0 && literal.charCodeAt(length) !== literal.charCodeAt(at)) length = borders[length] ?? 0;
    if (literal.charCodeAt(length) === literal.charCodeAt(at)) length++;
    borders.push(length);
  }
  return borders;
}

/** A regular expression: looks again at the last `window` characters each time, and at all that is new. */
export class RegExpFinder implements Finder {
  readonly #pattern: RegExp;
  readonly #start: number;
  readonly #window: number;

  /** @param start where the search begins: there, and only there, matches `^` without the flag m */
  constructor(pattern: RegExp, start: number, window: number) {
    // A copy: what the user's own remembers of other searches is not ours to read or to change.
    this.#pattern = new RegExp(pattern.source, `${pattern.flags.replace(/[gy]/g, "")}g`);
    this.#start = start;
    this.#window = window;
  }

  find(text: Searchable, scanned: number): Found | undefined {
    const begin = Math.max(this.#start, text.start);
    const from = Math.max(begin, scanned - this.#window);
    const seen = Math.max(begin, from - CONTEXT);
    const part = text.slice(seen);
    const isInCharacter = from > seen && isLowSurrogate(part.charCodeAt(from - seen));
    this.#pattern.lastIndex = from - seen - (isInCharacter ? 1 : 0);
    const match = this.#pattern.exec(part);
    if (match === null) return undefined;
    const named = Object.entries(match.groups ?? {}).filter(([, value]) => value !== undefined);
    return { at: seen + match.index, text: match[0], groups: match.slice(1), named: Object.fromEntries(named) };
  }
}

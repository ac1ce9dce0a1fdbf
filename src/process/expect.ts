/** Waiting for what a process prints. */
import { setMaxListeners } from "node:events";
import { inspect, types } from "node:util";
import { parseDuration } from "../command/duration.ts";
import { UsageError } from "../errors.ts";
import { onAbort } from "../wait.ts";
import { type Finder, type Found, LiteralFinder, RegExpFinder } from "./finders.ts";
import type { Output, OutputName } from "./output.ts";
import type { Searchable } from "./searchable.ts";

/** Characters that a match may have begun before what is new. */
export const WINDOW_LENGTH = 2000;

/**
 * Text as it is, or a regular expression. That is tried on what is there at the moment: `/a+/` matches the `a`s that have come so far, and
 * `$` the end of them, without waiting for more. What has to follow belongs into the pattern.
 * @example
 * const prompts: Pattern[] = ["password: ", /^(?<user>\w+)@\S+\$ $/m];
 */
export type Pattern = string | RegExp;

/**
 * How an `expect` waits, and where it looks.
 * @example
 * const options: ExpectOptions = { timeout: "10s", stream: "stderr" };
 */
export interface ExpectOptions {
  /** Milliseconds, or `"90s"`. 0 looks once at what is there; `"none"` waits for as long as something may come. */
  readonly timeout?: number | string | undefined;
  /** @default "stdout" */
  readonly stream?: OutputName | undefined;
  /**
   * Characters before what is new in which a match of a regular expression may have begun: one that is no longer than that is found however
   * its text arrives. @default 2000
   */
  readonly window?: number | "unlimited" | undefined;
  /** Where to begin: behind the last match, or at what comes from now on. @default "position" */
  readonly from?: "position" | "current" | undefined;
  /** Aborting it ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

/** What was found. */
export interface Match {
  /** Which of the patterns. */
  readonly index: number;
  readonly text: string;
  /** What the groups of the regular expression have matched, from the first. */
  readonly groups: readonly (string | undefined)[];
  /** The same for those with names, as far as they took part. */
  readonly named: Readonly<Record<string, string>>;
  /** From where the search began to the match, as far as that is held: the last megabyte, or 96 KiB of what came before anybody waited. */
  readonly before: string;
  /** Characters that have gone by unsearched, because nobody was looking for too long. 0 as a rule. */
  readonly skipped: number;
}

/**
 * One reader's position in an output. Others do not move it, and it never goes back. When several searches are under way at once, each
 * has begun where it stood.
 */
export class Cursor {
  readonly #text: Searchable;
  #position: number;

  constructor(output: Pick<Output, "searchable">) {
    this.#text = output.searchable;
    this.#position = this.#text.start;
  }

  /**
   * Waits until one of the patterns matches; what is there already is searched at once. At that moment, the match that begins first wins,
   * then the pattern that comes first in the list. The position is its end then.
   * @returns undefined at the timeout, at the end of the output, and when the signal is aborted
   * @throws UsageError for patterns or options that make no sense
   */
  async expect(patterns: Pattern | readonly Pattern[], options: ExpectOptions = {}): Promise<Match | undefined> {
    const { signal, from = "position" } = options;
    const limit = toLimit(options.timeout);
    const start = from === "current" ? this.#text.end : this.#position;
    const search = new Search(this.#text, start, checkPatterns(patterns), toWindow(options.window));
    if (signal?.aborted) return undefined;
    const found = this.#look(search);
    return found !== undefined || limit === 0 || this.#text.hasEnded ? found : this.#wait(search, limit, signal);
  }

  #wait(search: Search, limit: number | undefined, signal: AbortSignal | undefined): Promise<Match | undefined> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        unwatch();
        unlisten?.();
      };
      const settle = (match: Match | undefined): void => {
        stop();
        resolve(match);
      };
      const look = (): void => {
        try {
          const match = this.#look(search);
          if (match !== undefined || this.#text.hasEnded) settle(match);
        } catch (error) {
          // A regular expression can be too much for the engine. That is no matter of who reads the output.
          stop();
          reject(error);
        }
      };
      // One for the expects of many processes is no leak that node has to warn of: none of them listens for longer than it waits.
      if (signal !== undefined) setMaxListeners(0, signal);
      const timer = limit === undefined ? undefined : setTimeout(() => settle(undefined), limit);
      const unwatch = this.#text.watch(look);
      const unlisten = signal === undefined ? undefined : onAbort(signal, () => settle(undefined));
    });
  }

  #look(search: Search): Match | undefined {
    const match = search.look();
    if (match !== undefined) this.#position = Math.max(this.#position, search.end);
    return match;
  }
}

/** One `expect`, from its beginning to what it finds. */
class Search {
  /** Behind the match. */
  end = 0;
  readonly #text: Searchable;
  readonly #start: number;
  readonly #finders: readonly Finder[];
  #scanned: number;
  #skipped = 0;

  constructor(text: Searchable, start: number, patterns: readonly Pattern[], window: number) {
    this.#text = text;
    this.#start = start;
    this.#scanned = start;
    this.#finders = patterns.map((pattern) =>
      typeof pattern === "string" ? new LiteralFinder(pattern) : new RegExpFinder(pattern, start, window),
    );
  }

  look(): Match | undefined {
    const text = this.#text;
    this.#skipped += Math.max(0, text.start - this.#scanned);
    const scanned = Math.max(text.start, this.#scanned);
    this.#scanned = text.end;
    let best: (Found & { readonly index: number }) | undefined;
    for (const [index, finder] of this.#finders.entries()) {
      const found = finder.find(text, scanned);
      if (found !== undefined && (best === undefined || found.at < best.at)) best = { ...found, index };
    }
    if (best === undefined) return undefined;
    const { at, ...match } = best;
    this.end = at + match.text.length;
    const begin = Math.max(this.#start, text.start);
    return { ...match, before: text.slice(begin).slice(0, at - begin), skipped: this.#skipped };
  }
}

/** @throws UsageError which names what is no pattern */
export function checkPatterns(patterns: unknown): readonly Pattern[] {
  const list: readonly unknown[] = Array.isArray(patterns) ? patterns : [patterns];
  if (list.length === 0) {
    throw new UsageError("BAD_PATTERN", "There is no pattern to expect: the list is empty.", { hint: PATTERN_HINT });
  }
  return list.map((pattern, index) => {
    if (types.isRegExp(pattern) || (typeof pattern === "string" && pattern !== "")) return pattern;
    const which = Array.isArray(patterns) ? ` (number ${index + 1} of ${list.length})` : "";
    const what = pattern === "" ? "Empty text" : inspect(pattern, { depth: 0 });
    throw new UsageError("BAD_PATTERN", `${what}${which} is no pattern to expect.`, { hint: PATTERN_HINT });
  });
}

const PATTERN_HINT = 'A pattern is text, which is meant literally, or a regular expression: "password: ", /[$#] $/.';

/** @returns milliseconds; undefined for no limit */
function toLimit(timeout: number | string | undefined): number | undefined {
  if (timeout === undefined || timeout === "none") return undefined;
  return timeout === 0 ? 0 : parseDuration(timeout);
}

function toWindow(window: number | "unlimited" | undefined): number {
  if (window === "unlimited") return Number.POSITIVE_INFINITY;
  if (window === undefined) return WINDOW_LENGTH;
  if (Number.isInteger(window) && window >= 0) return window;
  throw new UsageError("BAD_WINDOW", `${inspect(window)} is no window to search in.`, {
    hint: 'Characters, 0 or more; or "unlimited".',
  });
}

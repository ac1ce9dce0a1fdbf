import { getEventListeners } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { Cursor, checkPatterns, type ExpectOptions, type Match, type Pattern, WINDOW_LENGTH } from "../../src/process/expect.ts";
import { IDLE_BYTES, Searchable, WAITED_BYTES } from "../../src/process/searchable.ts";
import { endsSoon, HUGE } from "../fuzz/fuzz.ts";
import { cut, cuts } from "./cut.ts";

function start(...texts: readonly string[]) {
  const searchable = new Searchable();
  for (const text of texts) searchable.push(text);
  return { searchable, cursor: new Cursor({ searchable }) };
}

const once = { timeout: 0 } as const;

/** What an `expect` that began before the text comes to, and what stands behind it. */
async function found(patterns: Pattern | readonly Pattern[], texts: readonly string[], options: ExpectOptions = {}) {
  const { searchable, cursor } = start();
  const match = cursor.expect(patterns, options);
  for (const text of texts) searchable.push(text);
  searchable.finish();
  return { match: await match, rest: (await cursor.expect(/.*/s, { window: "unlimited" }))?.text };
}

describe("a match", () => {
  it.each<readonly [string, Pattern | readonly Pattern[], readonly string[], Partial<Match>, string]>([
    ["is literal text", "a.c", ["abc a.c d"], { index: 0, text: "a.c", before: "abc ", groups: [], skipped: 0 }, " d"],
    ["is a regular expression with groups", /(a)(x)?(?<n>b)/, ["cab"], { text: "ab", groups: ["a", undefined, "b"] }, ""],
    ["has groups with names, as far as they took part", /(?<n>b)|(?<m>c)/, ["ab"], { named: { n: "b" } }, ""],
    ["is the first in the text", ["c", "b"], ["abc"], { index: 1, text: "b", before: "a" }, "c"],
    ["is the first in the list, where both begin at once", ["ab", /a/, "a"], ["xab"], { index: 0, text: "ab" }, ""],
    ["does not wait for another one that has begun before", ["abcd", "bc"], ["abc", "d"], { index: 1, text: "bc" }, "d"],
    ["may be cut", "password:", ["pass", "wo", "rd: "], { text: "password:", before: "" }, " "],
    ["may be cut in a regular expression", /p\w+:/, ["x pass", "wo", "rd: "], { text: "password:", before: "x " }, " "],
    ["takes what is there, where it could go on", /a+/, ["a", "aa"], { text: "a" }, "aa"],
    ["takes what is there for the end", /b$/, ["ab", "c"], { text: "b" }, "c"],
    ["grows with what comes, where it has to", /a.*?c/, ["a1", "23", "4c5"], { text: "a1234c" }, "5"],
    ["may be empty", /x*/, ["abc"], { text: "", before: "" }, "abc"],
    ["keeps the flags of its pattern", /B.c/is, ["ab\nc"], { text: "b\nc" }, ""],
    ["begins where the search does for ^", /^a/, ["ba", "a"], undefined as never, "baa"],
    ["begins at lines for ^ with the flag m", /^a/m, ["ba\n", "a"], { text: "a", before: "ba\n" }, ""],
    ["sees what is before the cut", /(?<=\bfoo)bar/, ["foo", "bar"], { text: "bar" }, ""],
    ["sees no border of a word in a cut", /\bbar/, ["foo", "bar"], undefined as never, "foobar"],
  ])("%s", async (_, patterns, texts, match, rest) => {
    const all = await found(patterns, texts);
    if (match === undefined) expect(all.match).toBeUndefined();
    else expect(all.match).toMatchObject(match);
    expect(all.rest).toBe(rest);
  });

  it("of literal text is where it is in the whole, however that is cut", async () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "\u{1f600}"), maxLength: 60 });
    const literal = fc.string({ unit: fc.constantFrom("a", "b", "\u{1f600}"), minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(text, literal, cuts, async (whole, wanted, sizes) => {
        const { searchable, cursor } = start();
        const pieces = cut([...whole], sizes).map((piece) => piece.join(""));
        let seen = 0;
        for (let at = whole.indexOf(wanted); at !== -1; at = whole.indexOf(wanted, seen)) {
          const match = cursor.expect(wanted);
          // What comes before the match is told of while nobody waits as well.
          while (searchable.end < at + wanted.length) searchable.push(pieces.shift() ?? "");
          expect(await match).toMatchObject({ text: wanted, before: whole.slice(seen, at), skipped: 0 });
          seen = at + wanted.length;
        }
        for (const piece of pieces) searchable.push(piece);
        expect(await cursor.expect(wanted, once)).toBeUndefined();
      }),
    );
  });

  it("of one of several is the first at the moment when there is one", async () => {
    const unit = fc.constantFrom("a", "b", "c");
    const patterns = fc.array(
      fc.oneof(fc.string({ unit, minLength: 1, maxLength: 5 }), fc.constantFrom(/ab+c/, /a.*?a/s, /(?<!a)b/, /cc$/m, /^c.a/)),
      { minLength: 1, maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 40 }), patterns, cuts, async (whole, list, sizes) => {
        const pieces = cut(whole, sizes);
        let seen = "";
        const naive = (): { index: number; at: number } | undefined =>
          list
            .map((pattern, index) => ({ index, at: typeof pattern === "string" ? seen.indexOf(pattern) : seen.search(pattern) }))
            .filter(({ at }) => at !== -1)
            .sort((one, other) => one.at - other.at || one.index - other.index)[0];
        for (let next = 0; next < pieces.length && naive() === undefined; next++) seen += pieces[next];
        const first = naive();
        const { match } = await found(list, pieces);
        expect(match && { index: match.index, at: match.before.length }).toEqual(first);
      }),
    );
  });
});

describe("a wait", () => {
  it("is over at once for what is there, also when the output has ended", async () => {
    const { searchable, cursor } = start("one two three");
    expect(await cursor.expect("one", once)).toMatchObject({ text: "one" });
    searchable.finish();
    expect(await cursor.expect("two")).toMatchObject({ text: "two", before: " " });
    expect(await cursor.expect("two")).toBeUndefined();
    expect(await cursor.expect("three")).toMatchObject({ before: " " });
  });

  it("is over with the output, its time, or a signal; nothing is left of it", async () => {
    vi.useFakeTimers();
    try {
      const { searchable, cursor } = start("abc");
      const stop = new AbortController();
      const { signal } = stop;
      const late = cursor.expect("x", { timeout: "5s", signal });
      const never = cursor.expect("x", { timeout: "none", signal });
      const ended = cursor.expect("x");
      await vi.advanceTimersByTimeAsync(5000);
      expect(await late).toBeUndefined();
      stop.abort();
      expect(await never).toBeUndefined();
      expect(await cursor.expect("abc", { signal })).toBeUndefined();
      searchable.finish();
      expect(await ended).toBeUndefined();
      expect(vi.getTimerCount()).toBe(0);
      expect(getEventListeners(signal, "abort")).toEqual([]);
      expect(await cursor.expect("abc", once)).toMatchObject({ text: "abc" });
    } finally {
      vi.useRealTimers();
    }
  });

  it("may have its signal in common with many", async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error): number => warnings.push(warning);
    process.on("warning", warn);
    const stop = new AbortController();
    const waits = Array.from({ length: 30 }, () => start().cursor.expect("x", { signal: stop.signal }));
    await turn();
    stop.abort();
    expect(new Set(await Promise.all(waits))).toEqual(new Set([undefined]));
    process.off("warning", warn);
    expect(warnings).toEqual([]);
  });

  it("fails by itself where its pattern is too much for the engine", async () => {
    const { searchable, cursor } = start();
    const [match, other] = [cursor.expect(/^(?:a|b)*c/), cursor.expect("a")];
    searchable.push("a".repeat(30_000_000));
    await expect(match).rejects.toThrow(RangeError);
    expect(await other).toMatchObject({ before: "" });
  });

  it("is in vain when the output is begun again", async () => {
    const { searchable, cursor } = start("ab");
    const before = cursor.expect("abc");
    searchable.reset();
    searchable.push("c abc");
    expect(await before).toBeUndefined();
    expect(await cursor.expect("abc")).toMatchObject({ before: "c " });
  });
});

describe("a position", () => {
  it("is behind the last match, each reader's own", async () => {
    const { searchable, cursor } = start("1a 2a ");
    const other = new Cursor({ searchable });
    expect(await cursor.expect(/\da/, once)).toMatchObject({ text: "1a" });
    expect(await cursor.expect(/\da/, once)).toMatchObject({ text: "2a" });
    expect(await other.expect(/\da/, once)).toMatchObject({ text: "1a" });
    expect(await cursor.expect(/\da/, once)).toBeUndefined();
    searchable.push("3a");
    expect(await cursor.expect(/\da/, once)).toMatchObject({ text: "3a", before: " " });
  });

  it("is where all that begin at once have begun, and never goes back", async () => {
    const { searchable, cursor } = start();
    const [a, b] = [cursor.expect("a"), cursor.expect("b")];
    searchable.push("x b a c a");
    expect(await a).toMatchObject({ before: "x b " });
    expect(await b).toMatchObject({ before: "x " });
    expect(await cursor.expect("a", once)).toMatchObject({ before: " c " });
  });

  it("may be at what comes from now on", async () => {
    const { searchable, cursor } = start("ok ");
    const match = cursor.expect("ok", { from: "current" });
    searchable.push("no o");
    searchable.push("k");
    expect(await match).toMatchObject({ before: "no " });
  });
});

describe("how much is searched", () => {
  const long = "x".repeat(3000);

  it("is all that is new, and before that the window", async () => {
    const short = `a${"x".repeat(WINDOW_LENGTH - 2)}`;
    expect((await found(/a.*b/s, [...short, "b"])).match).toMatchObject({ text: `${short}b` });
    expect((await found(/a.*b/s, ["a", long, "b"])).match).toBeUndefined();
    expect((await found(/a.*b/s, ["a", long, "b"], { window: 3001 })).match).toMatchObject({ text: `a${long}b` });
    expect((await found(/a.*b/s, ["a", ...long, "b"], { window: "unlimited" })).match?.text.length).toBe(3002);
    expect((await found(/a.*b/s, [`${long}a${long}b`], { window: 0 })).match).toMatchObject({ before: long });
    expect((await found(`a${long}b`, ["a", ...long, "b"], { window: 0 })).match).toMatchObject({ before: "" });
  });

  it("is no more than that, whatever is held", async () => {
    const { searchable, cursor } = start("y".repeat(500_000));
    let looked = 0;
    const slice = searchable.slice.bind(searchable);
    searchable.slice = (from) => {
      const text = slice(from);
      looked += text.length;
      return text;
    };
    const stop = new AbortController();
    const { signal } = stop;
    const literal = cursor.expect("yyyz", { signal });
    const pattern = cursor.expect(/yyyz/, { signal, window: 1000 });
    looked = 0;
    for (let n = 0; n < 100; n++) searchable.push("yyyyyyyyyy");
    // 10 new characters for each of them, the window, and what lookbehinds can see.
    expect(looked).toBe(100 * (10 + 10 + 1000 + 256));
    stop.abort();
    expect(await Promise.all([literal, pattern])).toEqual([undefined, undefined]);
  });

  it("is each character once for literal text, however long that is and however it is cut", async () => {
    const { searchable, cursor } = start();
    const match = cursor.expect(`${"a".repeat(20_000)}b`);
    endsSoon(() => {
      searchable.push("a".repeat(HUGE / 2));
      for (let n = 0; n < HUGE / 2; n += 1000) searchable.push("a".repeat(1000));
      searchable.push("b");
    });
    expect((await match)?.before.length).toBe(HUGE - 20_000);
  });

  it("is the last 96 KiB, where nobody looked for too long, and the next match says what was not", async () => {
    const { searchable, cursor } = start("gone");
    for (let n = 0; n < 200; n++) searchable.push("x".repeat(50_000));
    const { length } = searchable.slice(0);
    expect(searchable.end - searchable.start).toBe(length);
    expect(length).toBeGreaterThanOrEqual(IDLE_BYTES);
    expect(length).toBeLessThan(IDLE_BYTES + 50_000);
    searchable.push("here it is");
    expect(await cursor.expect("gone", once)).toBeUndefined();
    expect(await cursor.expect("here", once)).toMatchObject({ skipped: 10_000_014 - length - 10 });
    expect(await cursor.expect(/it/, once)).toMatchObject({ skipped: 0, before: " " });
  });

  it("is all of it while somebody waits, and what is before a match is the last megabyte", async () => {
    const { match } = await found("here", [`here${"x".repeat(2 * WAITED_BYTES)}`]);
    expect(match).toMatchObject({ text: "here", skipped: 0 });
    const late = await found("here", [..."0123456789"].map((digit) => digit.repeat(300_000)).concat("here"));
    expect(late.match).toMatchObject({ text: "here", skipped: 0 });
    const { length = 0 } = late.match?.before ?? "";
    expect(length).toBeGreaterThanOrEqual(WAITED_BYTES);
    expect(length).toBeLessThan(WAITED_BYTES + 300_000);
  });

  it("cuts no character in half", async () => {
    expect((await found(/\ud83d\ude00b/, ["\u{1f600}", "b"], { window: 1 })).match).toMatchObject({ text: "\u{1f600}b" });
  });
});

describe("a pattern", () => {
  it("is not changed, and what it remembers changes nothing", async () => {
    for (const pattern of [/a/g, /a/y]) {
      pattern.lastIndex = 3;
      const { cursor } = start("ba");
      expect(await cursor.expect(pattern, once)).toMatchObject({ text: "a" });
      expect(pattern.lastIndex).toBe(3);
    }
  });

  it.each<readonly [unknown, string]>([
    [[], "There is no pattern to expect: the list is empty."],
    ["", "Empty text is no pattern to expect."],
    [["a", ""], "Empty text (number 2 of 2) is no pattern to expect."],
    [undefined, "undefined is no pattern to expect."],
    [[/a/, 7, "b"], "7 (number 2 of 3) is no pattern to expect."],
  ])("is text or a regular expression, not %o", async (patterns, message) => {
    expect(() => checkPatterns(patterns)).toThrow(message);
    await expect(start().cursor.expect(patterns as Pattern, once)).rejects.toThrow(message);
  });

  it("goes with options that make sense", async () => {
    const { cursor } = start();
    await expect(cursor.expect("a", { window: -1 })).rejects.toThrow("-1 is no window to search in.");
    await expect(cursor.expect("a", { timeout: "soon" })).rejects.toThrow('"soon" is not a duration.');
  });
});

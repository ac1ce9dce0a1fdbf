/** Values of options, from how they are written. No library: every command line waits for this. */
import { parseDuration } from "../../command/duration.ts";
import { FakeError } from "../../errors.ts";
import { didYouMean } from "../../suggest.ts";

/** A setting given with `-s`: the text as it was written. */
export interface SetOption {
  readonly key: string;
  readonly raw: string;
}

/** What an option holds, made of what was written for it. */
export interface OptionType<T> {
  /** What it is when nothing was written, or something wrong. */
  readonly fallback: T;
  /** It is given by its name alone. @default false */
  readonly isFlag?: boolean;
  /** @param texts one for each time that the option was given, at least one; where it takes one value, the last one counts */
  read(texts: readonly string[]): Reading<T>;
}

interface Reading<T> {
  readonly value?: T | undefined;
  readonly faults?: readonly Fault[];
}

interface Fault {
  /** What stands behind the name of the option: "takes ...". */
  readonly what: string;
  readonly hint?: string | undefined;
}

export const flag: OptionType<boolean> = { fallback: false, isFlag: true, read: (texts) => ({ value: texts.at(-1) === "true" }) };

export const names: OptionType<readonly string[]> = { fallback: [], read: readNames };

export const hostNames: OptionType<readonly string[]> = {
  fallback: [],
  read(texts) {
    const reading = readNames(texts);
    const isOption = reading.value?.some((name) => name.startsWith("-")) === true;
    return isOption ? refuse("names a host that begins with a dash: no host does") : reading;
  },
};

export const fileName: OptionType<string | undefined> = {
  fallback: undefined,
  read: single((text) => (text === "" ? refuse("needs the name of a file", text) : { value: text })),
};

export const text: OptionType<string | undefined> = { fallback: undefined, read: single((value) => ({ value })) };

export const amount: OptionType<number | undefined> = {
  fallback: undefined,
  read: single((text) => (isAmount(text) ? { value: Number(text) } : refuse("takes a whole number, 1 or more", text))),
};

export const share: OptionType<number | `${number}%` | undefined> = {
  fallback: undefined,
  read: single((text): Reading<number | `${number}%`> => {
    if (isAmount(text)) return { value: Number(text) };
    if (/^(?:[1-9][0-9]?|100)%$/.test(text)) return { value: text as `${number}%` };
    return refuse("takes a number of hosts, 1 or more, or a share: 1% to 100%", text);
  }),
};

/** With its unit: a number alone could be anything. */
export const duration: OptionType<string | undefined> = {
  fallback: undefined,
  read: single((text) => {
    try {
      parseDuration(text);
      return { value: text };
    } catch (error) {
      return refuse("takes a time with its unit, such as 90s or 5m", text, error instanceof FakeError ? error.hint : undefined);
    }
  }),
};

export const settings: OptionType<readonly SetOption[]> = {
  fallback: [],
  read(texts) {
    const wrong = texts.filter((text) => text.indexOf("=") < 1);
    if (wrong.length > 0) return { faults: wrong.map((text) => ({ what: `takes KEY=VALUE, not ${JSON.stringify(text)}` })) };
    return {
      value: texts.map((text) => {
        const at = text.indexOf("=");
        return { key: text.slice(0, at), raw: text.slice(at + 1) };
      }),
    };
  },
};

export function oneOf<T extends string, F extends T | undefined>(words: readonly T[], fallback: F): OptionType<T | F> {
  return {
    fallback,
    read: single((text) => {
      const value = words.find((word) => word === text);
      if (value !== undefined) return { value };
      return refuse(`is one of ${words.join(", ")}`, text, didYouMean(text, words, String));
    }),
  };
}

/** `a,b`, or given several times. */
function readNames(texts: readonly string[]): Reading<readonly string[]> {
  const all = texts.flatMap((text) => text.split(",")).map((name) => name.trim());
  return all.includes("") ? refuse("has an empty name in its list") : { value: [...new Set(all)] };
}

function single<T>(read: (text: string) => Reading<T>): OptionType<T>["read"] {
  return (texts) => read(texts.at(-1) ?? "");
}

function isAmount(text: string): boolean {
  return /^[1-9][0-9]{0,5}$/.test(text);
}

function refuse(what: string, text?: string, hint?: string): Reading<never> {
  return { faults: [{ what: text === undefined ? what : `${what} (got ${JSON.stringify(text)})`, hint }] };
}

/** Values of options, from how they are written. No library: every command line waits for this. */
import { checkUser } from "../../command/context.ts";
import { parseDuration } from "../../command/duration.ts";
import { FakeError } from "../../errors.ts";
import type { SettingCondition } from "../../hosts/select.ts";
import { didYouMean } from "../../suggest.ts";

/** A setting given with `-s`: the text as it was written. */
export interface SetOption {
  readonly key: string;
  readonly raw: string;
}

/** What completion knows of the deployfile. */
export interface KnownNames {
  readonly tasks: readonly string[];
  readonly roles: readonly string[];
  readonly hosts: readonly string[];
  /** Keys of settings. */
  readonly keys: readonly string[];
  /** Names of a task's arguments. */
  argsOf(task: string): readonly string[];
}

/** What an option holds, made of what was written for it. */
export interface OptionType<T> {
  /** What it is when nothing was written, or something wrong. */
  readonly fallback: T;
  /** It is given by its name alone. @default false */
  readonly isFlag?: boolean;
  /** Of a flag: what may stand behind its `=`. @default nothing does */
  readonly words?: readonly string[];
  /** Given several times it is one list of them all. @default the last one counts */
  readonly isList?: boolean;
  read(text: string): T | Fault;
  /** What it may be, for completion. */
  values?(known: KnownNames): readonly string[];
}

/** What is wrong with the text of an option. */
export class Fault {
  /** What stands behind the name of the option: "takes ...". */
  readonly what: string;
  readonly hint: string | undefined;

  constructor(what: string, text?: string, hint?: string) {
    this.what = text === undefined ? what : `${what} (got ${JSON.stringify(text)})`;
    this.hint = hint;
  }
}

export const flag: OptionType<boolean> = { fallback: false, isFlag: true, read: (text) => text === "true" };

/** A flag that one of these words may stand behind: `--dry-run`, `--dry-run=connect`. */
export function flagOr<const T extends string>(words: readonly T[]): OptionType<boolean | T> {
  return {
    fallback: false,
    isFlag: true,
    words,
    values: () => words,
    read(text) {
      const right = `stands alone, or with ${words.map((word) => `=${word}`).join(", ")}`;
      const word = words.find((candidate) => candidate === text);
      return (
        word ??
        (isSwitch(text)
          ? text === "true"
          : new Fault(
              right,
              text,
              didYouMean(text, words, (near) => `=${near}`),
            ))
      );
    },
  };
}

export function isSwitch(text: string): boolean {
  return text === "true" || text === "false";
}

export const roleNames: OptionType<readonly string[]> = {
  fallback: [],
  isList: true,
  read: readNames,
  values: ({ roles }) => roles,
};

export const recipeNames: OptionType<readonly string[]> = { fallback: [], isList: true, read: readNames };

export const hostNames: OptionType<readonly string[]> = {
  fallback: [],
  isList: true,
  read(text) {
    const isOption = namesIn(text).some((name) => name.trim().startsWith("-"));
    return isOption ? new Fault("names a host that begins with a dash: no host does") : readNames(text);
  },
  values: ({ hosts }) => hosts,
};

export const hostOrRoleNames: OptionType<readonly string[]> = {
  ...hostNames,
  values: ({ hosts, roles }) => [...hosts, ...roles],
};

export const settings: OptionType<readonly SetOption[]> = {
  fallback: [],
  isList: true,
  read(text) {
    const at = text.indexOf("=");
    return at < 1
      ? new Fault(`takes KEY=VALUE, not ${JSON.stringify(text)}`)
      : [{ key: text.slice(0, at), raw: text.slice(at + 1) }];
  },
  values: ({ keys }) => keys.map((key) => `${key}=`),
};

export const conditions: OptionType<readonly SettingCondition[]> = {
  fallback: [],
  isList: true,
  read(text) {
    const [, key, not, value] = /^([^=!]+)(!?)=(.*)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined) return new Fault(`takes KEY=VALUE or KEY!=VALUE, not ${JSON.stringify(text)}`);
    return [{ key: key.trim(), value: value.trim(), ...(not === "!" ? { not: true } : {}) }];
  },
  values: ({ keys }) => keys.map((key) => `${key}=`),
};

export const text = optional((text) => text);

/** Given as often as there are: a comma may be part of one. */
export const patterns: OptionType<readonly string[]> = { fallback: [], isList: true, read: (text) => [text] };

export const fileName = optional((text) => (text === "" ? new Fault("needs the name of a file", text) : text));

export const amount = optional((text) => (isAmount(text) ? Number(text) : new Fault("takes a whole number, 1 or more", text)));

/** So many hosts, or that share of all. */
type Share = number | `${number}%`;

/** `2`, `25%`, `1,10%,50%` */
export const groupSizes = optional<readonly Share[]>((text) => {
  const sizes = text.split(",").map((one) => one.trim());
  const isSize = (one: string): boolean => isAmount(one) || /^(?:[1-9][0-9]?|100)%$/.test(one);
  if (sizes.every(isSize)) return sizes.map((one) => (one.endsWith("%") ? (one as Share) : Number(one)));
  return new Fault("takes a number of hosts, 1 or more, or a share: 1% to 100%; or a list of these: 1,10%,50%", text);
});

export const userName = optional((text) => {
  try {
    return checkUser(text);
  } catch (error) {
    return new Fault("takes the name of a user", text, error instanceof FakeError ? error.hint : undefined);
  }
});

/** With its unit: a number alone could be anything. */
export const duration = optional((text) => {
  try {
    parseDuration(text);
    return text;
  } catch (error) {
    // How it is written is said already; here it can be no number of milliseconds.
    const hint = error instanceof FakeError && error.message.includes(" is longer than ") ? error.hint : undefined;
    return new Fault("takes a time with its unit, such as 90s or 5m", text, hint);
  }
});

export function oneOf<T extends string, F extends T | undefined>(words: readonly T[], fallback: F): OptionType<T | F> {
  return {
    fallback,
    read(text) {
      const hint = didYouMean(text, words, String);
      return words.find((word) => word === text) ?? new Fault(`is one of ${words.join(", ")}`, text, hint);
    },
    values: () => words,
  };
}

function optional<T>(read: (text: string) => T | Fault): OptionType<T | undefined> {
  return { fallback: undefined, read };
}

/** `a,b`; a comma in brackets is one of a range: `web[1-3,7]`. */
function namesIn(text: string): readonly string[] {
  return text.split(/,(?![^[]*\])/).map((name) => name.trim());
}

function readNames(text: string): readonly string[] | Fault {
  const names = namesIn(text);
  return names.includes("") ? new Fault("has an empty name in its list") : names;
}

function isAmount(text: string): boolean {
  return /^[1-9][0-9]{0,5}$/.test(text);
}

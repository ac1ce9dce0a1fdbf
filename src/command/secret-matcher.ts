import type { SecretForm } from "./secret-forms.ts";

/** Text that may hold the start of a secret, and how much of its beginning has been hidden already. */
export interface HeldText {
  readonly text: string;
  readonly hidden: number;
}

export const NOTHING_HELD: HeldText = Object.freeze({ text: "", hidden: 0 });

/** What stands in place of a secret. */
export const REDACTED = "[redacted]";

const NONE = -1;
/** The text ends within the form. */
const PARTIAL = -2;
const CR = 13;
const LF = 10;

/** Hides secrets in text: the longest at each place, and all of those that overlap. */
export type SecretMatcher = ReturnType<typeof createSecretMatcher>;

/**
 * No regular expression of all forms: a certificate bundle as a secret is too large for one, and an engine's error message
 * would print it.
 */
export function createSecretMatcher(forms: readonly SecretForm[]) {
  const byFirst = new Map<number, SecretForm[]>();
  for (const form of forms) {
    const first = form.text.charCodeAt(0);
    const alike = byFirst.get(first) ?? [];
    alike.push(form);
    byFirst.set(first, alike);
  }
  const start = startOf(byFirst);
  const next = (text: string, from: number): number => {
    start.lastIndex = from;
    return start.test(text) ? start.lastIndex - 1 : text.length;
  };

  /** Text that is free of secrets, and what may still become one with the text that follows. @param last nothing follows: nothing is held */
  return (
    { text: before, hidden }: HeldText,
    chunk: string,
    last: boolean,
  ): { readonly out: string; readonly held: HeldText } => {
    const text = before + chunk;
    let out = "";
    // Up to here all has been written out, or is hidden.
    let end = hidden;
    let hold = text.length;
    for (let at = next(text, 0); at < text.length; at = next(text, at + 1)) {
      const found = longest(byFirst.get(text.charCodeAt(at)) ?? [], text, at, last);
      if (found === PARTIAL) {
        hold = at;
        break;
      }
      if (found === NONE) continue;
      if (at >= end) out += text.slice(end, at) + REDACTED;
      end = Math.max(end, found);
    }
    if (hold > end) out += text.slice(end, hold);
    return { out, held: { text: text.slice(hold), hidden: Math.max(0, end - hold) } };
  };
}

/** One short expression of the first three characters passes over most places in a text: engines are fast at that. */
function startOf(byFirst: ReadonlyMap<number, readonly SecretForm[]>): RegExp {
  const starts = [...byFirst].map(([first, alike]) => {
    const [second, third] = [1, 2].map((at) => classOf(new Set(alike.map(({ text }) => text.charCodeAt(at)))));
    // Where the text ends, nobody knows what follows.
    return `${classOf([first])}(?=\\r?\\n?(?:${second}\\r?\\n?(?:${third}|$)|$))`;
  });
  return new RegExp(starts.join("|"), "g");
}

function classOf(codes: Iterable<number>): string {
  return `[${Array.from(codes, (code) => `\\u${code.toString(16).padStart(4, "0")}`).join("")}]`;
}

/** Where the longest form ends that stands at `at`. A longer one that may be under way comes first, unless the text is whole. */
function longest(forms: readonly SecretForm[], text: string, at: number, last: boolean): number {
  let end = NONE;
  for (const { text: form, wrapped } of forms) {
    // Before anything is compared: secrets that repeat themselves would be compared again and again.
    if (last && text.length - at < form.length) continue;
    const found = wrapped ? matchWrapped(form, text, at) : matchPlain(form, text, at);
    if (found === PARTIAL && !last) return PARTIAL;
    end = Math.max(end, found);
  }
  return end === PARTIAL ? NONE : end;
}

function matchPlain(form: string, text: string, at: number): number {
  if (text.startsWith(form, at)) return at + form.length;
  return text.length - at < form.length && form.startsWith(text.slice(at)) ? PARTIAL : NONE;
}

/** Between any two characters there may be one end of a line. */
function matchWrapped(form: string, text: string, from: number): number {
  let at = from;
  for (let index = 0; index < form.length; index++) {
    if (index > 0 && text.charCodeAt(at) === CR) at++;
    if (index > 0 && text.charCodeAt(at) === LF) at++;
    if (at >= text.length) return PARTIAL;
    if (text.charCodeAt(at) !== form.charCodeAt(index)) return NONE;
    at++;
  }
  return at;
}

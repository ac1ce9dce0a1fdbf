import { Secret } from "./secret.ts";

/** Takes secrets out of text, whatever form they are in. */
export interface Redactor {
  /** From now on, this is taken out. Values of one or two characters are too common to hide and are passed over. */
  add(secret: Secret | string): void;
  redact(text: string): string;
  /** For text that comes in pieces: holds back what may be the start of a secret. One for each stream. */
  stream(): RedactedStream;
}

export interface RedactedStream {
  push(chunk: string): string;
  /** What was held back. */
  flush(): string;
}

const SHOWN = "[redacted]";
const SHORTEST = 3;
/** Encoded forms shorter than this would match by accident. */
const SHORTEST_ENCODED = 6;
/** Lines of a secret with several (a private key) are hidden one by one from this length on. */
const SHORTEST_LINE = 8;

export function createRedactor(): Redactor {
  const patterns = new Set<string>();
  let matcher: Matcher | undefined;
  const current = (): Matcher => {
    matcher ??= createMatcher(patterns);
    return matcher;
  };
  return {
    add(secret) {
      const value = secret instanceof Secret ? secret.reveal() : secret;
      for (const form of formsOf(value)) patterns.add(form);
      matcher = undefined;
    },
    redact: (text) => current().take(text, true).out,
    stream() {
      let held = "";
      const take = (chunk: string, last: boolean): string => {
        const taken = current().take(held + chunk, last);
        held = taken.held;
        return taken.out;
      };
      return { push: (chunk) => take(chunk, false), flush: () => take("", true) };
    },
  };
}

interface Matcher {
  /** Redacts what is certain; unless this is the last of it, the rest is held. */
  take(text: string, last: boolean): { readonly out: string; readonly held: string };
}

function createMatcher(patterns: ReadonlySet<string>): Matcher {
  if (patterns.size === 0) return { take: (text) => ({ out: text, held: "" }) };
  // Longest first, so that a secret that starts with another one goes as a whole.
  const sorted = [...patterns].sort((a, b) => b.length - a.length);
  const expression = new RegExp(sorted.map(escapeExpression).join("|"), "g");
  const longest = sorted[0]?.length ?? 0;
  const starts = new Set(sorted.map((pattern) => pattern.charAt(0)));
  const holdFrom = (text: string): number => {
    for (let at = Math.max(0, text.length - longest + 1); at < text.length; at++) {
      if (!starts.has(text.charAt(at))) continue;
      const end = text.slice(at);
      if (sorted.some((pattern) => pattern.length > end.length && pattern.startsWith(end))) return at;
    }
    return text.length;
  };
  return {
    take(text, last) {
      let out = "";
      let done = 0;
      const hold = last ? text.length : holdFrom(text);
      for (const match of text.matchAll(expression)) {
        if (match.index >= hold) break;
        out += text.slice(done, match.index) + SHOWN;
        done = match.index + match[0].length;
      }
      return { out: out + text.slice(done, hold), held: text.slice(Math.max(done, hold)) };
    },
  };
}

function formsOf(value: string): string[] {
  if (value.length < SHORTEST) return [];
  const plain = [
    value,
    ...(value.includes("\n") ? value.split(/\r?\n/).filter((line) => line.trim().length >= SHORTEST_LINE) : []),
  ];
  const encoded = value.length < SHORTEST_ENCODED ? [] : base64Forms(value);
  const url = encodeURIComponent(value.replaceAll(/\p{Surrogate}/gu, "\ufffd"));
  return [
    ...plain,
    ...encoded,
    ...encoded.map((form) => form.replaceAll("+", "-").replaceAll("/", "_")),
    url,
    url.replaceAll("%2F", "/"),
    new URLSearchParams([["", value]]).toString().slice(1),
    JSON.stringify(value).slice(1, -1),
    value.replaceAll("'", "'\\''"),
    value.replaceAll("\n", "\r\n"),
  ];
}

/** The part of its base64 form that does not depend on what is around it, for each of the three ways it may be aligned. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value, "utf8");
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const certain = Math.floor(((offset + bytes.length) * 8) / 6);
    return text.slice(Math.ceil((offset * 8) / 6), certain);
  });
}

function escapeExpression(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

import { UsageError } from "../errors.ts";
import { REDACTED } from "./secret-matcher.ts";

/**
 * A value that must never be seen: where an object is printed it is `[redacted]`, also in what remote commands print. It becomes text
 * only by `reveal()`: put into a plain template literal, JSON or a text by other means it is an error, and so is a copy of the object. In a deployfile, make one with
 * `secret()`. A command never contains it: pass it with `vars`, `stdin` or `writeFile`, which travel over the channel's input and never
 * in a command line.
 * @example
 * const token = new Secret("hunter2");
 * await t.vars({ TOKEN: token }).run`curl --header "Authorization: $TOKEN" https://example.com`;
 * await t.writeFile(".env", secret`TOKEN=${token}\n`);
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    // What copies or compares an object by its members asks it nothing else: it would go on with an empty one, equal to any other.
    Object.defineProperty(this, "secret", { enumerable: true, get: refuseCopy });
  }

  /** The value itself: for what takes it from here on, such as a request to another machine. */
  reveal(): string {
    return this.#value;
  }

  /** @throws UsageError always, naming `reveal()`: a text would be shown, or would have to be a placeholder. */
  toString(): never {
    throw asText();
  }

  /** @throws UsageError always, as `toString` */
  [Symbol.toPrimitive](): never {
    throw asText();
  }

  /** @throws UsageError always: JSON would hold a placeholder */
  toJSON(): never {
    throw new UsageError("SECRET_AS_TEXT", "A secret cannot be put into plain JSON: it would be a placeholder there.", {
      hint: "Make the whole JSON a secret: secret(JSON.stringify({ token: token.reveal() })).",
    });
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return REDACTED;
  }
}

/** @throws UsageError always */
function refuseCopy(): never {
  throw new UsageError("SECRET_COPIED", "A secret cannot be copied or compared by its members: it shows none.", {
    hint: "Pass the secret itself in place of { ...value } or structuredClone(value); copy or compare its text with value.reveal().",
  });
}

function asText(): UsageError {
  return new UsageError("SECRET_AS_TEXT", "A secret cannot be put into plain text: it would be a placeholder there.", {
    hint: "Put `secret` in front of the template, secret`KEY=${value}`: that is a secret again, for writeFile, stdin, vars and settings. For anything else, such as the header of a request, take the text with value.reveal(). Leave it out of log lines.",
  });
}

/** What a secret was put together from, also by way of others. */
interface Composition {
  /** Secrets that were given as one text. */
  readonly parts: ReadonlySet<Secret>;
  /** Lines that hold a value. */
  readonly lines: ReadonlySet<string>;
}

const compositions = new WeakMap<Secret, Composition>();

/** Undefined for a secret that was given as one text. */
export function compositionOf(secret: Secret): Composition | undefined {
  return compositions.get(secret);
}

/**
 * The text of a tagged template as one secret: its values as they are.
 * @throws UsageError for a value that is neither a secret nor a scalar
 */
export function composeSecret(strings: TemplateStringsArray, values: readonly unknown[]): Secret {
  const parts = new Set<Secret>();
  const lines = new Set<string>();
  const filled: (readonly [from: number, to: number])[] = [];
  let text = "";
  for (const [index, literal] of strings.entries()) {
    // What JavaScript cannot read in a tagged template is undefined there, where a plain one would not compile.
    if (literal === undefined) throw badEscape(strings.raw[index] ?? "");
    text += literal;
    if (index >= values.length) continue;
    const value = values[index];
    const word = value instanceof Secret ? value.reveal() : toText(value, index + 1);
    const made = value instanceof Secret ? compositions.get(value) : undefined;
    for (const part of made?.parts ?? (value instanceof Secret ? [value] : [])) parts.add(part);
    for (const line of made?.lines ?? []) lines.add(line);
    filled.push([text.length, text.length + word.length]);
    text += word;
  }
  for (const line of linesWith(text, filled)) lines.add(line);
  const secret = new Secret(text);
  if (values.length > 0) compositions.set(secret, { parts, lines });
  return secret;
}

function toText(value: unknown, place: number): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  const hint =
    typeof value === "function"
      ? "Set it, and read it where it is used: (env) => secret`TOKEN=${env.token}`."
      : "Use text, numbers, booleans and secrets. Await a promise first.";
  throw new UsageError("SECRET_NOT_TEXT", `Value ${place} of a secret's template is ${inWords(value)}.`, { hint });
}

function inWords(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value instanceof Promise) return "a promise";
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function badEscape(raw: string): UsageError {
  return new UsageError("SECRET_NOT_TEXT", `JavaScript cannot read an escape in ${JSON.stringify(raw)}.`, {
    hint: "Write two backslashes for one.",
  });
}

function linesWith(text: string, filled: readonly (readonly [from: number, to: number])[]): readonly string[] {
  let from = 0;
  return text.split("\n").filter((line) => {
    const [start, end] = [from, from + line.length];
    from = end + 1;
    return filled.some(([first, last]) => first <= end && last >= start);
  });
}

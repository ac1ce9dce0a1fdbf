import { UsageError } from "../errors.ts";
import type { RawText } from "./command.ts";
import { Secret } from "./secret.ts";

/** Characters that mean nothing to a shell where a word of its own stands. */
const PLAIN_WORD = /^(?:[A-Za-z0-9_./:@%+-]+|[-./][A-Za-z0-9_./:@%+=,-]*)$/;

const RESERVED = new Set("if then elif else fi do done case esac while until for in function select time coproc".split(" "));

/**
 * `value` as one word for any POSIX shell, in single quotes: safe next to anything outside quotes. For text that is put together by
 * hand; templates quote by themselves.
 * @throws UsageError for a secret, and when it contains NUL, which no shell can carry
 * @example
 * await t.run(`cat ${["a b", "it's"].map(quote).join(" ")} | sort`);
 */
export function quote(value: string): string {
  refuseSecret(value, "what is quoted");
  refuseNul(value);
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** Like `quote`, without quotes where the value needs none. Only for words with blanks on both sides. */
export function quoteWord(value: string): string {
  return PLAIN_WORD.test(value) && !isReserved(value) ? value : quote(value);
}

/** A word that means something to a shell where a command begins. */
export function isReserved(word: string): boolean {
  return RESERVED.has(word);
}

/**
 * An argument list as command text: each element one word.
 * @throws UsageError for an element that is not a string or a number, and for secrets.
 */
export function quoteArgv(argv: readonly (string | number)[]): string {
  refuseSecret(argv, "all of it");
  return argv.map((element, index) => quoteWord(toWord(element, `element ${index + 1} of the argument list`))).join(" ");
}

/**
 * Text that goes into a command as it is: the caller answers for its quoting.
 * @throws UsageError for a secret
 * @example
 * const columns = raw("awk '{print $2}'");
 * await t.run`ps ax | ${columns}`;
 */
export function raw(text: string): RawText {
  refuseSecret(text, "the text of raw()");
  return Object.freeze({ raw: text });
}

/** The text of a scalar that may stand in a command. `what` names it in the error. */
export function toWord(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  refuseSecret(value, what);
  const hint = value instanceof Promise ? "Await it first." : "Use a string, a number, a boolean, or an array of these.";
  throw new UsageError("COMMAND_VALUE", `A command cannot contain ${describe(value)} (${what}).`, { hint });
}

export function refuseNul(text: string): void {
  if (text.includes("\0")) {
    throw new UsageError("COMMAND_NUL", "A command cannot contain the NUL character.", {
      hint: "Send such bytes over standard input, or with writeFile.",
    });
  }
}

/** @throws UsageError when it is a secret: it would be in the text of a command. `what` names it. */
export function refuseSecret(value: unknown, what: string): void {
  if (!(value instanceof Secret)) return;
  throw new UsageError(
    "SECRET_IN_COMMAND",
    `A secret cannot be part of a command's text (${what}): every user of the host could read it there.`,
    {
      hint: 'Pass it with vars({ NAME: secret }) and use "$NAME" in the command, or send it over stdin, or write it with writeFile.',
    },
  );
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value instanceof Promise) return "a promise";
  return typeof value === "function" ? "a function" : "an object";
}

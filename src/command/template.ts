import { UsageError } from "../errors.ts";
import { isReserved, quote, quoteWord, toWord } from "./quote.ts";
import { placeAtEnd, type ShellPlace } from "./shell-scanner.ts";

/** Escapes that JavaScript resolves to what a shell author means; any other would lose its backslash in silence. */
const KNOWN_ESCAPE = /^\\(?:[\\`nrtxu\n\r]|\$\{|\{)/;

/**
 * Command text of a tagged template: each value one quoted word, an array several, `raw()` as it is.
 * @throws UsageError for secrets, for values that are no words, and where quoting could not hold: inside quotes, comments,
 * here-documents, after `$` or a backslash.
 */
export function renderTemplate(strings: TemplateStringsArray | readonly string[], values: readonly unknown[]): string {
  if ("raw" in strings) for (const text of strings.raw) if (text.includes("\\")) refuseLostBackslashes(text);
  if (values.length === 0) return strings.join("");
  let text = "";
  for (const [index, literal] of strings.entries()) {
    text += literal;
    if (index >= values.length) continue;
    const value = values[index];
    const what = `value ${index + 1} of the template`;
    const place: ValuePlace = { before: text, after: () => restOfWord(strings, values, index), where: placeAtEnd(text), what };
    text += isRaw(value) ? value.raw : renderValue(value, place);
  }
  return text;
}

/** Where a value stands. */
interface ValuePlace {
  readonly before: string;
  /** What belongs to the same word behind it; undefined where that means something to a shell, or cannot be told. */
  readonly after: () => string | undefined;
  readonly where: ShellPlace;
  /** Names the value in errors. */
  readonly what: string;
}

function renderValue(value: unknown, place: ValuePlace): string {
  const { where, what } = place;
  if (where === "$((...))" && (typeof value === "number" || typeof value === "bigint")) return String(value);
  const words = (Array.isArray(value) ? value : [value]).map((one: unknown) => toWord(one, what));
  if (where !== "plain") throw misplaced(where, what);
  return words.map(wordWriter(place, Array.isArray(value))).join(" ");
}

/** Characters of a word that mean nothing to a shell, and what was quoted before. */
const PLAIN = /(?:^|[\s;|(])((?:[\w./:@%+=,-]|'[^']*'|\\')*)$/;
const PLAIN_VALUE = /^[\w./:@%+,-]+$/;
/** What a shell could take for the name of a variable: `NAME=`. */
const NAME = /^\w*$/;

/** How a value is written there: without quotes where it cannot join with its neighbours into something else (`2>`, `a=`, `[a-z]`). */
function wordWriter({ before, after }: ValuePlace, isList: boolean): (word: string) => string {
  const rest = after();
  if (rest !== undefined && (before === "" || /[\s/=]$/.test(before)) && /^(?:$|\/)/.test(rest)) return quoteWord;
  const begun = PLAIN.exec(before)?.[1];
  if (isList || begun === undefined || rest === undefined) return quote;
  return (word) => {
    const isAssigned = NAME.test(begun) && rest.includes("=");
    return PLAIN_VALUE.test(word) && !isAssigned && !isReserved(begun + word + rest) ? word : quote(word);
  };
}

function restOfWord(strings: readonly string[], values: readonly unknown[], from: number): string | undefined {
  let rest = "";
  for (let index = from + 1; index < strings.length; index++) {
    const [literal = ""] = /^[\w./:@%+=,-]*/.exec(strings[index] ?? "") ?? [];
    rest += literal;
    const next = strings[index]?.slice(literal.length) ?? "";
    if (next !== "") return /^[\s;|)&]/.test(next) ? rest : undefined;
    if (index >= values.length) return rest;
    const value = values[index];
    if (typeof value === "object" || value === "") return undefined;
    rest += String(value);
  }
  return rest;
}

function isRaw(value: unknown): value is { readonly raw: string } {
  return typeof value === "object" && value !== null && "raw" in value && typeof value.raw === "string";
}

function misplaced(place: ShellPlace, what: string): UsageError {
  const where = place === "backslash" ? "after a backslash" : place === "dollar" ? "after $" : `inside ${place}`;
  const hint = place.endsWith("quotes")
    ? 'Leave the quotes out: values are quoted as they are put in. `echo ${name}` instead of `echo "${name}"`. Inside the text of another shell, pass it with vars().'
    : place === "a here-document"
      ? "Use writeFile or stdin, or pass the value with vars()."
      : "Pass the value with vars(), or use raw() for text that you quote yourself.";
  return new UsageError("TEMPLATE_PLACE", `A value stands ${where} (${what}), where it cannot be quoted.`, { hint });
}

function refuseLostBackslashes(text: string): void {
  for (const { 0: lost, index } of text.matchAll(/\\[\s\S]/g)) {
    if (KNOWN_ESCAPE.test(text.slice(index, index + 3))) continue;
    throw new UsageError(
      "TEMPLATE_ESCAPE",
      `JavaScript takes the backslash out of ${lost} in a template, so the shell would not see it.`,
      { hint: `Write \\${lost} for the shell to see ${lost}.` },
    );
  }
}

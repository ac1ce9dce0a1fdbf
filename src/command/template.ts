import { UsageError } from "../errors.ts";
import { quote, quoteWord, toWord } from "./quote.ts";
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
    const next = strings[index + 1] ?? "";
    const last = index + 1 === strings.length - 1;
    text += isRaw(value) ? value.raw : renderValue(value, placeAtEnd(text), what, standsAlone(text, next, last));
  }
  return text;
}

function renderValue(value: unknown, place: ShellPlace, what: string, alone: boolean): string {
  if (place === "$((...))" && (typeof value === "number" || typeof value === "bigint")) return String(value);
  const words = (Array.isArray(value) ? value : [value]).map((one: unknown) => toWord(one, what));
  if (place !== "plain") throw misplaced(place, what);
  return words.map(alone ? quoteWord : quote).join(" ");
}

/** True where a bare word cannot join with its neighbours into something else (`2>`, `a=`, `[a-z]`). */
function standsAlone(before: string, next: string, last: boolean): boolean {
  return (before === "" || /[\s/=]$/.test(before)) && (next === "" ? last : /^[\s/]/.test(next));
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

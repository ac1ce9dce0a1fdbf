/** A text by which a secret can be recognised. */
export interface SecretForm {
  readonly text: string;
  /** Programs that print this form break it into lines wherever the width ends: `base64`, `openssl`. */
  readonly wrapped: boolean;
}

const SHORTEST = 3;
/** Encoded forms shorter than this would match by accident. */
const SHORTEST_ENCODED = 6;
/** Lines of a secret with several (a private key) are hidden one by one from this length on. */
const SHORTEST_LINE = 8;

/**
 * All forms in which a secret may be printed, each once. None for values of one or two characters: too common to hide.
 * @param lines what is hidden by itself as it is
 */
export function formsOf(value: string, lines: Iterable<string> = value.split("\n")): readonly SecretForm[] {
  if (value.length < SHORTEST) return [];
  const long = Array.from(lines, (line) => line.replace(/\r$/, "")).filter((line) => line.trim().length >= SHORTEST_LINE);
  const plain = [value, ...long, value.replaceAll("\n", "\r\n"), ...urlForms(value), ...jsonForms(value), ...shellForms(value)];
  const base64 = value.length < SHORTEST_ENCODED ? [] : base64Forms(value);
  return [
    ...[...new Set(plain)].map((text) => ({ text, wrapped: false })),
    ...[...new Set(base64)].map((text) => ({ text, wrapped: true })),
  ];
}

/** Escaped for a path, a query and a form; some escape more characters than others, some in small letters. */
function urlForms(value: string): readonly string[] {
  const component = encodeURIComponent(value.replaceAll(/\p{Surrogate}/gu, "\ufffd"));
  const strict = component.replaceAll(/[!'()*~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  const escaped = [component, strict, strict.replaceAll("%7E", "~")].flatMap((form) => [form, form.replaceAll("%2F", "/")]);
  const forms = [...escaped, new URLSearchParams([["", value]]).toString().slice(1)];
  return [...forms, ...forms.map((form) => form.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

/** As JavaScript writes JSON, and as those do who escape slashes, or all but ASCII. */
function jsonForms(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const ascii = json.replaceAll(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return [json, json.replaceAll("/", "\\/"), ascii, ascii.replaceAll("/", "\\/")];
}

/** Single-quoted, as we and bash do it, and as dash does. */
function shellForms(value: string): readonly string[] {
  return [value.replaceAll("'", "'\\''"), value.replaceAll("'", `'"'"'`)];
}

/** The part of a secret's base64 form that does not depend on what is around it, for each of three alignments. */
function base64Forms(value: string): readonly string[] {
  const bytes = Buffer.from(value, "utf8");
  const forms = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const certain = Math.floor(((offset + bytes.length) * 8) / 6);
    return text.slice(Math.ceil((offset * 8) / 6), certain);
  });
  return [...forms, ...forms.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"))];
}

/**
 * Escape sequences a terminal acts upon: CSI (colours, cursor), OSC and the other strings (titles, links, clipboard) with
 * their ends, and two-character escapes. Bounded, so that an unfinished one cannot swallow the rest; one that begins within a string
 * ends it,
 * or each of a million beginnings would look for its end.
 */
const SEQUENCES =
  /(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\n\x90\x98\x9c-\x9f]{0,2048}(?:\x07|\x1b\\|\x9c)|\x1b[ -/]{0,4}[0-OQ-WYZ\\`-~]/g;

/** Controls but newline and tab; and the marks that reorder text on a screen. */
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text from a host or a repository, made harmless to show: escape sequences are taken out, other control characters
 * become visible (`\x07`). Newlines and tabs stay; `\r\n` becomes a newline.
 */
export function neutralise(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(SEQUENCES, "").replace(CONTROLS, visible);
}

function visible(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

const PASSWORD = /([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/?#:@"]{0,255}):[^\s/?#"]{0,1024}@/gi;

/** Text without the passwords that stand in URLs: what is one where nobody has called it `secret()`. */
export function hideUrlPasswords(text: string): string {
  return text.replace(PASSWORD, "$1:[redacted]@");
}

const STYLE = /\x1b\[[0-9;]*m/g;
const NARROW = /^[\x20-\x7e]*$/;
const ZERO = /\p{M}|[\u200b-\u200d]/u;
const WIDE =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

/** Columns that text takes on a screen, colours not counted. */
export function textWidth(text: string): number {
  const plain = text.replace(STYLE, "");
  if (NARROW.test(plain)) return plain.length;
  return Array.from(plain, characterWidth).reduce((sum, width) => sum + width, 0);
}

/** Text cut to so many columns, with a mark where something is missing. Colours are closed by their own ends. */
export function clip(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let out = "";
  let room = columns - 1;
  for (const [token] of text.matchAll(/\x1b\[[0-9;]*m|./gsu)) {
    const isStyle = token.startsWith("\x1b[");
    const wasFull = room < 0;
    if (!isStyle) room -= characterWidth(token);
    if (isStyle || room >= 0) out += token;
    else if (!wasFull) out += "…";
  }
  return out;
}

/** Text broken between words where it is wider than that; what goes on is indented. A word alone may be wider. */
export function wrap(text: string, columns: number, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const [at, word] of text.split(/(?<=\S) /).entries()) {
    const longer = at === 0 ? word : `${line} ${word}`;
    if (at > 0 && textWidth(longer) > columns) {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line];
}

function characterWidth(character: string): number {
  if (NARROW.test(character)) return 1;
  if (ZERO.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

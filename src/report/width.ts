import { piecesOf, textWidth } from "../columns.ts";

/** Colours, and the beginnings and ends of links (OSC 8). */
const ESCAPE = /(\x1b\[[0-9;]*m|\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\))/;
let segmenter: Intl.Segmenter | undefined;

/** Text cut to so many columns, with a mark where something is missing. Colours and links are closed by their own ends. */
export function clip(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  segmenter ??= new Intl.Segmenter();
  const clusters = segmenter;
  let out = "";
  if (columns < 1) return out;
  let room = columns - 1;
  for (const [at, part] of text.split(ESCAPE).entries()) {
    if (at % 2 === 1) out += part;
    for (const piece of at % 2 === 1 || room < 0 ? [] : piecesOf(part)) {
      if (room < 0) break;
      for (const { segment } of clusters.segment(piece)) {
        room -= textWidth(segment);
        if (room < 0) {
          out += "…";
          break;
        }
        out += segment;
      }
    }
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

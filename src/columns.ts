import stringWidth from "string-width";

/** Colours and links, as we write them. What strips every escape there is takes the square of text that is full of unfinished ones. */
const ESCAPE = /\x1b\[[0-9;]*m|\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\)/g;
/** What string-width begins to strip by itself at. */
const INTRODUCER = /[\x1b\x9b]/g;

/** Columns that one line of text takes on a screen: without colours and links, wide characters and emoji as terminals show them. */
export function textWidth(text: string): number {
  const bare = text.replace(ESCAPE, "").replace(INTRODUCER, "");
  return piecesOf(bare).reduce((sum, piece) => sum + stringWidth(piece), 0);
}

/** `Intl.Segmenter` takes the square of a text's length (node 20): what is longer than any line is measured in pieces. */
export function piecesOf(text: string): readonly string[] {
  return text.match(/[\s\S]{1,500}/gu) ?? [];
}

/** Text with blanks after it, so that it takes that many columns; wider text as it is. */
export function padColumns(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - textWidth(text)));
}

/**
 * Rows in columns, two blanks between; the last column is not padded.
 * @returns a line for each row
 * @example const table = drawColumns([["HOST", "RELEASE"], ["app1.example.com", "20260101120000"]]);
 */
export function drawColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, textWidth(cell));
  const lines = rows.map((row) => row.map((cell, at) => padColumns(cell, widths[at] ?? 0)).join("  "));
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

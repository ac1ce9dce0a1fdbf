import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";

/** Columns that one line of text takes on a screen: without colours and links, wide characters and emoji as terminals show them. */
export function textWidth(text: string): number {
  return stringWidth(stripVTControlCharacters(text));
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

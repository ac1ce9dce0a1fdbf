import { stripVTControlCharacters } from "node:util";

/**
 * Rows in columns, two blanks between; the last column is not padded.
 * @returns a line for each row
 * @example const table = drawColumns([["HOST", "RELEASE"], ["app1.example.com", "20260101120000"]]);
 */
export function drawColumns(rows: readonly (readonly string[])[]): string {
  const shown = (cell: string): number => stripVTControlCharacters(cell).length;
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, shown(cell));
  const lines = rows.map((row) => row.map((cell, at) => cell + " ".repeat((widths[at] ?? 0) - shown(cell))).join("  "));
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

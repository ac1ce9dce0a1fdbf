import { stripVTControlCharacters } from "node:util";

/**
 * Rows in columns, two blanks between; the last column is not padded.
 * @returns a line for each row
 * @example const table = drawColumns([["HOST", "RELEASE"], ["app1.example.com", "20260101120000"]]);
 */
export function drawColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, stripVTControlCharacters(cell).length);
  }
  const pad = (cell: string, width: number): string =>
    cell + " ".repeat(Math.max(0, width - stripVTControlCharacters(cell).length));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, at) => pad(cell, widths[at] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

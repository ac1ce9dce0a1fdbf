import { textWidth } from "../columns.ts";

/** The lines around a place in a text, with a mark under the column. `line` and `column` count from 1. */
export function codeFrame(text: string, line: number, column?: number): string {
  const lines = text.split(/\r?\n/);
  if (line < 1 || line > lines.length) return "";
  const first = Math.max(1, line - 2);
  const last = Math.min(lines.length, line + 1);
  const width = String(last).length;
  const rows: string[] = [];
  for (let number = first; number <= last; number += 1) {
    const source = (lines[number - 1] ?? "").slice(0, 160).replaceAll("\t", " ");
    rows.push(`${number === line ? ">" : " "} ${String(number).padStart(width)} | ${source}`.trimEnd());
    if (number === line && column !== undefined && column <= 160)
      rows.push(`  ${" ".repeat(width)} | ${" ".repeat(textWidth(source.slice(0, column - 1)))}^`);
  }
  return rows.join("\n");
}

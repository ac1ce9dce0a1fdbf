import type { Screen } from "../../src/report/reporter.ts";

/** A screen that remembers, and a terminal that shows what a person would see. */
export interface TestScreen extends Screen {
  readonly written: () => string;
  /** Lines on the terminal after everything that was written, scrolled-off ones included. */
  readonly seen: () => readonly string[];
  readonly cursorShown: () => boolean;
  columns: number;
  rows: number;
}

export function createTestScreen(options: Partial<Pick<Screen, "isTTY" | "columns" | "rows" | "color">> = {}): TestScreen {
  const terminal: Terminal = { lines: [""], row: 0, column: 0 };
  let written = "";
  return {
    isTTY: options.isTTY ?? false,
    columns: options.columns ?? 80,
    rows: options.rows ?? 24,
    color: options.color ?? false,
    write(text) {
      written += text;
      show(terminal, text);
    },
    written: () => written,
    seen: () => (terminal.lines.at(-1) === "" ? terminal.lines.slice(0, -1) : [...terminal.lines]),
    cursorShown: () => written.lastIndexOf("\x1b[?25l") <= written.lastIndexOf("\x1b[?25h"),
  };
}

interface Terminal {
  readonly lines: string[];
  row: number;
  column: number;
}

/** As much of a terminal as the reporters use: newlines, cursor up, carriage return, erasing. Anything else is an error. */
function show(terminal: Terminal, text: string): void {
  const { lines } = terminal;
  for (const part of text.match(/\x1b\[[0-9;?]*[a-zA-Z]|\n|\r|[^\x1b\n\r]+|\x1b/g) ?? []) {
    if (part === "\n") {
      terminal.row++;
      terminal.column = 0;
      lines[terminal.row] ??= "";
    } else if (part === "\r") terminal.column = 0;
    else if (/^\x1b\[(\?25[lh]|[0-9;]*m)$/.test(part)) continue;
    else if (/^\x1b\[\d+A$/.test(part)) terminal.row -= Number(part.slice(2, -1));
    else if (part === "\x1b[J") {
      lines.length = terminal.row + 1;
      lines[terminal.row] = (lines[terminal.row] ?? "").slice(0, terminal.column);
    } else if (part === "\x1b[K") lines[terminal.row] = (lines[terminal.row] ?? "").slice(0, terminal.column);
    else if (part.startsWith("\x1b")) throw new Error(`a sequence that no reporter should write: ${JSON.stringify(part)}`);
    else {
      const line = (lines[terminal.row] ?? "").padEnd(terminal.column);
      lines[terminal.row] = line.slice(0, terminal.column) + part + line.slice(terminal.column + part.length);
      terminal.column += part.length;
    }
    if (terminal.row < 0) throw new Error("the cursor left the screen at its top");
  }
}

import type { Screen } from "./reporter.ts";

/** Writes lines to a screen, and holds them back while a question is asked there. */
export interface Printer {
  line(text: string): void;
  lines(texts: readonly string[]): void;
  pause(): void;
  resume(): void;
  /** Writes what is held back, whatever is still open. */
  close(): void;
}

/** Lines held back at most; older ones are counted instead. */
const HELD = 2000;

export function createPrinter(screen: Screen): Printer {
  let open = 0;
  let held: string[] = [];
  let dropped = 0;
  const lines = (texts: readonly string[]): void => {
    if (texts.length === 0) return;
    if (open === 0) {
      screen.write(`${texts.join("\n")}\n`);
      return;
    }
    held = held.concat(texts.slice(-HELD));
    if (held.length > HELD) dropped += held.splice(0, held.length - HELD).length;
  };
  const release = (): void => {
    if (held.length === 0) return;
    const waiting = dropped === 0 ? held : [`… ${dropped} lines not shown`, ...held];
    held = [];
    dropped = 0;
    lines(waiting);
  };
  return {
    line: (text) => lines([text]),
    lines,
    pause() {
      open++;
    },
    resume() {
      open = Math.max(0, open - 1);
      if (open === 0) release();
    },
    close() {
      open = 0;
      release();
    },
  };
}

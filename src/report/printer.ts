import type { EventOf } from "../runner/events.ts";
import type { Screen } from "./reporter.ts";

/** Lines held back at most; older ones are counted instead. */
const HELD = 2000;

/** Writes lines to a screen, and holds them back while a question is asked there. */
export function createPrinter(screen: Screen) {
  let open = 0;
  let held: string[] = [];
  let dropped = 0;
  const print = (lines: readonly string[]): void => {
    if (lines.length === 0) return;
    if (open === 0) {
      screen.write(`${lines.join("\n")}\n`);
      return;
    }
    held = held.concat(lines.slice(-HELD));
    if (held.length > HELD) dropped += held.splice(0, held.length - HELD).length;
  };
  const release = (): void => {
    const waiting = dropped === 0 ? held : [`… ${dropped} lines not shown`, ...held];
    held = [];
    dropped = 0;
    print(waiting);
  };
  return {
    print,
    prompt({ state }: EventOf<"prompt">): void {
      open = Math.max(0, open + (state === "opened" ? 1 : -1));
      if (open === 0) release();
    },
    /** Writes what is held back, whatever is still open. */
    close(): void {
      open = 0;
      release();
    },
  };
}

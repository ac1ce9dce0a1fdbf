import { textWidth } from "../columns.ts";
import type { Screen } from "./reporter.ts";
import { clip } from "./width.ts";

const HIDE = "\x1b[?25l";
const SHOW = "\x1b[?25h";
const ERASE_BELOW = "\x1b[J";
const ERASE_REST = "\x1b[K";

/** Draws a picture in place on a terminal, below what scrolls by. */
export function createPainter(screen: Screen) {
  let drawn: readonly string[] = [];
  let hidden = false;
  const goToTop = (): string => {
    const columns = Math.max(1, screen.columns);
    // A terminal that became narrower has wrapped what was drawn.
    const height = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / columns)), 0);
    return height === 0 ? "" : `\x1b[${height}A\r`;
  };
  // Line by line over what was there. Terminals that keep a screen which is erased as a whole would fill their history with pictures.
  const over = (lines: readonly string[]): string => lines.map((line) => `${line}${ERASE_REST}\n`).join("");
  const giveBack = (before: string): void => {
    const text = `${before}${hidden ? SHOW : ""}`;
    drawn = [];
    hidden = false;
    if (text !== "") screen.write(text);
  };
  return {
    /** Replaces the picture. */
    draw(lines: readonly string[]): void {
      const columns = Math.max(1, screen.columns - 1);
      const next = lines.map((line) => clip(line, columns));
      if (hidden && next.length === drawn.length && next.every((line, index) => line === drawn[index])) return;
      const before = `${goToTop()}${hidden ? "" : HIDE}`;
      const below = drawn.length === 0 ? "" : ERASE_BELOW;
      drawn = next;
      hidden = true;
      screen.write(before + over(next) + below);
    },
    /** Writes lines above the picture, for good. */
    above(lines: readonly string[]): void {
      if (lines.length === 0) return;
      screen.write(`${goToTop()}${over(lines)}${over(drawn)}${drawn.length === 0 ? "" : ERASE_BELOW}`);
    },
    /** Takes the picture away and gives the cursor back, until it is drawn again. */
    clear: () => giveBack(drawn.length === 0 ? "" : goToTop() + ERASE_BELOW),
    /** Leaves the picture where it is and gives the cursor back. */
    release: () => giveBack(""),
  };
}

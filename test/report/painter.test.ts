import { describe, expect, it } from "vitest";
import { createPainter } from "../../src/report/painter.ts";
import { createTestScreen } from "./screen.ts";

describe("the painter", () => {
  it("draws in place", () => {
    const screen = createTestScreen({ isTTY: true });
    const painter = createPainter(screen);
    painter.draw(["a", "b", "c"]);
    painter.draw(["d"]);
    expect(screen.seen()).toEqual(["d"]);
  });

  it("goes over a picture line by line, and erases only what is left of it", () => {
    const screen = createTestScreen({ isTTY: true });
    const painter = createPainter(screen);
    painter.draw(["a long line", "b", "c"]);
    painter.draw(["a", "b"]);
    expect(screen.seen()).toEqual(["a", "b"]);
    // Erasing from the first row would be erasing the screen, where the picture fills it.
    expect(screen.written()).not.toMatch(/A\r?\x1b\[J/);
  });

  it("writes nothing when nothing changed", () => {
    const screen = createTestScreen({ isTTY: true });
    const painter = createPainter(screen);
    painter.draw(["a"]);
    const before = screen.written();
    painter.draw(["a"]);
    expect(screen.written()).toBe(before);
  });

  it("lets lines scroll by above the picture", () => {
    const screen = createTestScreen({ isTTY: true });
    const painter = createPainter(screen);
    painter.draw(["picture"]);
    painter.above(["one", "two"]);
    painter.draw(["other"]);
    expect(screen.seen()).toEqual(["one", "two", "other"]);
  });

  it("cuts what is wider than the screen, and counts the rows of a picture that became wrapped", () => {
    const screen = createTestScreen({ isTTY: true, columns: 20 });
    const painter = createPainter(screen);
    painter.above(["one", "two"]);
    painter.draw(["x".repeat(30)]);
    expect(screen.seen()).toEqual(["one", "two", `${"x".repeat(18)}…`]);
    screen.columns = 10;
    painter.draw(["y"]);
    expect(screen.written()).toContain("\x1b[2A");
  });

  it("hides the cursor while it draws, and only then", () => {
    const screen = createTestScreen({ isTTY: true });
    const painter = createPainter(screen);
    expect(screen.cursorShown()).toBe(true);
    painter.draw(["a"]);
    expect(screen.cursorShown()).toBe(false);
    painter.clear();
    expect([screen.cursorShown(), screen.seen()]).toEqual([true, []]);
    painter.draw(["a"]);
    painter.release();
    expect([screen.cursorShown(), screen.seen()]).toEqual([true, ["a"]]);
    painter.release();
    expect(screen.written().match(/\x1b\[\?25h/g)).toHaveLength(2);
  });
});

import { describe, expect, it } from "vitest";
import { createPainter } from "../../src/report/tree/painter.ts";
import { createTestScreen } from "./screen.ts";

describe("the painter", () => {
  it("draws in place", () => {
    const screen = createTestScreen({ isTTY: true });
    const painter = createPainter(screen);
    painter.draw(["a", "b", "c"]);
    painter.draw(["d"]);
    expect(screen.seen()).toEqual(["d"]);
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

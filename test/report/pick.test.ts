import { describe, expect, it } from "vitest";
import { pickReporter } from "../../src/report/pick.ts";
import { createTestScreen } from "./screen.ts";

describe("pickReporter", () => {
  const terminal = { isTTY: true, columns: 80, rows: 24 };
  it.each([
    ["tree", "on a terminal", terminal, {}, 0],
    ["tree", "on a terminal where CI is off", terminal, { CI: "false" }, 0],
    ["plain", "in a pipe", { isTTY: false }, {}, 0],
    ["plain", "under CI", terminal, { CI: "true" }, 0],
    ["plain", "on a dumb terminal", terminal, { TERM: "dumb" }, 0],
    ["plain", "on a narrow terminal", { ...terminal, columns: 39 }, {}, 0],
    ["plain", "on a terminal that has no width", { ...terminal, columns: 0 }, {}, 0],
    ["plain", "on a flat terminal", { ...terminal, rows: 5 }, {}, 0],
    ["plain", "with -v", terminal, {}, 1],
  ] as const)("takes %s for auto %s", (name, _, screen, env, verbosity) => {
    expect(pickReporter("auto", { screen: createTestScreen(screen), verbosity, env })).toBe(name);
  });

  it("takes what was asked for", () => {
    const surroundings = { screen: createTestScreen(), verbosity: 0, env: { CI: "1" } } as const;
    expect(pickReporter("tree", surroundings)).toBe("tree");
  });
});

import { describe, expect, it } from "vitest";
import { parseDuration } from "../../src/command/duration.ts";

describe("parseDuration", () => {
  it.each([
    [1500, 1500],
    ["500ms", 500],
    ["90s", 90_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["1.5h", 5_400_000],
    ["2d", 172_800_000],
  ])("reads %j as %d milliseconds", (value, milliseconds) => {
    expect(parseDuration(value)).toBe(milliseconds);
  });

  it.each(["90", "", "s", "5 m", "-5s", "5x", "1h-5m", "0s", 0, -1, Number.NaN, Number.POSITIVE_INFINITY, "25d", 2 ** 31])(
    "refuses %j",
    (value) => {
      expect(() => parseDuration(value)).toThrow(expect.objectContaining({ code: "BAD_DURATION", exitCode: 2 }));
    },
  );
});

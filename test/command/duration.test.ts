import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ANY_DURATION, formatDuration, parseDuration } from "../../src/command/duration.ts";

const refused = expect.objectContaining({ code: "BAD_DURATION", exitCode: 2 });

describe("parseDuration", () => {
  it.each([
    [1500, 1500],
    ["500ms", 500],
    ["90s", 90_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["1.5h", 5_400_000],
    ["2d", 172_800_000],
    ["01:30:00", 5_400_000],
    ["1:30:00", 5_400_000],
    ["00:00:01.5", 1500],
    ["00:00:01.005", 1005],
    ["00:00:00.000001", 0.001],
    ["100:00:00", 360_000_000],
  ])("reads %j as %d milliseconds", (value, milliseconds) => {
    expect(parseDuration(value)).toBe(milliseconds);
  });

  it.each([
    ...["90", "", "s", "5 m", "-5s", "5x", "1h-5m", "0s", 0, -1, Number.NaN, Number.POSITIVE_INFINITY, "25d", 2 ** 31],
    ...[
      "1:30",
      "01:60:00",
      "01:00:60",
      "01:5:00",
      ":30:00",
      "-01:30:00",
      "01:30:00.",
      "1d 01:30:00",
      "01:30:00s",
      "600:00:00",
      "00:00:00",
    ],
  ])("refuses %j", (value) => {
    expect(() => parseDuration(value)).toThrow(refused);
  });

  it.each([
    [Number.NaN, "NaN"],
    [5n, "5n"],
    [undefined, "undefined"],
    [{ for: { ms: 5 } }, "{ for: [Object] }"],
    ["5 m", '"5 m"'],
  ])("says what it was given: %s", (value, shown) => {
    expect(() => parseDuration(value as number)).toThrow(`${shown} is not a duration.`);
  });

  it("takes nothing at all and longer ones where they are asked for", () => {
    expect([0, "0s", "00:00:00", "30d", "1000:00:00"].map((value) => parseDuration(value, ANY_DURATION))).toEqual([
      ...[0, 0, 0, 2_592_000_000, 3_600_000_000],
    ]);
    expect(() => parseDuration(-1, ANY_DURATION)).toThrow(refused);
    expect(() => parseDuration("2m", { most: 90_000 })).toThrow('"2m" is longer than 1m30s, which is the most.');
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0s", "0ms"],
    [999, "0s", "999ms"],
    [999.6, "0s", "1s"],
    [1005, "1s", "1s5ms"],
    [59_999, "59s", "59s999ms"],
    [3_600_000, "1h", "1h"],
    [5_400_000, "1h30m", "1h30m"],
    [93_784_000, "1d2h3m4s", "1d2h3m4s"],
    [8_640_000_001, "100d", "100d1ms"],
    [-1500, "-1s", "-1s500ms"],
    [-1, "0s", "-1ms"],
    [Number.POSITIVE_INFINITY, "Infinity", "Infinity"],
    [Number.NaN, "NaN", "NaN"],
  ])("writes %d ms as %s, and with milliseconds as %s", (milliseconds, text, precise) => {
    expect(formatDuration(milliseconds)).toBe(text);
    expect(formatDuration(milliseconds, { ms: true })).toBe(precise);
  });

  it("is read back as it was, to the millisecond or the second below", () => {
    fc.assert(
      fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds, { ms: true }), ANY_DURATION)).toBe(milliseconds);
        expect(parseDuration(formatDuration(milliseconds), ANY_DURATION)).toBe(milliseconds - (milliseconds % 1000));
      }),
    );
  });
});

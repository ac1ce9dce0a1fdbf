import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatBytes, formatMoment, formatSpan, formatTime } from "../src/amounts.ts";

describe("amounts for eyes", () => {
  it.each([
    [0, "0 s", "0 ms", "0 bytes"],
    [1, "0 s", "1 ms", "1 byte"],
    [25.525447999999997, "0 s", "26 ms", "26 bytes"],
    [1023.9, "1 s", "1.02 s", "1024 bytes"],
    [1536, "1 s", "1.54 s", "1.5 KiB"],
    [59_999, "59 s", "60.00 s", "58.6 KiB"],
    [3_599_999, "59 min", "3600.00 s", "3.4 MiB"],
    [10_800_000, "3 h", "10800.00 s", "10.3 MiB"],
    [172_799_999, "47 h", "172800.00 s", "164.8 MiB"],
    [172_800_000, "2 days", "172800.00 s", "164.8 MiB"],
  ])("are short: %d", (amount, span, time, bytes) => {
    expect([formatSpan(amount), formatTime(amount), formatBytes(amount)]).toEqual([span, time, bytes]);
  });

  it.each([
    ["2026-11-29T06:33:19.123Z", "2026-11-29T09:33:20Z", "2026-11-29 06:33 UTC (3 h ago)"],
    ["2026-11-29T06:33:19+01:00", "2026-11-29T05:33:20Z", "2026-11-29 05:33 UTC (1 s ago)"],
    // A clock that was set back, and one that nobody looked at.
    ["2026-11-29T06:33:19Z", "2026-11-29T06:33:18Z", "2026-11-29 06:33 UTC"],
    ["2026-11-29T06:33:19Z", undefined, "2026-11-29 06:33 UTC"],
    ["2026-11-29T06:33:19Z", "soon", "2026-11-29 06:33 UTC"],
    ["soon", 0, "soon"],
    [0, 1000, "1970-01-01 00:00 UTC (1 s ago)"],
  ])("say when, and how long ago: %s at %s", (moment, now, text) => {
    expect(formatMoment(moment, now)).toBe(text);
  });

  it("have no more digits than eyes can use", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e13, noNaN: true }), (amount) => {
        for (const text of [formatSpan(amount), formatTime(amount), formatBytes(amount)])
          expect(text).toMatch(/^\d+(?:\.\d\d?)? (?:s|min|h|days|ms|bytes?|[KMGT]iB)$/);
      }),
    );
  });

  it("survive what is no date", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.double()), (moment) => void formatMoment(moment, 0)));
  });
});

import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { formatDate, parseDate } from "../../src/process/date.ts";
import { orRefused, soup } from "../fuzz/fuzz.ts";

const zoneBefore = process.env["TZ"];

afterEach(() => {
  if (zoneBefore === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zoneBefore;
});

describe("parseDate with a zone", () => {
  it.each([
    ["2026-12-01T06:00:00Z", "2026-12-01T06:00:00.000Z"],
    ["2026-12-01t06:00:00z", "2026-12-01T06:00:00.000Z"],
    ["2026-12-01 06:00:00+01:00", "2026-12-01T05:00:00.000Z"],
    ["2026-12-01T06:00-0330", "2026-12-01T09:30:00.000Z"],
    ["2026-12-01T06:00:00+01", "2026-12-01T05:00:00.000Z"],
    ["2026-12-01T06:00:00.25Z", "2026-12-01T06:00:00.250Z"],
    ["2026-12-01T06:00:00,123456789Z", "2026-12-01T06:00:00.123Z"],
    ["2024-02-29T23:59:59.999Z", "2024-02-29T23:59:59.999Z"],
    ["0099-01-01T00:00:00Z", "0099-01-01T00:00:00.000Z"],
    ["+012026-12-01T06:00:00Z", "+012026-12-01T06:00:00.000Z"],
  ])("reads %s as %s", (text, date) => {
    expect(parseDate(text).toISOString()).toBe(date);
  });
});

describe("parseDate without a zone", () => {
  it.each([
    ["Europe/Berlin", "2026-12-01T06:00:00", "2026-12-01T05:00:00.000Z"],
    ["Europe/Berlin", "2026-07-01 06:00", "2026-07-01T04:00:00.000Z"],
    ["Europe/Berlin", "2026-12-01", "2026-11-30T23:00:00.000Z"],
    ["America/New_York", "2026-12-01", "2026-12-01T05:00:00.000Z"],
    ["America/New_York", "0099-01-01T00:00:00", "0099-01-01T04:56:02.000Z"],
    // The clock shows it twice: the first.
    ["Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00.000Z"],
    // A day without a midnight.
    ["America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00.000Z"],
  ])("means local time: in %s, %s is %s", (zone, text, date) => {
    process.env["TZ"] = zone;
    expect(parseDate(text).toISOString()).toBe(date);
  });

  it.each([
    ["Europe/Berlin", "2026-03-29T02:30:00"],
    ["America/Sao_Paulo", "2018-11-04T00:00:00"],
    ["Pacific/Apia", "2011-12-30"],
  ])("refuses what clocks skip: in %s, %s", (zone, text) => {
    process.env["TZ"] = zone;
    expect(() => parseDate(text)).toThrow(`'${text}' is a time that local clocks skip.`);
  });
});

describe("parseDate", () => {
  it("takes dates, milliseconds and moments of Temporal", () => {
    const date = new Date("2026-12-01T06:00:00Z");
    const instant = Object.create({
      get epochMilliseconds() {
        return date.getTime();
      },
    }) as { epochMilliseconds: number };
    for (const input of [date, date.getTime(), instant]) expect(parseDate(input)).toEqual(date);
    expect(parseDate(date)).not.toBe(date);
    expect(parseDate(0).getTime()).toBe(0);
  });

  it.each([
    ...[
      "2026-02-30",
      "2025-02-29",
      "2026-13-01",
      "2026-00-01",
      "2026-04-31T10:00:00Z",
      "2026-12-01T24:00:00Z",
      "2026-12-01T10:60Z",
    ],
    ...["2026-12-01T23:59:60Z", "2026-12-01T10:00:00+24:00", "2026-12-01T10:00:00+01:60", "-000000-01-01T00:00:00Z"],
    ...[
      "",
      "tomorrow",
      "1764568800",
      "2026",
      "2026-12",
      "2026-12-1",
      "20261201",
      "2026-12-01T06",
      "2026-12-01Z",
      "1 Dec 2026",
      " 2026-12-01",
    ],
    ...["2026-12-01T06:00:00Z\n", "2026-12-01T06:00:00+01:00[Europe/Berlin]", "2026-W49-2", "２０２６-12-01"],
    ...[Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1, new Date(Number.NaN), null, undefined, {}, [], 5n, true],
    ...[{ epochMilliseconds: "5" }, { epochMilliseconds: Number.NaN }, () => 5],
  ])("refuses %s", (input) => {
    expect(() => parseDate(input as string)).toThrow(
      expect.objectContaining({
        code: "BAD_DATE",
        exitCode: 2,
        hint: expect.stringContaining("without a zone it is local time"),
      }),
    );
  });

  it.each([
    ["2026-02-30", "'2026-02-30' is not a date: no calendar and no clock shows it."],
    ["soon", "'soon' is not a date."],
    [new Date(Number.NaN), "Invalid Date is not a date."],
    ["2026-12-01T10:00:00+24:00", "'2026-12-01T10:00:00+24:00' is not a date: there is no such zone."],
  ])("says what it was given: %s", (input, message) => {
    expect(() => parseDate(input)).toThrow(message);
  });

  it("reads each date as it is written, in every zone", () => {
    const offsets = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 });
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), offsets, (date, offset) => {
        expect(parseDate(date.toISOString())).toEqual(date);
        const there = new Date(date.getTime() + offset * 60_000);
        fc.pre(!Number.isNaN(there.getTime()));
        const [hours, minutes] = [Math.abs(offset) / 60, Math.abs(offset) % 60].map((part) =>
          String(Math.floor(part)).padStart(2, "0"),
        );
        expect(parseDate(there.toISOString().replace("Z", `${offset < 0 ? "-" : "+"}${hours}:${minutes}`))).toEqual(date);
      }),
    );
  });

  it("gives what its text says, or refuses it", () => {
    const day = fc.tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 32 }));
    const texts = day.map(([year, ...rest]) =>
      [String(year).padStart(4, "0"), ...rest.map((part) => String(part).padStart(2, "0"))].join("-"),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const date = orRefused(() => parseDate(`${text}T12:00:00Z`));
        if (date !== undefined) expect(date.toISOString().slice(0, 10)).toBe(text);
      }),
    );
    fc.assert(
      fc.property(soup("2026", "-", "12", "01", "T", ":", "06", "Z", "+01:00", ".5"), (text) => {
        const date = orRefused(() => parseDate(text));
        if (date !== undefined) expect(date.getTime()).not.toBeNaN();
      }),
    );
  });
});

describe("formatDate", () => {
  it.each([
    ["Europe/Berlin", "2026-12-01T05:00:00.250Z", "2026-12-01T06:00:00+01:00", "2026-12-01T06:00:00.250+01:00"],
    ["Europe/Berlin", "2026-07-01T05:00:00Z", "2026-07-01T07:00:00+02:00", "2026-07-01T07:00:00.000+02:00"],
    ["America/St_Johns", "2026-12-01T00:00:00Z", "2026-11-30T20:30:00-03:30", "2026-11-30T20:30:00.000-03:30"],
    ["UTC", "2026-12-01T06:00:00.999Z", "2026-12-01T06:00:00Z", "2026-12-01T06:00:00.999Z"],
    // 4 hours, 56 minutes and 2 seconds behind UTC.
    ["America/New_York", "0099-01-01T00:00:00Z", "0099-01-01T00:00:00Z", "0099-01-01T00:00:00.000Z"],
    ["Asia/Tokyo", "+275760-09-13T00:00:00.000Z", "+275760-09-13T00:00:00Z", "+275760-09-13T00:00:00.000Z"],
  ])("shows local time: in %s, %s is %s", (zone, text, short, long) => {
    process.env["TZ"] = zone;
    expect([formatDate(text), formatDate(new Date(text), { ms: true })]).toEqual([short, long]);
  });

  it("is read back as it was, to the millisecond or the second below, in every zone", () => {
    const zones = fc.constantFrom("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "UTC");
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), zones, (date, zone) => {
        process.env["TZ"] = zone;
        expect(parseDate(formatDate(date, { ms: true }))).toEqual(date);
        expect(parseDate(formatDate(date)).getTime()).toBe(Math.floor(date.getTime() / 1000) * 1000);
      }),
    );
  });

  it("refuses what is no date", () => {
    expect(() => formatDate(Number.NaN)).toThrow(expect.objectContaining({ code: "BAD_DATE" }));
  });
});

/** Moments as they are written. */
import { inspect, types } from "node:util";
import { UsageError } from "../errors.ts";

/**
 * What says when: a `Date`, ISO 8601 text, milliseconds since 1970, or a moment of `Temporal`.
 * @example
 * const until: DateInput = "2026-12-01T06:00:00+01:00";
 */
export type DateInput = Date | string | number | { readonly epochMilliseconds: number };

const HOW_TO_WRITE =
  'Give a Date, milliseconds since 1970, or text such as "2026-12-01", "2026-12-01T06:00", "2026-12-01T06:00:00.250Z", "2026-12-01 06:00:00+01:00"; without a zone it is local time.';

const DAY = /(?<year>\d{4}|[+-]\d{6})-(?<month>\d\d)-(?<day>\d\d)/;
const TIME = /(?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?)?/;
const ZONE = /(?<zone>[Zz]|(?<sign>[+-])(?<zoneHour>\d\d)(?::?(?<zoneMinute>\d\d))?)/;
const WRITTEN = new RegExp(`^${DAY.source}(?:[Tt ]${TIME.source}${ZONE.source}?)?$`);

/** Year, month from 0, day, hour, minute, second, millisecond. */
type Parts = readonly [number, number, number, number, number, number, number];

/**
 * The moment that is meant. Text is ISO 8601 as RFC 3339 has it: `2026-12-01T06:00:00+01:00`, the time to the minute or left out, digits
 * below a millisecond cut off. Without a zone it is local time, also where it is a day alone; where a clock that is put back shows the
 * time twice, the first.
 * @throws UsageError for all else, and for days and times that there are none of: `2026-02-30`, 02:30 where clocks go from 2 to 3
 * @example
 * await sleep({ until: parseDate("2026-12-01T06:00:00Z") });
 */
export function parseDate(input: DateInput): Date {
  const date = typeof input === "string" ? fromText(input) : new Date(toMilliseconds(input));
  if (Number.isNaN(date.getTime())) throw noDate(input, "is not a date");
  return date;
}

/**
 * A moment in local time, as `parseDate` reads it: `2026-12-01T06:00:00+01:00`; `Z` where that is UTC, and for moments at which clocks here were
 * not whole minutes away from it.
 * @param ms with milliseconds; they are cut off otherwise
 * @throws UsageError for what is no date
 * @example
 * t.log.info(`built at ${formatDate(Date.now())}`);
 */
export function formatDate(input: DateInput, { ms = false }: { readonly ms?: boolean | undefined } = {}): string {
  const date = parseDate(input);
  const shown = toUtc(localParts(date));
  const offset = (shown.getTime() - date.getTime()) / 60_000;
  const isLocal = Number.isInteger(offset) && offset !== 0;
  const [hours, minutes] = [Math.abs(offset) / 60, Math.abs(offset) % 60].map((part) =>
    String(Math.floor(part)).padStart(2, "0"),
  );
  const text = (isLocal ? shown : date).toISOString().replace(ms ? "Z" : /\.\d{3}Z$/, "");
  return `${text}${isLocal ? `${offset < 0 ? "-" : "+"}${hours}:${minutes}` : "Z"}`;
}

function toMilliseconds(input: unknown): number {
  if (typeof input === "number") return input;
  if (types.isDate(input)) return Date.prototype.getTime.call(input);
  const moment =
    typeof input === "object" && input !== null && "epochMilliseconds" in input ? input.epochMilliseconds : undefined;
  return typeof moment === "number" ? moment : Number.NaN;
}

function fromText(text: string): Date {
  const found = WRITTEN.exec(text)?.groups;
  if (found === undefined || found["year"] === "-000000") throw noDate(text, "is not a date");
  const numberOf = (name: string): number => Number(found[name] ?? 0);
  const milliseconds = Number((found["fraction"] ?? "").padEnd(3, "0").slice(0, 3));
  const parts: Parts = [
    ...([numberOf("year"), numberOf("month") - 1, numberOf("day")] as const),
    ...([numberOf("hour"), numberOf("minute"), numberOf("second"), milliseconds] as const),
  ];
  const date = toUtc(parts);
  const isThere = isSame(parts, [
    ...([date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()] as const),
    ...([date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), date.getUTCMilliseconds()] as const),
  ]);
  if (!isThere) throw noDate(text, "is not a date: no calendar and no clock shows it");
  if (found["zone"] === undefined) return toLocal(parts, found["hour"] !== undefined, text);
  const [hours, minutes] = [numberOf("zoneHour"), numberOf("zoneMinute")];
  if (hours > 23 || minutes > 59) throw noDate(text, "is not a date: there is no such zone");
  const offset = (hours * 60 + minutes) * 60_000;
  return new Date(found["sign"] === "-" ? date.getTime() + offset : date.getTime() - offset);
}

/** Without the years 0 to 99 being taken for those of the last century, as the constructor does. */
function toUtc([year, month, day, ...time]: Parts): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  date.setUTCHours(...time);
  return date;
}

/** @param hasTime a day alone begins with its first moment, which is not midnight everywhere */
function toLocal(parts: Parts, hasTime: boolean, text: string): Date {
  const [year, month, day, ...time] = parts;
  const date = new Date(0);
  date.setFullYear(year, month, day);
  date.setHours(...time);
  const shown = localParts(date);
  if (!isSame(hasTime ? parts : parts.slice(0, 3), shown)) throw noDate(text, "is a time that local clocks skip");
  return date;
}

/** What clocks and calendars here show at that moment. */
function localParts(date: Date): Parts {
  return [
    ...([date.getFullYear(), date.getMonth(), date.getDate()] as const),
    ...([date.getHours(), date.getMinutes(), date.getSeconds(), date.getMilliseconds()] as const),
  ];
}

function isSame(written: readonly number[], shown: Parts): boolean {
  return written.every((part, index) => part === shown[index]);
}

function noDate(input: unknown, why: string): UsageError {
  const shown = inspect(input, { depth: 0, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 60 });
  return new UsageError("BAD_DATE", `${shown} ${why}.`, { hint: HOW_TO_WRITE });
}

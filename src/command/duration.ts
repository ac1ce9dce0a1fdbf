import { inspect } from "node:util";
import { UsageError } from "../errors.ts";

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** `1h30m`, `1.5h`: amounts with their units. */
const WITH_UNITS = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;

/** `HH:MM:SS`, with a fraction of the last second: a day has an end, hours have none. */
const ON_A_CLOCK = /^(\d+):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?$/;

/** The longest time a timer can wait: for longer, node would let it go off at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Which durations are taken.
 * @example
 * const anyAge: DurationRange = { zero: true, most: Number.POSITIVE_INFINITY };
 */
export interface DurationRange {
  /** Nothing is a duration, too. @default false */
  readonly zero?: boolean | undefined;
  /** In milliseconds. @default what a timer can wait: 24 days */
  readonly most?: number | undefined;
}

/** For what is reckoned with, and given to no timer. */
export const ANY_DURATION: DurationRange = { zero: true, most: Number.MAX_SAFE_INTEGER };

/**
 * Milliseconds of a duration: a number of milliseconds, or text such as `"90s"`, `"5m"`, `"1h30m"`, `"500ms"`, `"01:30:00"`.
 * @throws UsageError for anything else, for nothing at all, and for more than 24 days, unless the range says otherwise.
 * @example
 * const age = parseDuration("30d", { most: Number.POSITIVE_INFINITY }); // 2592000000
 */
export function parseDuration(value: number | string, { zero = false, most = LONGEST }: DurationRange = {}): number {
  const milliseconds = typeof value === "number" ? value : fromText(value);
  if (milliseconds === undefined || !Number.isFinite(milliseconds) || milliseconds < 0 || (milliseconds === 0 && !zero)) {
    throw new UsageError("BAD_DURATION", `${show(value)} is not a duration.`, {
      hint: `Write it with its unit: "500ms", "90s", "5m", "1h30m"; or as "HH:MM:SS"; or as a number of milliseconds, ${zero ? "0 or more" : "more than 0"}.`,
    });
  }
  if (milliseconds > most) {
    const longer = most === LONGEST ? "a timer can wait" : `${formatDuration(most, { ms: true })}, which is the most`;
    throw new UsageError("BAD_DURATION", `${show(value)} is longer than ${longer}.`, {
      hint: most === LONGEST ? "At most 24 days." : undefined,
    });
  }
  return milliseconds;
}

/**
 * A duration in all of its units, as `parseDuration` reads it: `1d2h3m4s`; units with nothing in them are left out.
 * @param milliseconds rounded down to seconds; with `ms` to the nearest millisecond
 * @example
 * t.log.info(`the backup took ${formatDuration(5_400_000)}`); // the backup took 1h30m
 */
export function formatDuration(milliseconds: number, { ms = false }: { readonly ms?: boolean | undefined } = {}): string {
  if (!Number.isFinite(milliseconds)) return String(milliseconds);
  const finest = ms ? "ms" : "s";
  let rest = ms ? Math.round(Math.abs(milliseconds)) : Math.floor(Math.abs(milliseconds) / UNITS.s) * UNITS.s;
  let text = "";
  for (const [unit, size] of Object.entries(UNITS)) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) text += `${amount}${unit}`;
  }
  if (text === "") return `0${finest}`;
  return milliseconds < 0 ? `-${text}` : text;
}

function fromText(text: unknown): number | undefined {
  if (typeof text !== "string") return undefined;
  const [, hours, minutes, seconds, fraction = ""] = ON_A_CLOCK.exec(text) ?? [];
  if (hours !== undefined) {
    const whole = Number(hours) * UNITS.h + Number(minutes) * UNITS.m + Number(seconds) * UNITS.s;
    return whole + Number(fraction.padEnd(9, "0")) / 1e6;
  }
  if (!WITH_UNITS.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
    sum += Number(amount) * UNITS[unit as keyof typeof UNITS];
  return sum;
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : inspect(value, { depth: 0 });
}

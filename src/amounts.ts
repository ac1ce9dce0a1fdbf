/** Times and sizes for eyes: one way to write each of them. */

/**
 * A moment as people read it, in UTC, with its age. Text that is no moment stays as it is.
 * @param moment milliseconds since 1970, or ISO 8601 @param now the same, by the same clock; a moment after it has no age
 * @example
 * t.log.info(`built ${formatMoment("2026-11-29T06:33:12Z", Date.now())}`); // built 2026-11-29 06:33 UTC (3 h ago)
 */
export function formatMoment(moment: number | string, now?: number | string): string {
  const at = toTime(moment);
  if (Number.isNaN(at)) return String(moment);
  const age = toTime(now ?? Number.NaN) - at;
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC${age >= 0 ? ` (${formatSpan(age)} ago)` : ""}`;
}

/**
 * A length of time in its largest unit, rounded down: `59 s`, `12 min`, `3 h`, `2 days`.
 * @param milliseconds 0 or more
 * @example
 * t.log.warn(`the queue is ${formatSpan(720_000)} behind`); // the queue is 12 min behind
 */
export function formatSpan(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} days`;
}

/** A time that was measured, for who looks for what is slow: `12 ms`, `1.24 s`. */
export function formatTime(milliseconds: number): string {
  return milliseconds < 999.5 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

/**
 * A size as people read it: `11 bytes`, `1.5 MiB`.
 * @example
 * t.log.info(`the bundle has ${formatBytes(1_572_864)}`); // the bundle has 1.5 MiB
 */
export function formatBytes(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  if (power === 0) return bytes === 1 ? "1 byte" : `${Math.round(bytes)} bytes`;
  const value = bytes / 1024 ** power;
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${["KiB", "MiB", "GiB", "TiB"][power - 1]}`;
}

function toTime(moment: number | string): number {
  const time = typeof moment === "number" ? moment : Date.parse(moment);
  // Beyond that there are no dates.
  return Math.abs(time) <= 8.64e15 ? time : Number.NaN;
}

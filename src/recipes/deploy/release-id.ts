/** Names of releases: UTC, to the second, `YYYYMMDDHHMMSS`. They sort as text in the order in which they were made. */

import { FUTURE_MS } from "./limits.ts";

const FORMAT = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;

/** The glob that finds them in a shell. */
export const RELEASE_GLOB = "[0-9]".repeat(14);

/** Stands before the id of a release that is being removed. */
export const REMOVING = ".removing-";

/** The moment an id stands for, in milliseconds; undefined when it is not one: `20260231000000`, `v1`. */
export function findReleaseTime(id: string): number | undefined {
  if (!FORMAT.test(id)) return undefined;
  const time = Date.parse(id.replace(FORMAT, "$1-$2-$3T$4:$5:$6Z"));
  // A day that does not exist is counted on into the next month.
  return !Number.isNaN(time) && formatReleaseId(time) === id ? time : undefined;
}

export function isReleaseId(id: string): boolean {
  return findReleaseTime(id) !== undefined;
}

export function formatReleaseId(time: number): string {
  return new Date(time).toISOString().replace(/\D/g, "").slice(0, 14);
}

/** No release is older: what says so, a clock that was never set or a file from an archive, says nothing. */
const OLDEST = Date.UTC(2000, 0, 1);

/** The moment, where it may be meant as that at which a release was made: not absurdly long ago, and not in the future. */
export function credibleTime(time: number | undefined, now: number): number | undefined {
  return time !== undefined && time >= OLDEST && time <= now + FUTURE_MS ? time : undefined;
}

/**
 * The id of the release that is about to be made: now, or one second after the newest of `taken` when that is later, so
 * that ids grow whatever the clocks say. Ids more than two days ahead are somebody's accident and do not count.
 */
export function nextReleaseId(now: number, taken: Iterable<string>): string {
  let next = now;
  for (const id of taken) {
    const time = findReleaseTime(id);
    if (time !== undefined && time <= now + FUTURE_MS) next = Math.max(next, time + 1000);
  }
  return formatReleaseId(next);
}

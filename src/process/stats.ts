import type { Process, Stats } from "./process.ts";

export const COUNTS = [
  "numProcesses",
  "numStarted",
  "numEnded",
  "numErrors",
  "numTimeouts",
  "numForcedKills",
  "numNonZeroExitCodes",
  "numExpectFail",
  "numWriteError",
  "numOk",
  "numFinishedOk",
] as const satisfies readonly (keyof Stats)[];

/**
 * Stats of no process at all.
 * @example
 * const before: Stats = emptyStats();
 */
export function emptyStats(): Stats {
  return { startDate: undefined, endDate: undefined, ...countAll(() => 0) };
}

export function statsOf(processes: readonly Process[]): Stats {
  const count = (is: (process: Process) => boolean): number => processes.filter(is).length;
  const ended = (is: (end: Extract<Process["state"], { state: "ended" }>) => boolean): number =>
    count(({ state }) => state.state === "ended" && is(state));
  const starts = processes.flatMap(({ startDate }) => startDate ?? []);
  const ends = processes.flatMap(({ endDate }) => endDate ?? []);
  return {
    startDate: starts.length === 0 ? undefined : new Date(Math.min(...starts.map(Number))),
    endDate: ends.length === 0 || ends.length < processes.length ? undefined : new Date(Math.max(...ends.map(Number))),
    numProcesses: processes.length,
    numStarted: count(({ isStarted }) => isStarted),
    numEnded: count(({ isEnded }) => isEnded),
    numErrors: ended(({ error }) => error !== undefined),
    numTimeouts: ended(({ timedOut }) => timedOut),
    numForcedKills: ended(({ forced }) => forced),
    numNonZeroExitCodes: count(({ exitCode }) => exitCode !== undefined && exitCode !== 0),
    numExpectFail: count(({ expectFailed }) => expectFailed),
    numWriteError: count(({ writeError }) => writeError !== undefined),
    numOk: count(({ ok }) => ok),
    numFinishedOk: count(({ finishedOk }) => finishedOk),
  };
}

/** All of them together. */
export function sumStats(all: readonly Stats[]): Stats {
  const starts = all.flatMap(({ startDate }) => startDate ?? []);
  const some = all.filter(({ numProcesses }) => numProcesses > 0);
  const ends = some.flatMap(({ endDate }) => endDate ?? []);
  return {
    startDate: starts.length === 0 ? undefined : new Date(Math.min(...starts.map(Number))),
    endDate: ends.length === 0 || ends.length < some.length ? undefined : new Date(Math.max(...ends.map(Number))),
    ...countAll((key) => all.reduce((sum, stats) => sum + stats[key], 0)),
  };
}

function countAll(count: (key: (typeof COUNTS)[number]) => number): Record<(typeof COUNTS)[number], number> {
  return Object.fromEntries(COUNTS.map((key) => [key, count(key)])) as Record<(typeof COUNTS)[number], number>;
}

/** Figures of runs, as they stand in docs/soak.md: rounded, in rows of tables. */
import type { FleetRun } from "./fleet.ts";
import { LEFT_KINDS, type Left } from "./left.ts";
import type { SeriesRun } from "./series.ts";

/** What a line of a table is about, and its figures in the order of the columns. */
export interface Row {
  readonly name: string;
  readonly figures: readonly number[];
}

export interface Column<Of> {
  readonly title: string;
  readonly of: (what: Of) => number;
  /** Behind the point. @default 0 */
  readonly digits?: number;
}

const LEFT_TITLES = {
  process: "processes",
  connection: "connections",
  descriptor: "descriptors of servers",
  lock: "locks",
  file: "temporary files",
} as const satisfies Record<Left["kind"], string>;

const leftColumns = LEFT_KINDS.map(
  (kind): Column<{ readonly left: readonly Left[] }> => ({
    title: LEFT_TITLES[kind],
    of: ({ left }) => left.filter((one) => one.kind === kind).length,
  }),
);

const wrong: Column<{ readonly faults: readonly string[] }> = { title: "faults", of: ({ faults }) => faults.length };

/** How a deploy to many hosts went. */
export const FLEET_OUTCOME: readonly Column<FleetRun>[] = [
  { title: "exit code", of: ({ exitCode }) => exitCode ?? -1 },
  { title: "on the new release", of: ({ moved }) => moved },
  { title: "as before", of: ({ stayed }) => stayed },
  wrong,
  ...leftColumns,
];

/** What it cost the machine that deploys. */
export const FLEET_COST: readonly Column<FleetRun>[] = [
  { title: "connections opened", of: ({ cost }) => cost?.sockets ?? -1 },
  { title: "logins at once", of: ({ cost }) => cost?.atOnce ?? -1 },
  { title: "MB at the start", of: ({ cost }) => megabytes(cost?.startRss), digits: 1 },
  { title: "all connected", of: ({ cost }) => megabytes(cost?.connectedRss), digits: 1 },
  { title: "at most", of: ({ cost }) => megabytes(cost?.peakRss), digits: 1 },
  { title: "at the end", of: ({ cost }) => megabytes(cost?.endRss), digits: 1 },
  { title: "heap at the end", of: ({ cost }) => megabytes(cost?.kept), digits: 1 },
  { title: "descriptors at the start", of: ({ cost }) => cost?.startDescriptors ?? -1 },
  { title: "at the end", of: ({ cost }) => cost?.endDescriptors ?? -1 },
  { title: "CPU s", of: ({ cost }) => (cost?.cpu ?? 0) / 1000, digits: 1 },
  { title: "s", of: ({ wall }) => wall / 1000, digits: 1 },
];

/** A part of a series: medians of what moves, the last of what grows, the sum of what should not be. */
export type Part = Omit<SeriesRun, "run">;

/** Deploys that have a process each. */
export const SERIES: readonly Column<Part>[] = [
  wrong,
  ...leftColumns,
  { title: "MB of the client at most", of: ({ memory }) => megabytes(memory), digits: 1 },
  { title: "open descriptors of a server", of: ({ descriptors }) => descriptors },
  { title: "journal kB", of: ({ journal }) => journal / 1000, digits: 1 },
  { title: "files in the mirror", of: ({ mirrorFiles }) => mirrorFiles },
  { title: "ms", of: ({ wall }) => wall },
];

/** Deploys in one process. */
export const LONG_LIVED: readonly Column<Part>[] = [
  wrong,
  ...leftColumns,
  { title: "MB of heap kept", of: ({ memory }) => megabytes(memory), digits: 1 },
  { title: "open descriptors of the client", of: ({ descriptors }) => descriptors },
  { title: "ms", of: ({ wall }) => wall },
];

export function toRow<Of>(columns: readonly Column<Of>[], name: string, what: Of): Row {
  return { name, figures: columns.map(({ of, digits = 0 }) => Number(of(what).toFixed(digits))) };
}

/** Five parts of a series: what grows is seen from the first to the last. */
export function toParts(runs: readonly SeriesRun[]): readonly (Part & { readonly name: string })[] {
  const size = Math.max(1, Math.ceil(runs.length / 5));
  return Array.from({ length: Math.ceil(runs.length / size) }, (_, index) => {
    const part = runs.slice(index * size, (index + 1) * size);
    const median = (of: (run: SeriesRun) => number): number =>
      part.map(of).sort((a, b) => a - b)[Math.floor(part.length / 2)] ?? 0;
    const last = part.at(-1);
    return {
      name: `${part[0]?.run} to ${last?.run}`,
      wall: median(({ wall }) => wall),
      memory: median(({ memory }) => memory),
      descriptors: Math.max(...part.map(({ descriptors }) => descriptors)),
      journal: last?.journal ?? 0,
      mirrorFiles: last?.mirrorFiles ?? 0,
      faults: part.flatMap(({ faults }) => faults),
      left: part.flatMap(({ left }) => left),
    };
  });
}

function megabytes(bytes = 0): number {
  return bytes / 1e6;
}

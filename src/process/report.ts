import { drawColumns } from "../columns.ts";
import type { Action } from "./action.ts";
import type { Process, Stats } from "./process.ts";
import { COUNTS, sumStats } from "./stats.ts";

/** What a report is about. */
export type Reported = Process | Action | Report;

/** How much of a report is written. */
export interface ReportText {
  /** Words of the columns in full, and dates. @default false: what fits 80 columns */
  readonly wide?: boolean | undefined;
  /** The total alone. @default false */
  readonly brief?: boolean | undefined;
}

const SHORT: Readonly<Record<(typeof COUNTS)[number], string>> = {
  numProcesses: "procs",
  numStarted: "start",
  numEnded: "end",
  numErrors: "err",
  numTimeouts: "time",
  numForcedKills: "kill",
  numNonZeroExitCodes: "code",
  numExpectFail: "exp",
  numWriteError: "wri",
  numOk: "ok",
  numFinishedOk: "fin",
};

const LONG: typeof SHORT = {
  numProcesses: "processes",
  numStarted: "started",
  numEnded: "ended",
  numErrors: "errors",
  numTimeouts: "timeouts",
  numForcedKills: "forced kills",
  numNonZeroExitCodes: "non-zero exit codes",
  numExpectFail: "expects failed",
  numWriteError: "write errors",
  numOk: "ok",
  numFinishedOk: "finished ok",
};

/** Of a name, where columns are narrow. */
const NAME_LENGTH = 18;

/**
 * What became of processes, actions and other reports: worked out anew each time it is asked.
 * @example
 * const whole = report("step 1", [servers, clients]);
 * console.log(whole.toString());
 */
export class Report {
  readonly name: string;
  readonly #parts: Reported[];

  constructor(name: string, parts: Iterable<Reported> = []) {
    this.name = name;
    this.#parts = [...parts];
  }

  get parts(): readonly Reported[] {
    return this.#parts;
  }

  add(...parts: readonly Reported[]): this {
    this.#parts.push(...parts);
    return this;
  }

  stats(): Stats {
    return sumStats(this.#parts.map((part) => part.stats()));
  }

  /** The same with its parts, dates as ISO 8601: for JSON. */
  toJSON(): unknown {
    return {
      ...toJson(this.name, this.stats()),
      parts: this.#parts.map((part) => (part instanceof Report ? part.toJSON() : toJson(part.name, part.stats()))),
    };
  }

  toString({ wide = false, brief = false }: ReportText = {}): string {
    const words = wide ? LONG : SHORT;
    const name = (text: string): string => (wide || text.length <= NAME_LENGTH ? text : `${text.slice(0, NAME_LENGTH - 1)}…`);
    const row = (text: string, stats: Stats): readonly string[] => [
      name(text),
      ...(wide ? [stats.startDate?.toISOString() ?? "-", stats.endDate?.toISOString() ?? "-"] : []),
      ...COUNTS.map((key) => String(stats[key])),
    ];
    const head = ["name", ...(wide ? ["start", "end"] : []), ...COUNTS.map((key) => words[key])];
    const rows = brief ? [] : this.#rows(0).map(([depth, text, stats]) => row(`${"  ".repeat(depth)}${text}`, stats));
    return drawColumns([head, ...rows, row(this.name, this.stats())]);
  }

  #rows(depth: number): readonly (readonly [depth: number, name: string, stats: Stats])[] {
    return this.#parts.flatMap((part) => {
      const own = [depth, part.name, part.stats()] as const;
      return part instanceof Report ? [own, ...part.#rows(depth + 1)] : [own];
    });
  }
}

/**
 * A report of these parts, to which more can be added.
 * @example
 * console.log(report("step 1", [servers, clients]).toString({ wide: true }));
 */
export function report(name: string, parts: Iterable<Reported> = []): Report {
  return new Report(name, parts);
}

function toJson(name: string, { startDate, endDate, ...counts }: Stats) {
  return { name, startDate: startDate?.toISOString() ?? null, endDate: endDate?.toISOString() ?? null, ...counts };
}

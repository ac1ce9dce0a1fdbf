import { drawColumns } from "../columns.ts";
import { neutralise } from "../command/neutralise.ts";
import type { Action } from "./action.ts";
import { Compound } from "./compound.ts";
import type { Process, Stats } from "./process.ts";
import { COUNTS, sumStats } from "./stats.ts";

/** What a report is about. */
export type Reported = Process | Action | Report;

/** How much of a report is written. */
export interface ReportText {
  /** Names in full, words of the columns too, and dates: 175 columns as long as names are short. @default false: what fits 80 columns */
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
  numNonZeroExitCodes: "non-zero code",
  numExpectFail: "no match",
  numWriteError: "write errors",
  numOk: "ok",
  numFinishedOk: "finished ok",
};

/** Of a name, where columns are narrow. Characters. */
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
    return toJson(this);
  }

  toString({ wide = false, brief = false }: ReportText = {}): string {
    const words = wide ? LONG : SHORT;
    const name = (text: string): string => {
      const line = neutralise(text.replaceAll(/\r?\n|\t/g, " "));
      return wide || line.length <= NAME_LENGTH ? line : `${line.slice(0, NAME_LENGTH - 1)}…`;
    };
    const date = (moment: Date | undefined): string => moment?.toISOString().replace(/\.\d+/, "") ?? "-";
    const row = (text: string, stats: Stats): readonly string[] => [
      name(text),
      ...(wide ? [date(stats.startDate), date(stats.endDate)] : []),
      ...COUNTS.map((key) => String(stats[key])),
    ];
    const head = ["name", ...(wide ? ["start", "end"] : []), ...COUNTS.map((key) => words[key])];
    const rows = brief ? [] : rowsOf(this.#parts, 0).map(([depth, text, stats]) => row(`${"  ".repeat(depth)}${text}`, stats));
    return drawColumns([head, ...rows, row(this.name, this.stats())]);
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

type ReportRow = readonly [depth: number, name: string, stats: Stats];

function rowsOf(parts: readonly Reported[], depth: number): readonly ReportRow[] {
  return parts.flatMap((part): readonly ReportRow[] => [
    [depth, part.name, part.stats()],
    ...rowsOf(shownParts(part) ?? [], depth + 1),
  ]);
}

/** Undefined: it has none, or is one to who reads of it. */
function shownParts(part: Reported): readonly Reported[] | undefined {
  return part instanceof Report || (part instanceof Compound && !part.hideParts) ? part.parts : undefined;
}

function toJson(part: Reported): unknown {
  const { startDate, endDate, ...counts } = part.stats();
  const parts = shownParts(part)?.map(toJson);
  const dates = { startDate: startDate?.toISOString() ?? null, endDate: endDate?.toISOString() ?? null };
  return { name: part.name, ...dates, ...counts, ...(parts === undefined ? {} : { parts }) };
}

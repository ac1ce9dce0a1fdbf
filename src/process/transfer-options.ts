/** What transfers are asked to do, and what is wrong with that. */
import { type Problem, ProblemsError } from "../errors.ts";
import type { Host } from "../hosts/host.ts";
import { unknownKeys } from "../suggest.ts";
import type { ActionOptions } from "./action.ts";
import type { ConnectSettings } from "./connect-settings.ts";
import type { Process, ProcessOptions } from "./process.ts";
import { excludeProblem } from "./transfer/exclude.ts";
import type { TransferOutcome } from "./transfer/outcome.ts";
import type { TransferProgress } from "./transfer/progress.ts";

/**
 * How files go from machine to machine.
 * @example
 * const options: PutGetOptions = { timeout: "10m", onProgress: ({ total }) => console.log(total.bytes, total.secondsLeft) };
 */
export interface PutGetOptions extends ActionOptions, Pick<ProcessOptions, "timeout" | "accept" | "log" | "onProblem"> {
  readonly connect?: ConnectSettings | undefined;
  /** Waits until the disk has it before it takes its name. @default true */
  readonly fsync?: boolean | undefined;
  /** Called ten times a second at most, and at the end. */
  readonly onProgress?: ((report: TransferReport) => void) | undefined;
}

/**
 * How files go to hosts, and over which of them.
 * @example
 * const options: PutOptions = { via: "tree", fanOut: 3, timeout: "30m" };
 */
export interface PutOptions extends PutGetOptions {
  /**
   * `star`: each host has them from here. `chain`: the first one has, and each passes them on to the next while they arrive, over SSH connections
   * between the hosts. `tree`: each passes them on to `fanOut` others. @default "star"
   */
  readonly via?: "star" | "chain" | "tree" | undefined;
  /** Of a tree. @default 2 */
  readonly fanOut?: number | undefined;
}

/**
 * How a directory of hosts becomes what one is here.
 * @example
 * const options: SyncOptions = { delete: true, exclude: ["node_modules", "*.log", "cache/"] };
 */
export interface SyncOptions extends PutGetOptions {
  /** Removes what is not here, but for what is excluded. Never in a directory that the home directory is in, and that itself. @default false */
  readonly delete?: boolean | undefined;
  /**
   * Left alone, here and there, with all in it: `*`, `?` and `[a-z]` as in paths. Without a slash it is a name in any directory, with one
   * a path from the directory on, with one behind it a directory.
   * @default nothing
   */
  readonly exclude?: string | readonly string[] | undefined;
  /** Compares files of one size by their content, where else their times decide. @default false */
  readonly checksum?: boolean | undefined;
}

/** How far a transfer is: each host, in their order, and all together. */
export interface TransferReport {
  readonly hosts: readonly HostProgress[];
  readonly total: TransferProgress;
}

/** How far one host is. */
export interface HostProgress extends TransferProgress {
  readonly host: Host;
  readonly process: Process;
  /** What it has done, once it has: never of one that failed. */
  readonly outcome: TransferOutcome | undefined;
}

const OPTIONS = [
  "name",
  "connect",
  "timeout",
  "accept",
  "log",
  "fsync",
  "onProgress",
  "onProblem",
  "onStart",
  "onEnd",
  "onReset",
];

const ONLY_OF: Readonly<Record<"put" | "get" | "sync", readonly string[]>> = {
  put: ["via", "fanOut"],
  get: [],
  sync: ["delete", "exclude", "checksum"],
};

/** @throws ProblemsError with all that is wrong with them; the others are those of a process, which checks them */
export function checkTransferOptions(verb: "put" | "get" | "sync", options: PutOptions | SyncOptions): void {
  const known = [...OPTIONS, ...ONLY_OF[verb]];
  const problems: Problem[] = unknownKeys(options, known).map(({ key, hint }) => ({
    message: `A ${verb} has no option ${JSON.stringify(key)}.`,
    subject: key,
    hint,
  }));
  const refuse = (key: string, why: string): void => {
    problems.push({ message: `The option ${key} of a ${verb} ${why}.`, subject: key });
  };
  const values: Readonly<Record<string, unknown>> = { ...options };
  for (const key of ["fsync", "delete", "checksum"].filter((one) => known.includes(one)))
    if (values[key] !== undefined && typeof values[key] !== "boolean") refuse(key, "must be true or false");
  if (values["onProgress"] !== undefined && typeof values["onProgress"] !== "function")
    refuse("onProgress", "must be a function");
  problems.push(
    ...exclusionProblems(values["exclude"], "The option exclude of a sync").map((one) => ({ ...one, subject: "exclude" })),
  );
  if (problems.length > 0) throw new ProblemsError("BAD_TRANSFER_OPTIONS", problems);
}

/** @param name what patterns that leave files out are called where they were given */
export function exclusionProblems(given: unknown, name: string): readonly Problem[] {
  return toPatterns(given).flatMap((pattern) => {
    const why = excludeProblem(pattern);
    return why === undefined
      ? []
      : [{ message: `${name} cannot have ${JSON.stringify(pattern) ?? String(pattern)}: it ${why}.` }];
  });
}

/** One or many. */
export function toPatterns<Pattern>(given: Pattern | readonly Pattern[]): readonly Pattern[] {
  if (given === undefined) return [];
  return Array.isArray(given) ? (given as readonly Pattern[]) : [given as Pattern];
}

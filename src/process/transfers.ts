import { formatBytes } from "../amounts.ts";
import { toCommand } from "../command/builder.ts";
import { quoteWord } from "../command/quote.ts";
import { type Problem, ProblemsError, type SourceLocation } from "../errors.ts";
import type { Host } from "../hosts/host.ts";
import { unknownKeys } from "../suggest.ts";
import type { Connection } from "../transport/transport.ts";
import { onAbort } from "../wait.ts";
import { type ActionOptions, Processes } from "./action.ts";
import type { ConnectSettings } from "./connect-settings.ts";
import { ManagedProcess } from "./managed-process.ts";
import type { Process, ProcessOptions } from "./process.ts";
import type { Broadcast } from "./transfer/broadcast.ts";
import { addProgress, Meter, type TransferProgress } from "./transfer/progress.ts";
import type { TransferOutcome } from "./transfer/put.ts";
import { openWork } from "./transfer/work-channel.ts";

/**
 * One path or several.
 * @example
 * const paths: PathsInput = ["dist", "conf/*.json"];
 */
export type PathsInput = string | readonly string[];

/**
 * How files go from machine to machine.
 * @example
 * const options: PutGetOptions = { timeout: "10m", onProgress: ({ total }) => console.log(total.bytes, total.secondsLeft) };
 */
export interface PutGetOptions
  extends ActionOptions,
    Pick<ProcessOptions, "timeout" | "accept" | "log" | "onProblem">,
    Pick<TransferSettings, "fsync"> {
  readonly connect?: ConnectSettings | undefined;
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

interface TransferSettings {
  /** Waits until the disk has it before it takes its name. @default true */
  readonly fsync?: boolean | undefined;
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
}

/** What a transfer stands on. */
export interface TransferPlace {
  readonly cwd: string;
  readonly where: () => SourceLocation | undefined;
  reach(host: Host, signal: AbortSignal): Promise<Connection>;
}

/** Milliseconds. */
const REPORT_EVERY = 100;

/** Files on their way to hosts or from them: a process for each host. */
export class Transfer extends Processes {
  readonly #report: () => TransferReport;
  readonly #renew: () => void;

  /** @param renew what was found out for the last start is forgotten */
  constructor(
    name: string,
    processes: readonly Process[],
    options: ActionOptions,
    report: () => TransferReport,
    renew: () => void,
  ) {
    super(name, processes, options);
    this.#report = report;
    this.#renew = renew;
  }

  /** How far it is at the moment. */
  get progress(): TransferReport {
    return this.#report();
  }

  protected override async resetParts(): Promise<void> {
    await super.resetParts();
    this.#renew();
  }
}

/** For one host, once all are found to be right. */
export type HostWork = (wire: Connection, signal: AbortSignal, meter: Meter) => Promise<TransferOutcome>;

/** What was found out before any host is contacted. */
export interface Prepared {
  readonly works: readonly HostWork[];
  /** Where hosts pass files on, it hears of each that is on its way, and of each that will not come. */
  readonly broadcast?: Broadcast | undefined;
}

/** What one host has to do. */
export interface Wanted {
  readonly host: Host;
  readonly paths: readonly string[];
  readonly path: string;
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
const ONLY_OF: Readonly<Record<string, readonly string[]>> = { put: ["via", "fanOut"] };

/** The others are those of a process, which checks them. */
function checkTransferOptions(verb: string, options: PutGetOptions): void {
  const { fsync, onProgress } = options;
  const problems: Problem[] = unknownKeys(options, [...OPTIONS, ...(ONLY_OF[verb] ?? [])]).map(({ key, hint }) => ({
    message: `A ${verb} has no option ${JSON.stringify(key)}.`,
    subject: key,
    hint,
  }));
  if (fsync !== undefined && typeof fsync !== "boolean")
    problems.push({ message: `The option fsync of a ${verb} must be true or false.`, subject: "fsync" });
  if (onProgress !== undefined && typeof onProgress !== "function")
    problems.push({ message: `The option onProgress of a ${verb} must be a function.`, subject: "onProgress" });
  if (problems.length > 0) throw new ProblemsError("BAD_TRANSFER_OPTIONS", problems);
}

/** @param prepare for all hosts, before any is contacted */
export function createTransfer(
  verb: "put" | "get",
  wanted: readonly Wanted[],
  prepare: () => Promise<Prepared>,
  given: PutOptions,
  place: TransferPlace,
): Transfer {
  checkTransferOptions(verb, given);
  const { connect: _, onProgress, fsync: __, via: ___, fanOut: ____, name, onStart, onEnd, onReset, ...options } = given;
  let prepared: Promise<Prepared> | undefined;
  let last = 0;
  const report = (): TransferReport => {
    const hosts = processes.map((process, at) => ({ ...(meters[at] as Meter).read(), process, host: wanted[at]?.host as Host }));
    return { hosts, total: addProgress(hosts) };
  };
  const tell = (isEnd = false): void => {
    if (onProgress === undefined || (!isEnd && performance.now() - last < REPORT_EVERY)) return;
    last = performance.now();
    try {
      onProgress(report());
    } catch {
      // Of a user's: it harms nothing here.
    }
  };
  const meters = wanted.map(() => new Meter());
  const processes = wanted.map(({ host, paths, path }, at) => {
    const text = `${verb} ${paths.map(quoteWord).join(" ")} ${quoteWord(path)}`;
    const open = async (signal: AbortSignal): Promise<Pick<Connection, "open">> => {
      prepared ??= prepare();
      const { works, broadcast } = await prepared;
      broadcast?.expect(at);
      onAbort(signal, () => broadcast?.leave(at));
      const meter = new Meter(tell);
      meters[at] = meter;
      const wire = await place.reach(host, signal).catch((error) => {
        broadcast?.leave(at);
        throw error;
      });
      const work = async (stop: AbortSignal): Promise<string> => {
        try {
          return describe(await (works[at] as HostWork)(wire, stop, meter), meter);
        } finally {
          meter.end();
          tell(true);
        }
      };
      return { open: async (request) => openWork(work, request.signal) };
    };
    return new ManagedProcess(toCommand(text, {}, {}, place.where), { host, connect: open }, options);
  });
  const renew = (): void => {
    prepared = undefined;
  };
  return new Transfer(verb, processes, { name, onStart, onEnd, onReset }, report, renew);
}

function describe({ tool, resumed, route }: TransferOutcome, meter: Meter): string {
  const files = meter.files === 1 ? "1 file" : `${meter.files} files`;
  const sum = tool === "cksum" ? "cksum" : `SHA-256 (${tool})`;
  const there = resumed > 0 ? `, ${formatBytes(resumed)} were there` : "";
  return `${files}, ${formatBytes(meter.bytes)}, verified by ${sum}${there}${route === undefined ? "" : `, ${route}`}`;
}

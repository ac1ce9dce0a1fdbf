import { formatBytes } from "../amounts.ts";
import { toCommand } from "../command/builder.ts";
import { quoteWord } from "../command/quote.ts";
import type { SourceLocation } from "../errors.ts";
import type { Host } from "../hosts/host.ts";
import type { Connection } from "../transport/transport.ts";
import { onAbort } from "../wait.ts";
import { type ActionOptions, Processes } from "./action.ts";
import { ManagedProcess } from "./managed-process.ts";
import type { Process } from "./process.ts";
import type { Broadcast } from "./transfer/broadcast.ts";
import { describeRoute, type TransferOutcome } from "./transfer/outcome.ts";
import { addProgress, Meter } from "./transfer/progress.ts";
import { openWork } from "./transfer/work-channel.ts";
import type { PutOptions, TransferReport } from "./transfer-options.ts";

/**
 * One path or several.
 * @example
 * const paths: PathsInput = ["dist", "conf/*.json"];
 */
export type PathsInput = string | readonly string[];

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

/** @param prepare for all hosts, before any is contacted */
export function createTransfer(
  verb: "put" | "get" | "sync",
  wanted: readonly Wanted[],
  prepare: () => Promise<Prepared>,
  given: PutOptions,
  place: TransferPlace,
): Transfer {
  const { connect: _, onProgress, fsync: __, via: ___, fanOut: ____, name, onStart, onEnd, onReset, ...options } = given;
  let prepared: Promise<Prepared> | undefined;
  let last = 0;
  const report = (): TransferReport => {
    const hosts = processes.map((process, at) => {
      const about = { process, host: wanted[at]?.host as Host, outcome: outcomes[at] };
      return { ...(meters[at] as Meter).read(), ...about };
    });
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
  const outcomes: (TransferOutcome | undefined)[] = [];
  const processes = wanted.map(({ host, paths, path }, at) => {
    const text = `${verb} ${paths.map(quoteWord).join(" ")} ${quoteWord(path)}`;
    const open = async (signal: AbortSignal): Promise<Pick<Connection, "open">> => {
      prepared ??= prepare();
      const { works, broadcast } = await prepared;
      broadcast?.expect(at);
      onAbort(signal, () => broadcast?.leave(at));
      const meter = new Meter(tell);
      meters[at] = meter;
      outcomes[at] = undefined;
      const wire = await place.reach(host, signal).catch((error) => {
        broadcast?.leave(at);
        throw error;
      });
      const work = async (stop: AbortSignal): Promise<string> => {
        try {
          const outcome = await (works[at] as HostWork)(wire, stop, meter);
          outcomes[at] = outcome;
          return describe(outcome, meter);
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

function describe({ tool, resumed, unchanged, deleted = [], leftOut = [], route }: TransferOutcome, meter: Meter): string {
  const files = meter.files === 1 ? "1 file" : `${meter.files} files`;
  const sum = tool === "cksum" ? "cksum" : `SHA-256 (${tool})`;
  return [
    files,
    formatBytes(meter.bytes),
    `verified by ${sum}`,
    ...(resumed > 0 ? [`${formatBytes(resumed)} were there`] : []),
    ...(unchanged === undefined ? [] : [`${unchanged} unchanged`]),
    ...(deleted.length > 0 ? [`${deleted.length} deleted`] : []),
    ...(leftOut.length > 0 ? [`left out: ${leftOut.join(", ")} (leading nowhere)`] : []),
    ...(route === undefined ? [] : [describeRoute(route)]),
  ].join(", ");
}

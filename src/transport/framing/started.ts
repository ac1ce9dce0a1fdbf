/** Processes on a host: where they come from, and who listens to them. */
import { within } from "../../wait.ts";
import type { StreamName } from "../command-result.ts";
import { GRACE_MS, KILL_NEWS_MS, PID_MS } from "../limits.ts";
import type { CommandResult } from "../transport.ts";
import type { Holding } from "./holding.ts";
import type { HostProcess, StartRequest } from "./host-process.ts";
import type { KeptNotes } from "./kept.ts";
import type { FlightParser, FlightParserOptions, KillRequest } from "./parser.ts";
import { type Piece, parsePid, Splitter } from "./splitter.ts";

/** What its maker says of a connection. */
export interface ConnectionOptions {
  /** What was printed outside of all commands. */
  readonly onNoise?: FlightParserOptions["onNoise"];
  /** What a user should know and the run survives. */
  readonly onWarning?: ((text: string) => void) | undefined;
  /** Milliseconds between SIGTERM and SIGKILL. @default 5000 */
  readonly grace?: number | undefined;
  /** What is known of the texts that the host keeps. @default it keeps none */
  readonly kept?: KeptNotes | undefined;
}

/** What all that runs on a connection shares. */
export interface ConnectionParts {
  readonly source: ProcessSource;
  /** What the connection holds. */
  readonly holding: Holding;
  readonly options: ConnectionOptions;
}

/** Where processes come from, and go back to. */
export interface ProcessSource {
  /** True: shells serve flight after flight, behind SESSION_PRELUDE. */
  readonly shellsStay: boolean;
  /** A shell for one flight, at once where one waits. @throws ConnectError */
  takeShell(signal: AbortSignal | undefined): Promise<Started>;
  /** @param stays it waits for another flight */
  returnShell(shell: Started, stays: boolean): void;
  /** A process that lasts as long as it likes, in a place of its own until it is released. @throws ConnectError */
  start(request: StartRequest): Promise<HostProcess>;
}

/** What is taken, or undefined when it is not wanted any more: then it is given back. */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  take: () => Promise<T>,
  giveBack: (taken: T) => void,
): Promise<T | undefined> {
  try {
    signal?.throwIfAborted();
    const taken = await take();
    if (signal?.aborted !== true) return taken;
    giveBack(taken);
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
  return undefined;
}

/** Who takes what a process says. */
export type Listener = Pick<FlightParser, "push" | "close">;

/** Characters of what login scripts print that are kept for the error when no shell starts. */
const NOISE = 2000;

/** Pieces of output that are kept for the first who listens. */
const EARLY = 16;

/** A process on a host, and who listens to it: one parser after the other, so that nothing is kept of the many that a shell may have. */
export class Started {
  readonly process: HostProcess;
  /** Settles with the pid, which the process knows from then on; with undefined when it ended before that. */
  readonly pid: Promise<number | undefined>;
  /** What came before the process was there: from a login script, or from a shell that lets nobody in. */
  noise = "";
  /** Until the pid has come. */
  #splitter: Splitter | undefined;
  readonly #onOutput = (chunk: Buffer): void => {
    if (this.process.pid === undefined) this.#begin(this.#splitter?.push(chunk) ?? []);
    else this.#parser?.push("stdout", chunk);
  };
  readonly #onErrors = (chunk: Buffer): void => {
    if (this.process.pid === undefined) this.#hear(chunk);
    if (this.#parser === undefined) this.#keep("stderr", chunk);
    else this.#parser.push("stderr", chunk);
  };
  #parser: Listener | undefined;
  /** Came before there was a parser. */
  #early: (readonly [StreamName, Buffer])[] | undefined = [];
  #isClosed = false;
  #closedBy: Error | undefined;
  #settlePid: (pid: number | undefined) => void = () => undefined;

  constructor(process: HostProcess) {
    this.process = process;
    this.#splitter = new Splitter(process.marker, parsePid);
    this.pid = new Promise((resolve) => {
      this.#settlePid = resolve;
    });
    if (process.pid !== undefined) this.#settlePid(process.pid);
    for (const stream of [process.stdin, process.stdout, process.stderr]) stream?.on("error", () => undefined);
    process.stdout.on("data", this.#onOutput);
    process.stderr?.on("data", this.#onErrors);
    process.closed.then((error) => {
      this.#isClosed = true;
      this.#closedBy = error;
      this.#settlePid(undefined);
      this.#begin(this.#splitter?.end() ?? []);
      this.#parser?.close(error);
    });
  }

  /** From now on what comes is for this one. */
  listen(parser: Listener): void {
    this.#parser = parser;
    for (const [stream, bytes] of this.#early ?? []) parser.push(stream, bytes);
    this.#early = undefined;
    if (this.#isClosed) parser.close(this.#closedBy);
  }

  /** Nobody listens any more: what comes is dropped. */
  leave(): void {
    this.#parser = undefined;
  }

  /** Leaves the streams to somebody else. */
  detach(): void {
    this.process.stdout.off("data", this.#onOutput);
    this.process.stderr?.off("data", this.#onErrors);
  }

  /** Rejects when the signal could not be delivered. */
  async signal(name: NodeJS.Signals, group: number | undefined): Promise<void> {
    const pid = group ?? (await within(PID_MS, this.pid));
    if (pid !== undefined || !this.#isClosed) await this.process.signal(name, pid);
  }

  /**
   * SIGTERM, and SIGKILL when the flight is not over after the grace time. The shell outlives SIGTERM and reports how the
   * command ended; after SIGKILL there is nobody left to report.
   * Rejects when the host could not be told: what runs there may run on.
   */
  async end(results: Promise<readonly CommandResult[]>, request: KillRequest, grace: number = GRACE_MS): Promise<void> {
    const over = Promise.race([results, this.process.closed]).then(() => true);
    await this.signal("SIGTERM", request.processGroup);
    request.delivered();
    if ((await within(grace, over)) === true) return;
    await this.signal("SIGKILL", request.processGroup);
    await within(KILL_NEWS_MS, over);
  }

  #begin(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      if (piece.kind === "data") {
        this.#keep("stdout", piece.bytes);
        this.#hear(piece.bytes);
      } else if (piece.kind === "pid") {
        this.process.pid = piece.pid;
        this.#settlePid(piece.pid);
        const { rest } = this.#splitter ?? {};
        // What it holds is part of a larger chunk.
        this.#splitter = undefined;
        if (rest !== undefined && rest.length > 0) this.#keep("stdout", rest);
      }
    }
  }

  #hear(bytes: Buffer): void {
    this.noise = (this.noise + bytes.toString("utf8")).slice(-NOISE);
  }

  #keep(stream: StreamName, bytes: Buffer): void {
    if (this.#parser !== undefined) this.#parser.push(stream, bytes);
    else if (this.#early !== undefined && this.#early.length < EARLY) this.#early.push([stream, bytes]);
  }
}

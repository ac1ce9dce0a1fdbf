/**
 * Takes apart what one shell prints for one flight (script.ts says what it is sent) and turns it into events and results.
 *
 *   const parser = createFlightParser({ commands, timeouts, marker, signal, onEvent, onNoise, kill });
 *   channel.stdout.on("data", (chunk) => parser.push("stdout", chunk));   the same for stderr
 *   channel.on("close", () => parser.close());                            parser.close(error) when the link was lost
 *   const results = await parser.results;                                 one for each command, never rejects
 *
 * `results` settles with the flight's last frame: a daemon that keeps the pipes open holds nothing up. When `stays` is true
 * then, the shell may be given another flight, with a parser of its own.
 *
 * Commands are strictly one after the other, their streams are not: a stream that is ahead waits until the other has
 * caught up. The shell has written the end of a command to both before it starts the next, so the wait is short.
 */
import { toError } from "../../errors.ts";
import type { StopReason } from "../command-result.ts";
import type { CommandResult } from "../transport.ts";
import { CAPTURE_LIMIT } from "./output.ts";
import type { FlightParserOptions } from "./parser-options.ts";
import { type RunningCommand, type StreamName, startCommand } from "./running.ts";
import { createSplitter, type Piece, type Splitter } from "./splitter.ts";
import { type FlightEnd, fillResults, notStopped, shellEnded, tooMuchOutput } from "./unfinished.ts";

export interface FlightParser {
  push(stream: StreamName, chunk: Uint8Array): void;
  /** Nothing more will come. With an error: what was sent may have run all the same. */
  close(error?: Error): void;
  /** Ends the running command and with it the flight: what an abort does. */
  stop(reason: StopReason): void;
  readonly results: Promise<readonly CommandResult[]>;
  /** The flight is over, it was not ended from here, and the shell waits for another one. */
  readonly stays: boolean;
  /** Bytes behind the flight's last frame. */
  rest(stream: StreamName): Buffer;
}

const NOISE_TAIL = 2000;

export function createFlightParser(options: FlightParserOptions): FlightParser {
  return new Parser(options);
}

interface Side {
  readonly splitter: Splitter;
  queue: Piece[];
  /** Between the frames of the running command. */
  inside: boolean;
  /** The last command whose end frame has come. */
  ended: number;
  /** The flight's last frame has come, and which. */
  last: "ends" | "stays" | undefined;
}

class Parser implements FlightParser {
  readonly results: Promise<readonly CommandResult[]>;
  readonly #options: FlightParserOptions;
  readonly #sides: ReadonlyMap<StreamName, Side>;
  readonly #finished: CommandResult[] = [];
  #settle: (results: readonly CommandResult[]) => void = () => {};
  readonly #onAbort = (): void => this.stop({ status: "killed" });
  #running: RunningCommand | undefined;
  #exitStatus: number | undefined;
  #stopped: (StopReason & { readonly index: number | undefined }) | undefined;
  #noise = "";
  /** The host is being told to end the command: whether all of it can be ended is not known yet. */
  #telling = false;
  /** Nothing more will come; to be looked at when the host was told. */
  #ended = false;
  #over = false;

  constructor(options: FlightParserOptions) {
    this.#options = options;
    const names: readonly StreamName[] = options.merged === true ? ["stdout"] : ["stdout", "stderr"];
    const side = (): Side => ({ splitter: createSplitter(options.marker), queue: [], inside: false, ended: -1, last: undefined });
    this.#sides = new Map(names.map((name) => [name, side()]));
    this.results = new Promise((resolve) => {
      this.#settle = resolve;
    });
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (options.signal?.aborted === true) this.#onAbort();
  }

  push(stream: StreamName, chunk: Uint8Array): void {
    const side = this.#sides.get(stream);
    if (side === undefined) return;
    side.queue.push(...side.splitter.push(chunk));
    this.#drain();
  }

  close(error?: Error): void {
    if (this.#over) return;
    this.#ended = true;
    if (this.#telling && error === undefined) return;
    for (const side of this.#sides.values()) side.queue.push(...side.splitter.end());
    this.#drain();
    this.#complete(error === undefined ? { kind: "ended", cause: shellEnded(this.#noise) } : { kind: "lost", cause: error });
  }

  stop(reason: StopReason): void {
    if (this.#over || this.#stopped !== undefined) return;
    this.#stopped = { ...reason, index: this.#running?.index };
    this.#telling = true;
    const delivered = (): void => {
      this.#telling = false;
      this.#drain();
      if (this.#ended) this.close();
    };
    this.#options.kill({ processGroup: this.#running?.pid, reason, delivered }).then(
      () => {
        delivered();
        this.close();
      },
      (error: unknown) => this.close(notStopped(reason, toError(error))),
    );
  }

  get stays(): boolean {
    return this.#stopped === undefined && [...this.#sides.values()].every(({ last }) => last === "stays");
  }

  rest(stream: StreamName): Buffer {
    return this.#sides.get(stream)?.splitter.rest ?? Buffer.alloc(0);
  }

  /** Goes on as long as one of the streams can. */
  #drain(): void {
    let moved = true;
    while (moved && !this.#over) {
      moved = false;
      for (const [name, side] of this.#sides) {
        if (this.#drainSide(name, side)) moved = true;
      }
    }
  }

  #drainSide(name: StreamName, side: Side): boolean {
    let taken = 0;
    for (const piece of side.queue) {
      if (this.#over || this.#mustWait(piece)) break;
      taken++;
      this.#take(name, side, piece);
    }
    side.queue = side.queue.slice(taken);
    return taken > 0;
  }

  /** Whether the host has to be told first, or the other stream has to come to the end of the running command. */
  #mustWait(piece: Piece): boolean {
    if (this.#telling && piece.kind !== "data") return true;
    if (this.#running === undefined) return false;
    return piece.kind === "last" || (piece.kind === "start" && piece.index !== this.#running.index);
  }

  #take(name: StreamName, side: Side, piece: Piece): void {
    if (piece.kind === "data") this.#takeData(name, side, piece.bytes);
    else if (piece.kind === "start") this.#begin(side, piece.index, piece.pid);
    else if (piece.kind === "end") this.#end(name, side, piece);
    else {
      side.last = piece.stays === true ? "stays" : "ends";
      if ([...this.#sides.values()].every(({ last }) => last !== undefined)) this.#complete({ kind: "last" });
    }
  }

  #begin(side: Side, index: number, pid: number | undefined): void {
    const command = this.#options.commands[index];
    // The shell takes them in order: what a host says of any other is no frame of ours.
    if (command === undefined || index !== this.#finished.length) return;
    side.inside = true;
    if (this.#running === undefined) {
      this.#running = startCommand(command, index, {
        now: this.#options.now ?? (() => performance.now()),
        timeout: this.#options.timeouts?.[index],
        onTimeout: () => this.stop({ status: "timed-out" }),
        captureLimit: this.#options.captureLimit,
      });
      this.#options.onEvent?.({ kind: "started", index });
    }
    this.#running.pid ??= pid;
    if (this.#options.merged === true && pid === undefined) this.#options.onBegun?.();
  }

  #takeData(stream: StreamName, side: Side, bytes: Buffer): void {
    const running = this.#running;
    if (running === undefined || !side.inside) {
      const text = bytes.toString("utf8");
      this.#noise = (this.#noise + text).slice(-NOISE_TAIL);
      this.#options.onNoise?.(text, stream);
    } else if (stream === "stdout" && this.#options.sink !== undefined) {
      this.#options.sink(bytes);
    } else {
      this.#emitOutput(stream, running.take(stream, bytes));
      if (running.overflowed) this.stop({ status: "failed", cause: tooMuchOutput(this.#options.captureLimit ?? CAPTURE_LIMIT) });
    }
  }

  #end(stream: StreamName, side: Side, { index, status }: Extract<Piece, { kind: "end" }>): void {
    const running = this.#running;
    if (running?.index !== index) return;
    side.inside = false;
    side.ended = running.index;
    this.#exitStatus = status;
    this.#emitOutput(stream, running.close(stream));
    if ([...this.#sides.values()].every(({ ended }) => ended === running.index)) this.#finish(undefined);
  }

  #finish(cause: Error | undefined): void {
    const running = this.#running;
    if (running === undefined) return;
    const result = running.finish({ exitStatus: this.#exitStatus, stopped: this.#reasonFor(running.index), cause });
    this.#running = undefined;
    this.#exitStatus = undefined;
    this.#finished.push(result);
    this.#options.onEvent?.({ kind: "finished", index: running.index, result });
  }

  /** A command that slipped in behind the one whose time was up was killed with it. */
  #reasonFor(index: number): StopReason | undefined {
    if (this.#stopped === undefined || this.#stopped.index === undefined || this.#stopped.index === index) return this.#stopped;
    return { status: "killed" };
  }

  #emitOutput(stream: StreamName, text: string): void {
    if (text === "" || this.#running === undefined) return;
    this.#options.onEvent?.({ kind: "output", index: this.#running.index, stream, text });
  }

  #complete(end: FlightEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    // Whoever ended it knows why no exit status came, unless the link was lost before it was sure.
    this.#finish(end.kind === "last" || (end.kind === "ended" && this.#stopped !== undefined) ? undefined : end.cause);
    this.#settle(fillResults(this.#options.commands, this.#finished, end, this.#stopped));
  }
}

/**
 * Takes apart what one shell prints for one flight (script.ts says what it is sent) and turns it into events and results.
 *
 *   const parser = new FlightParser({ commands, marker, signal, onEvent, onNoise, kill });
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
import type { Command } from "../../command/command.ts";
import { toError } from "../../errors.ts";
import { RunningCommand, type StopReason, type StreamName } from "../command-result.ts";
import { CAPTURE_LIMIT } from "../output.ts";
import type { CommandEvent, CommandResult } from "../transport.ts";
import { type Piece, Splitter } from "./splitter.ts";
import { type FlightEnd, fillResults, notStopped, refusedResult, shellEnded, tooMuchOutput } from "./unfinished.ts";

const NOISE_TAIL = 2000;

export interface KillRequest {
  /** What to kill; undefined when the shell has not said it yet: end the channel. */
  readonly processGroup: number | undefined;
  readonly reason: StopReason;
  /** To be called when the host has the first signal: until then no end of the command is believed. */
  delivered(): void;
}

export interface FlightParserOptions {
  readonly commands: readonly Command[];
  readonly marker: string;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: CommandEvent) => void) | undefined;
  /** What was printed outside of all commands: by login scripts, or by daemons after their command had ended. */
  readonly onNoise?: ((text: string, stream: StreamName) => void) | undefined;
  /**
   * Ends the running command with its process group: SIGTERM, and SIGKILL when the flight is not over after the grace
   * time. Called at most once. Settles when nothing is left to wait for; rejects when it may still run.
   */
  readonly kill: (request: KillRequest) => Promise<void>;
  /** Takes stdout's bytes in place of result and events. */
  readonly sink?: ((bytes: Buffer) => void) | undefined;
  /** Everything comes on stdout, as from a terminal. @default false */
  readonly merged?: boolean | undefined;
  /** Whether the host has the text that it is to keep (kept.ts). Without it, it waits for the text itself. */
  readonly onKept?: ((has: boolean) => void) | undefined;
  /** On a terminal: the command can be given its input. */
  readonly onBegun?: (() => void) | undefined;
  /** Milliseconds, monotonic. @default performance.now */
  readonly now?: (() => number) | undefined;
  /** Bytes that a command which captures all may print. @default CAPTURE_LIMIT */
  readonly captureLimit?: number | undefined;
}

interface Side {
  readonly name: StreamName;
  readonly splitter: Splitter;
  readonly queue: Piece[];
  /** Between the frames of the running command. */
  inside: boolean;
  /** The last command whose end frame has come. */
  ended: number;
  /** The flight's last frame has come, and which. */
  last: "ends" | "stays" | undefined;
}

export class FlightParser {
  /** Never rejects. */
  readonly results: Promise<readonly CommandResult[]>;
  /** The flight is over, it was not ended from here, and the shell waits for another one. */
  stays = false;
  /** The first command was started, or the flight was over by what the shell said. */
  hasBegun = false;
  readonly #options: FlightParserOptions;
  readonly #out: Side;
  /** The one of stdout on a terminal. */
  readonly #err: Side;
  readonly #sides: readonly Side[];
  readonly #finished: CommandResult[] = [];
  readonly #onAbort = (): void => this.stop({ status: "killed" });
  readonly #onTimeout = (): void => this.stop({ status: "timed-out" });
  #settle!: (results: readonly CommandResult[]) => void;
  #running: RunningCommand | undefined;
  #exitStatus: number | undefined;
  /** A signal has ended a command: what it would have waited for may be left. */
  #wasEnded = false;
  /** The running command was none: what the connection holds is gone. */
  #refused = false;
  #stopped: (StopReason & { readonly index: number | undefined }) | undefined;
  #noise = "";
  /** The host is being told to end the command: whether all of it can be ended is not known yet. */
  #telling = false;
  /** Nothing more will come; to be looked at when the host was told. */
  #ended = false;
  #over = false;

  constructor(options: FlightParserOptions) {
    this.#options = options;
    const { marker } = options;
    this.#out = { name: "stdout", splitter: new Splitter(marker), queue: [], inside: false, ended: -1, last: undefined };
    this.#err = options.merged === true ? this.#out : { ...this.#out, name: "stderr", splitter: new Splitter(marker), queue: [] };
    this.#sides = options.merged === true ? [this.#out] : [this.#out, this.#err];
    this.results = new Promise((resolve) => {
      this.#settle = resolve;
    });
    if (options.signal?.aborted === true) this.#onAbort();
    else options.signal?.addEventListener("abort", this.#onAbort);
  }

  push(stream: StreamName, chunk: Buffer): void {
    const side = stream === "stdout" ? this.#out : this.#err;
    if (side.name !== stream) return;
    side.queue.push(...side.splitter.push(chunk));
    this.#drain();
  }

  /** Nothing more will come. With an error: what was sent may have run all the same. */
  close(error?: Error): void {
    if (this.#over) return;
    this.#ended = true;
    if (this.#telling && error === undefined) return;
    for (const side of this.#sides) side.queue.push(...side.splitter.end());
    this.#drain();
    this.#complete(error === undefined ? { kind: "ended", cause: shellEnded(this.#noise) } : { kind: "lost", cause: error });
  }

  /** Ends the running command and with it the flight: what an abort does. */
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

  /** Goes on as long as one of the streams can. */
  #drain(): void {
    for (let moved = true; moved && !this.#over; ) {
      moved = false;
      for (const side of this.#sides) {
        let taken = 0;
        for (const piece of side.queue) {
          if (this.#over) break;
          // The host has to be told first, or the other stream has to come to the end of the running command.
          if (this.#telling && piece.kind !== "data") break;
          const index = this.#running?.index;
          if (index !== undefined && (piece.kind === "last" || (piece.kind === "start" && piece.index !== index))) break;
          taken += 1;
          this.#take(side, piece);
        }
        side.queue.splice(0, taken);
        moved ||= taken > 0;
      }
    }
  }

  #take(side: Side, piece: Piece): void {
    if (piece.kind === "data") this.#takeData(side, piece.bytes);
    else if (piece.kind === "start") this.#begin(side, piece.index, piece.pid);
    else if (piece.kind === "kept") this.#options.onKept?.(piece.has);
    else if (piece.kind === "last") {
      this.hasBegun = true;
      side.last = piece.stays === true ? "stays" : "ends";
      if (this.#out.last !== undefined && this.#err.last !== undefined) this.#complete({ kind: "last" });
    } else if (piece.kind === "end" && piece.index === this.#running?.index) {
      side.inside = false;
      side.ended = piece.index;
      this.#exitStatus = piece.status;
      this.#refused ||= piece.refused === true;
      if (this.#running.hasPrinted) this.#emitOutput(side, this.#running.close(side.name));
      if (this.#out.ended === piece.index && this.#err.ended === piece.index) this.#finish(undefined);
    }
  }

  #begin(side: Side, index: number, pid: number | undefined): void {
    const { commands, captureLimit, merged, onBegun, onEvent } = this.#options;
    const command = commands[index];
    // The shell takes them in order: what a host says of any other is no frame of ours.
    if (command === undefined || index !== this.#finished.length) return;
    side.inside = true;
    this.hasBegun = true;
    if (this.#running === undefined) {
      const options = { now: this.#options.now, onTimeout: this.#onTimeout, captureLimit };
      this.#running = new RunningCommand(command, index, options);
      onEvent?.({ kind: "started", index });
    }
    this.#running.pid ??= pid;
    if (merged === true && pid === undefined) onBegun?.();
  }

  #takeData(side: Side, bytes: Buffer): void {
    const running = this.#running;
    if (running === undefined || !side.inside) {
      const text = bytes.toString("utf8");
      this.#noise = (this.#noise + text).slice(-NOISE_TAIL);
      this.#options.onNoise?.(text, side.name);
    } else if (side.name === "stdout" && this.#options.sink !== undefined) {
      this.#options.sink(bytes);
    } else {
      this.#emitOutput(side, running.take(side.name, bytes));
      if (running.overflowed) this.stop({ status: "failed", cause: tooMuchOutput(this.#options.captureLimit ?? CAPTURE_LIMIT) });
    }
  }

  #emitOutput({ name: stream }: Side, text: string): void {
    if (text !== "" && this.#running !== undefined)
      this.#options.onEvent?.({ kind: "output", index: this.#running.index, stream, text });
  }

  #finish(cause: Error | undefined): void {
    const running = this.#running;
    if (running === undefined) return;
    const { index } = running;
    // A command that slipped in behind the one whose time was up was killed with it.
    const isOwn = this.#stopped?.index === undefined || this.#stopped.index === index;
    const ended = running.finish({ exitStatus: this.#exitStatus, stopped: isOwn ? this.#stopped : { status: "killed" }, cause });
    const result = this.#refused ? refusedResult(ended) : ended;
    this.#running = undefined;
    this.#exitStatus = undefined;
    this.#finished.push(result);
    this.#wasEnded ||= result.signal !== undefined;
    this.#options.onEvent?.({ kind: "finished", index, result });
  }

  #complete(end: FlightEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    // Whoever ended it knows why no exit status came, unless the link was lost before that was sure.
    this.#finish(end.kind === "last" || (end.kind === "ended" && this.#stopped !== undefined) ? undefined : end.cause);
    this.stays = !this.#wasEnded && this.#stopped === undefined && this.#out.last === "stays" && this.#err.last === "stays";
    const { commands } = this.#options;
    const isFull = this.#finished.length === commands.length;
    this.#settle(isFull ? Object.freeze(this.#finished) : fillResults(commands, this.#finished, end, this.#stopped));
  }
}

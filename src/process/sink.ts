/** Where the bytes of outputs go: a file of ours, or a stream of the user's, which many outputs may share. */
import { createWriteStream } from "node:fs";
import { toError } from "../errors.ts";

/** Bytes that wait for a slow disk before the process is held up. */
const FILE_BUFFER = 1024 * 1024;

export interface SinkEvents {
  readonly onError: (error: Error) => void;
  /** It can take more again. */
  readonly onDrain: () => void;
}

/** What one output writes to one target. */
export class Sink {
  readonly #events: SinkEvents;
  readonly #isOwn: boolean;
  readonly #target: SharedTarget;
  #isOver = false;
  #pending = 0;
  #idle: (() => void)[] = [];

  /** @param target the name of a file, which is emptied, or a stream */
  constructor(target: NodeJS.WritableStream | string, events: SinkEvents) {
    this.#events = events;
    this.#isOwn = typeof target === "string";
    const stream = typeof target === "string" ? createWriteStream(target, { highWaterMark: FILE_BUFFER }) : target;
    this.#target = SharedTarget.of(stream);
    this.#target.join(this);
  }

  /** True while the target is behind. */
  get isFull(): boolean {
    return !this.#isOver && this.#target.isFull;
  }

  write(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#pending++;
    this.#target.write(bytes, () => this.#written());
  }

  /** Nothing more comes. A file is closed, a stream of the user's stays open. */
  end(): void {
    if (this.#isOver) return;
    if (this.#isOwn) {
      this.#pending++;
      this.#target.close(() => this.#written());
    }
    // Errors of what is still on its way are to be heard. A stream that is being ended says nothing when it has caught up.
    void this.idle().then(() => {
      this.#leave();
      this.#events.onDrain();
    });
  }

  /** Settles when the target has taken all of it, or takes nothing any more. */
  idle(): Promise<void> {
    return this.#pending === 0 || this.#isOver ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  drained(): void {
    this.#events.onDrain();
  }

  /** Nothing more can be written. */
  failed(error: Error): void {
    if (this.#isOver) return;
    this.#leave();
    this.#events.onError(error);
    this.#settle();
    this.#events.onDrain();
  }

  #leave(): void {
    this.#isOver = true;
    this.#target.leave(this);
  }

  #written(): void {
    this.#pending--;
    if (this.#pending === 0) this.#settle();
  }

  #settle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** A stream with one listener for each event, however many outputs write to it: node warns of more than ten. */
class SharedTarget {
  static readonly #known = new WeakMap<NodeJS.WritableStream, SharedTarget>();
  isFull = false;
  readonly #stream: NodeJS.WritableStream;
  readonly #sinks = new Set<Sink>();
  #isHeard = false;
  /** Its error may be told of only when it has been closed. */
  #isBroken = false;

  private constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  static of(stream: NodeJS.WritableStream): SharedTarget {
    const known = SharedTarget.#known.get(stream) ?? new SharedTarget(stream);
    SharedTarget.#known.set(stream, known);
    return known;
  }

  join(sink: Sink): void {
    this.#sinks.add(sink);
    if (this.#isHeard) return;
    this.#isHeard = true;
    this.#stream.on("error", this.#onError).on("drain", this.#onDrain).on("close", this.#onClose);
  }

  leave(sink: Sink): void {
    this.#sinks.delete(sink);
    this.#unhear();
  }

  write(bytes: Uint8Array, onWritten: () => void): void {
    try {
      // A stream that was destroyed before tells it in the callback only.
      const takesMore = this.#stream.write(bytes, (error) => this.#done(onWritten, error));
      if (!takesMore) this.isFull = true;
    } catch (error) {
      this.#done(onWritten, toError(error));
    }
  }

  close(onClosed: () => void): void {
    this.#stream.end(() => this.#done(onClosed));
  }

  #done(told: () => void, error?: Error | null): void {
    if (error != null) this.#onError(error);
    told();
  }

  /** Not before an error is told of: without anybody who listens, it would end the program. */
  #unhear(): void {
    if (!this.#isHeard || this.#isBroken || this.#sinks.size > 0) return;
    this.#isHeard = false;
    this.#stream.off("error", this.#onError).off("drain", this.#onDrain).off("close", this.#onClose);
  }

  readonly #onError = (error: Error): void => {
    this.isFull = false;
    this.#isBroken = true;
    for (const sink of [...this.#sinks]) sink.failed(error);
  };

  readonly #onDrain = (): void => {
    this.isFull = false;
    for (const sink of [...this.#sinks]) sink.drained();
  };

  readonly #onClose = (): void => {
    this.#onError(new Error("The stream was closed before all was written to it."));
    this.#isBroken = false;
    this.#unhear();
  };
}

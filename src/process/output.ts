import { CapturedOutput } from "../transport/output.ts";
import { LineReader } from "./line-reader.ts";
import { LineSplitter } from "./line-splitter.ts";
import { Searchable } from "./searchable.ts";
import { Sink } from "./sink.ts";

/** Which of the two outputs of a process. */
export type OutputName = "stdout" | "stderr";

/**
 * How much of an output is held. `"all"`: up to 64 MiB, and the tail of what is more. `"tail"`: the last 64 KiB. `"none"`: nothing.
 * @example
 * const keep: Keep = "tail";
 */
export type Keep = "all" | "tail" | "none";

/** Something that a process has printed, or the end of that. */
export interface OutputEvent {
  readonly stream: OutputName;
  /** Empty at the end. */
  readonly text: string;
  /** Nothing more comes. */
  readonly eof: boolean;
  /** Why nothing more comes, where it is not that all was said. */
  readonly error: Error | undefined;
}

export interface OutputOptions {
  readonly keep: Keep;
  /** Hears of what handlers throw, and of what cannot be written. */
  readonly onHandlerError: (error: unknown) => void;
}

type OutputHandler = (event: OutputEvent) => unknown;

/** Who listens to an output. */
interface OutputListener {
  take(text: string): void;
  end(): void;
}

/** Where its bytes go. */
interface WriteTarget {
  readonly to: NodeJS.WritableStream | string;
  /** Undefined after a reset, until something comes. */
  sink: Sink | undefined;
}

/** One of the two outputs of a process: decoded, kept, searched, told and written as it comes. */
export class Output {
  readonly searchable = new Searchable();
  readonly #name: OutputName;
  readonly #options: OutputOptions;
  #captured: CapturedOutput;
  readonly #listeners = new Set<OutputListener>();
  readonly #targets: WriteTarget[] = [];
  readonly #drainListeners: (() => void)[] = [];
  readonly #readers = new Set<LineReader>();
  #hasEnded = false;
  #error: Error | undefined;
  #writeError: Error | undefined;

  constructor(name: OutputName, options: OutputOptions) {
    this.#name = name;
    this.#options = options;
    this.#captured = new CapturedOutput({ keep: options.keep });
  }

  /** What is held of it. */
  get text(): string {
    return this.#captured.text;
  }

  /** True when `text` is not all of it. */
  get truncated(): boolean {
    return this.#captured.truncated;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** True while somebody who reads it or is written to is behind: more is taken, but should wait. */
  get isFull(): boolean {
    return this.#targets.some(({ sink }) => sink?.isFull === true) || [...this.#readers].some((reader) => reader.isFull);
  }

  /** Calls back once, when nobody is behind. */
  onDrain(listener: () => void): void {
    this.#drainListeners.push(listener);
    this.#checkDrain();
  }

  /** Bytes that may be cut anywhere: a character in two parts is put together, what is no UTF-8 becomes U+FFFD. */
  push(bytes: Uint8Array): void {
    if (this.#hasEnded) return;
    for (const target of this.#targets) this.#sinkOf(target).write(bytes);
    this.#take(this.#captured.push(bytes));
  }

  /** Nothing more comes. @param error why, when it is not that all was said */
  end(error?: Error): void {
    if (this.#hasEnded) return;
    this.#take(this.#captured.end());
    this.#hasEnded = true;
    this.#error = error;
    this.searchable.finish();
    for (const reader of this.#readers) reader.end();
    for (const target of this.#targets) this.#sinkOf(target).end();
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener.end();
  }

  /** Calls back for what comes from now on, and at the end. @returns how to stop */
  onText(handler: (event: OutputEvent) => void): () => void {
    return this.#listen({
      take: (text) => this.#call(handler, text),
      end: () => this.#call(handler, undefined),
    });
  }

  /** Calls back for each line that comes from now on, the last unfinished one at the end, and then for the end. @returns how to stop */
  onLine(handler: (event: OutputEvent) => void): () => void {
    const splitter = new LineSplitter();
    const tell = (lines: readonly string[]): void => {
      for (const line of lines) if (this.#listeners.has(listener)) this.#call(handler, line);
    };
    const listener: OutputListener = {
      take: (text) => tell(splitter.push(text)),
      end: () => {
        tell(splitter.end());
        if (this.#listeners.has(listener)) this.#call(handler, undefined);
      },
    };
    return this.#listen(listener);
  }

  /**
   * Writes the bytes that come from now on to a stream, which stays open at the end, or to a file, which is made or emptied at once and
   * closed at the end. What goes wrong is told to `onHandlerError`, and by `written`.
   */
  writeTo(target: NodeJS.WritableStream | string): void {
    const known: WriteTarget = { to: target, sink: undefined };
    this.#targets.push(known);
    const sink = this.#sinkOf(known);
    if (this.#hasEnded) sink.end();
  }

  /** Waits until all so far is written, and until files are closed when it has ended. @returns what went wrong first */
  async written(): Promise<Error | undefined> {
    await Promise.all(this.#targets.map(({ sink }) => sink?.idle()));
    return this.#writeError;
  }

  /** The lines of what is held and of what comes, from the first that is held from its beginning. Starts when somebody iterates. */
  async *lines(): AsyncGenerator<string, void, undefined> {
    const reader = new LineReader(this.text, this.truncated, () => this.#checkDrain());
    if (this.#hasEnded) reader.end();
    this.#readers.add(reader);
    try {
      yield* reader.lines();
    } finally {
      this.#readers.delete(reader);
      this.#checkDrain();
    }
  }

  /**
   * Forgets what has come, for another beginning: who listens goes on, and files are made anew when something comes. What is still on its
   * way to them would come in between: wait for `written` before.
   */
  reset(): void {
    for (const target of this.#targets) {
      target.sink?.end();
      target.sink = undefined;
    }
    this.#captured = new CapturedOutput({ keep: this.#options.keep });
    this.searchable.reset();
    this.#hasEnded = false;
    this.#error = undefined;
    this.#writeError = undefined;
    this.#checkDrain();
  }

  #take(text: string): void {
    if (text === "") return;
    this.searchable.push(text);
    for (const reader of this.#readers) reader.push(text);
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener.take(text);
  }

  #listen(listener: OutputListener): () => void {
    this.#listeners.add(listener);
    // Who comes too late is told of the end all the same, but not before it knows how to stop.
    if (this.#hasEnded) queueMicrotask(() => this.#hasEnded && this.#listeners.has(listener) && listener.end());
    return () => this.#listeners.delete(listener);
  }

  /** @param text undefined for the end */
  #call(handler: OutputHandler, text: string | undefined): void {
    const eof = text === undefined;
    try {
      const done = handler({ stream: this.#name, text: text ?? "", eof, error: eof ? this.#error : undefined });
      // Nobody waits for an asynchronous one, and what it throws is nobody else's.
      if (done instanceof Promise) done.catch(this.#options.onHandlerError);
    } catch (error) {
      this.#options.onHandlerError(error);
    }
  }

  #sinkOf(target: WriteTarget): Sink {
    const onError = (error: Error): void => {
      this.#writeError ??= error;
      this.#options.onHandlerError(error);
    };
    target.sink ??= new Sink(target.to, { onError, onDrain: () => this.#checkDrain() });
    return target.sink;
  }

  #checkDrain(): void {
    if (this.#drainListeners.length > 0 && !this.isFull) for (const listener of this.#drainListeners.splice(0)) listener();
  }
}

import { Duplex } from "node:stream";

/** What the stream beneath a tunnel does not say itself. */
export interface TunnelHooks {
  /** Settles when it is certain that the other side has ended, and was not cut off. */
  readonly confirmEnd?: (() => Promise<void>) | undefined;
  /** What a write fails with that comes to nothing. */
  readonly reset: () => Error;
}

/**
 * The bytes of another stream, as a stream of Node's is: written no faster than the other takes them, closed once and for all, and ended
 * by an error where it was cut off.
 */
export class TunnelStream extends Duplex {
  readonly #inner: Duplex;
  readonly #reset: () => Error;
  #isClosed = false;
  #failWrite: ((error: Error) => void) | undefined;

  constructor(inner: Duplex, { confirmEnd, reset }: TunnelHooks) {
    super();
    this.#inner = inner;
    this.#reset = reset;
    inner.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) inner.pause();
    });
    inner.once("end", async () => {
      try {
        await confirmEnd?.();
        this.push(null);
      } catch (error) {
        this.destroy(error as Error);
      }
    });
    inner.on("error", (error) => this.destroy(error));
  }

  /** The other side takes nothing any more. What it has sent can still be read. */
  close(): void {
    this.#isClosed = true;
    const fail = this.#failWrite;
    this.#failWrite = undefined;
    fail?.(this.#reset());
  }

  override _read(): void {
    this.#inner.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#isClosed) return void done(this.#reset());
    this.#failWrite = done;
    this.#inner.write(chunk, (error) => {
      if (this.#failWrite !== done) return;
      this.#failWrite = undefined;
      done(error);
    });
  }

  /** Who is gone need not hear of it. */
  override _final(done: (error?: Error | null) => void): void {
    if (this.#isClosed) done();
    else this.#inner.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#failWrite = undefined;
    this.#inner.removeAllListeners("data").resume();
    this.#inner.destroy();
    done(error);
  }
}

import { setMaxListeners } from "node:events";
import type { Duplex } from "node:stream";
import { onAbort } from "../../wait.ts";
import type { Listening, OnConnection, TcpAddress, TunnelOptions } from "../tunnel.ts";
import { checkAddress } from "./errors.ts";

/** A port that is listened on. */
export interface Port {
  readonly number: number;
  /** Settles when it is free, or nobody can tell. Never rejects. */
  close(): Promise<void>;
}

/** What a transport has to offer for tunnels. Both reject with a ConnectError. */
export interface TunnelSource {
  dial(address: TcpAddress, signal: AbortSignal): Promise<Duplex>;
  listen(address: TcpAddress, onConnection: OnConnection, signal: AbortSignal): Promise<Port>;
}

interface OpenPort {
  /** Nothing more comes. */
  end(lost: Error | undefined): void;
}

/** The tunnels and the ports of one connection, which end with it. */
export class Tunnels {
  readonly #source: TunnelSource;
  readonly #streams = new Set<Duplex>();
  readonly #listeners = new Set<OpenPort>();
  readonly #over = new AbortController();

  constructor(source: TunnelSource) {
    this.#source = source;
    // Any number may be on their way.
    setMaxListeners(0, this.#over.signal);
  }

  dial(address: TcpAddress, { signal }: TunnelOptions): Promise<Duplex> {
    return this.#attempt(
      signal,
      (stop) => {
        checkAddress(address, 1);
        return this.#source.dial(address, stop);
      },
      (stream) => this.#keep(stream),
      (stream) => void ignoreErrors(stream).destroy(),
    );
  }

  listen(address: TcpAddress, onConnection: OnConnection, { signal }: TunnelOptions): Promise<Listening> {
    let isOpen = true;
    const take: OnConnection = (stream) => {
      if (!isOpen || this.#over.signal.aborted) return void ignoreErrors(stream).destroy();
      this.#keep(stream);
      // Whoever parses what came must not meet an error of ours.
      process.nextTick(onConnection, stream);
    };
    return this.#attempt(
      signal,
      (stop) => {
        checkAddress(address, 0);
        return this.#source.listen(address, take, stop);
      },
      (port) => {
        let settle: (lost: Error | undefined) => void = () => undefined;
        const closed = new Promise<Error | undefined>((resolve) => {
          settle = resolve;
        });
        const listener: OpenPort = {
          end: (lost) => {
            isOpen = false;
            void port.close();
            settle(lost);
          },
        };
        this.#listeners.add(listener);
        const close = async (): Promise<void> => {
          if (!isOpen) return;
          this.#listeners.delete(listener);
          isOpen = false;
          await port.close();
          settle(undefined);
        };
        return { address: { host: address.host, port: port.number }, closed, close };
      },
      (port) => void port.close(),
    );
  }

  /** The connection is over: nothing more comes or goes. `lost`: it was not closed from here. */
  end(reason: Error, lost: Error | undefined): void {
    this.#over.abort(reason);
    for (const listener of this.#listeners) listener.end(lost);
    this.#listeners.clear();
    for (const stream of this.#streams) stream.destroy(reason);
  }

  /** What comes of it when nobody waits for it any more is thrown away. */
  async #attempt<T, R>(
    signal: AbortSignal | undefined,
    start: (stop: AbortSignal) => Promise<T>,
    use: (value: T) => R,
    drop: (value: T) => void,
  ): Promise<R> {
    this.#over.signal.throwIfAborted();
    signal?.throwIfAborted();
    const stop = signal === undefined ? this.#over.signal : AbortSignal.any([signal, this.#over.signal]);
    return new Promise<R>((resolve, reject) => {
      let isWanted = true;
      const stopListening = onAbort(stop, () => {
        isWanted = false;
        reject(stop.reason);
      });
      const settle = (): boolean => {
        stopListening();
        return isWanted;
      };
      Promise.resolve()
        .then(() => start(stop))
        .then(
          (value) => (settle() ? resolve(use(value)) : drop(value)),
          (error) => void (settle() && reject(error)),
        );
    });
  }

  #keep<S extends Duplex>(stream: S): S {
    this.#streams.add(ignoreErrors(stream));
    stream.once("close", () => this.#streams.delete(stream));
    return stream;
  }
}

/** Whoever uses the stream hears of them; nobody may. */
function ignoreErrors<S extends Duplex>(stream: S): S {
  return stream.on("error", () => undefined);
}

import { setMaxListeners } from "node:events";
import type { Duplex } from "node:stream";
import { FakeError, toError } from "../../errors.ts";
import type { Host } from "../../hosts/host.ts";
import type { Connection } from "../../transport/transport.ts";
import type { Listening, TcpAddress } from "../../transport/tunnel.ts";
import { formatAddress } from "../../transport/tunnels/errors.ts";
import { onAbort } from "../../wait.ts";
import type { ForwardOptions, Tunnel } from "./forward.ts";
import { cutOff, join } from "./join.ts";
import { readSocks, type SocksRequest } from "./socks.ts";
import type { ForwardWish } from "./wish.ts";

/** To say where to go, in SOCKS. Milliseconds. */
const SOCKS_MS = 30_000;

/** To read why not, in SOCKS. Milliseconds. */
const LAST_WORDS_MS = 2000;

/** Addresses whose failures are remembered, so that each is told once. */
const MOST_TOLD = 1000;

type End = Pick<Connection, "dial" | "listen" | "closed">;

/** What a tunnel is made of. */
export interface TunnelParts {
  readonly wish: ForwardWish;
  /** Undefined: this machine. */
  readonly host: Host | undefined;
  /** Of this machine. */
  readonly near: End;
  readonly far: End;
}

/** Listens. @throws ConnectError, the signal's reason when that aborts first */
export async function openTunnel(
  parts: TunnelParts,
  { signal, onProblem }: Pick<ForwardOptions, "signal" | "onProblem">,
): Promise<Tunnel> {
  const tunnel = new OpenTunnel(parts, onProblem);
  await tunnel.listen(signal);
  return tunnel;
}

class OpenTunnel implements Tunnel {
  readonly host: Host | undefined;
  readonly to: TcpAddress | undefined;
  readonly reverse: boolean;
  readonly closed: Promise<Error | undefined>;
  address: TcpAddress;
  total = 0;
  failed = 0;
  readonly #from: End;
  readonly #into: End;
  readonly #onProblem: ForwardOptions["onProblem"];
  readonly #streams = new Set<Duplex>();
  /** What was told, by address. */
  readonly #told = new Map<string, string>();
  readonly #over = new AbortController();
  #listening: Listening | undefined;
  #settle: (lost: Error | undefined) => void = () => undefined;

  constructor({ wish, host, near, far }: TunnelParts, onProblem: ForwardOptions["onProblem"]) {
    const { listen, to, reverse } = wish;
    this.host = host;
    this.to = to;
    this.reverse = reverse;
    this.address = listen;
    this.#from = reverse ? far : near;
    this.#into = reverse ? near : far;
    this.#onProblem = onProblem;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    // Any number of connections may be on their way.
    setMaxListeners(0, this.#over.signal);
  }

  get port(): number {
    return this.address.port;
  }

  get connections(): number {
    return this.#streams.size;
  }

  async listen(signal: AbortSignal | undefined): Promise<void> {
    const listening = await this.#from.listen(this.address, (stream) => void this.#take(stream), { signal });
    this.#listening = listening;
    this.address = listening.address;
    const stop = signal === undefined ? undefined : onAbort(signal, () => void this.close());
    void this.closed.then(stop);
    // One side without the other would take connections that come to nothing.
    for (const gone of [this.#into.closed, listening.closed]) void gone.then((lost) => this.#end(lost));
  }

  close(): Promise<void> {
    return this.#end(undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(lost: Error | undefined): Promise<void> {
    if (this.#over.signal.aborted) return void (await this.closed);
    const reason = lost ?? new FakeError("TUNNEL_CLOSED", "The tunnel was closed.");
    this.#over.abort(reason);
    for (const stream of this.#streams) cutOff(stream, reason);
    await this.#listening?.close();
    this.#settle(lost);
    if (lost !== undefined) this.#tell(lost);
  }

  /** What comes of it is told; the tunnel stays. */
  async #take(stream: Duplex): Promise<void> {
    this.total += 1;
    this.#streams.add(stream.on("error", () => undefined));
    stream.once("close", () => this.#streams.delete(stream));
    let about = "";
    try {
      const asked = this.to === undefined ? await this.#ask(stream) : undefined;
      const address = asked?.address ?? (this.to as TcpAddress);
      about = formatAddress(address);
      const other = await this.#dial(stream, address, asked);
      this.#told.delete(about);
      if (asked !== undefined) stream.write(asked.granted);
      const cut = onAbort(this.#over.signal, () => cutOff(other, this.#over.signal.reason));
      await join(stream, other).finally(cut);
    } catch (thrown) {
      this.failed += 1;
      this.#drop(stream);
      this.#tellOnce(about, toError(thrown));
    }
  }

  async #ask(stream: Duplex): Promise<SocksRequest> {
    const timer = setTimeout(() => cutOff(stream), SOCKS_MS);
    try {
      return await readSocks(stream);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Who goes away meanwhile needs nothing any more. */
  async #dial(stream: Duplex, address: TcpAddress, asked: SocksRequest | undefined): Promise<Duplex> {
    const gone = new AbortController();
    const leave = (): void => gone.abort(new FakeError("CLIENT_GONE", "What has connected went away before the way was free."));
    stream.once("close", leave);
    const forget = onAbort(this.#over.signal, leave);
    try {
      return await this.#into.dial(address, { signal: gone.signal });
    } catch (error) {
      const { code = "" } = toError(error) as NodeJS.ErrnoException;
      if (asked !== undefined) stream.end(asked.refused(code));
      throw error;
    } finally {
      forget();
      stream.off("close", leave);
    }
  }

  /** Who was answered may read that first: a socket that is closed with something unread takes back what it has sent. */
  #drop(stream: Duplex): void {
    if (!stream.writableEnded) return void cutOff(stream);
    const timer = setTimeout(() => cutOff(stream), LAST_WORDS_MS);
    stream.resume().once("close", () => clearTimeout(timer));
  }

  #tellOnce(about: string, error: Error): void {
    const { code } = error as NodeJS.ErrnoException;
    if (this.#over.signal.aborted || code === "CLIENT_GONE" || this.#told.get(about) === error.message) return;
    if (this.#told.size >= MOST_TOLD) this.#told.clear();
    this.#told.set(about, error.message);
    this.#tell(error);
  }

  #tell(error: Error): void {
    try {
      this.#onProblem?.({ tunnel: this, error, message: error.message });
    } catch {
      // Of a user's: it harms nothing here.
    }
  }
}

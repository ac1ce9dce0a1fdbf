/** Ports that lead through a connection: local, remote and dynamic forwarding, as `ssh -L`, `-R` and `-D`. */
import type { Host } from "../../hosts/host.ts";
import type { TcpAddress } from "../../transport/tunnel.ts";

/**
 * What is to be forwarded: `to` or `socks`. Addresses are `"name:port"`, `"[::1]:port"` or a port alone.
 * @example
 * await using tunnel = await launcher.forward("web1", { to: "db.internal:5432" });
 * console.log(`postgres://localhost:${tunnel.port}/shop`);
 */
export interface ForwardOptions {
  /** Where connections go. The side that connects looks its name up: the host, or with `reverse` this machine. A port alone: of its `localhost`. */
  readonly to?: string | number | undefined;
  /** Where it listens: here, or with `reverse` on the host. A port alone: of 127.0.0.1. @default a free port of 127.0.0.1 */
  readonly listen?: string | number | undefined;
  /** The host listens, and this machine connects. @default false */
  readonly reverse?: boolean | undefined;
  /** Who connects says where to go, in SOCKS 5, 4a or 4; the host looks names up. @default false */
  readonly socks?: boolean | undefined;
  /** Aborting ends the attempt, and closes what has come of it. */
  readonly signal?: AbortSignal | undefined;
  /** Hears why a connection came to nothing, once until one to the same address does not, and that the link was lost. */
  readonly onProblem?: ((problem: TunnelProblem) => void) | undefined;
}

/**
 * Something that is wrong with a tunnel: it stays, unless the link was lost.
 * @example
 * const isLost = async ({ tunnel, error }: TunnelProblem): Promise<boolean> => (await tunnel.closed) === error;
 */
export interface TunnelProblem {
  readonly tunnel: Tunnel;
  readonly error: Error;
  readonly message: string;
}

/**
 * A port that leads through a connection, until it is closed or the link is lost: then nothing listens any more.
 * @example
 * const tunnel: Tunnel = await launcher.forward("web1", { socks: true, listen: 1080 });
 * const lost = await tunnel.closed;
 */
export interface Tunnel extends AsyncDisposable {
  /** The host that it leads through. Undefined: this machine. */
  readonly host: Host | undefined;
  /** Where it listens, and since the promise has resolved. */
  readonly address: TcpAddress;
  readonly port: number;
  /** Undefined: who connects says it. */
  readonly to: TcpAddress | undefined;
  readonly reverse: boolean;
  /** Connections that go through it now. */
  readonly connections: number;
  /** Those that have come so far, and those of them that came to nothing. */
  readonly total: number;
  readonly failed: number;
  /** Settles when nothing listens any more, with the reason when the link was lost. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  /** Listens no more, and cuts off what goes through it. Never rejects. */
  close(): Promise<void>;
}

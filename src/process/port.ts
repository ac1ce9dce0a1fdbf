/** Ports that nobody listens on. */
import { randomInt } from "node:crypto";
import { type AddressInfo, createServer, type Server } from "node:net";
import { FakeError, type Problem, UsageError } from "../errors.ts";
import { refuseUnknown } from "../suggest.ts";

/**
 * Which port is wanted.
 * @example
 * const options: PortOptions = { from: 20_000, to: 20_999, host: "127.0.0.1" };
 */
export interface PortOptions {
  /** The lowest. @default any that the system gives; 1024 with `to` */
  readonly from?: number | undefined;
  /** The highest. @default any that the system gives; 65535 with `from` */
  readonly to?: number | undefined;
  /** Address of this machine on which it is free. @default all addresses */
  readonly host?: string | undefined;
}

/** Who was given a port has so long to listen on it before it is given again. */
const HELD_MS = 30_000;

/** More of those that the system picks are never held. */
const MOST_PICKS = 100;

const NO_ADDRESS = new Set(["EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN", "EINVAL"]);
const NOT_FREE = new Set(["EADDRINUSE", "EACCES"]);

/** As `getPort`, with a memory of its own. @param now milliseconds of a clock that does not go back */
export function createPortFinder(now: () => number = () => performance.now()): (options?: PortOptions) => Promise<number> {
  /** By port, when; the oldest first. */
  const given = new Map<number, number>();
  let last = 0;

  /** Before anything is awaited: calls that come meanwhile see it. */
  const hold = (port: number): number => {
    given.set(port, now());
    return port;
  };

  const pick = async (host: string | undefined): Promise<number> => {
    // Those that are held stay open until the end: the system would pick them again.
    const open: Server[] = [];
    try {
      while (open.length < MOST_PICKS) {
        const server = await listen(0, host);
        open.push(server);
        const { port } = server.address() as AddressInfo;
        if (!given.has(port)) return hold(port);
      }
    } finally {
      await Promise.all(open.map(close));
    }
    throw new FakeError("NO_FREE_PORT", `The last ${MOST_PICKS} ports that the system gave were given before.`);
  };

  const find = async ({ from, to }: PortRange, host: string | undefined): Promise<number> => {
    const size = to - from + 1;
    // Who shares the range should not begin at its start, too. After the last one, the one behind it.
    const first = last >= from && last <= to ? last + 1 - from : randomInt(size);
    let held = 0;
    for (let step = 0; step < size; step++) {
      const port = from + ((first + step) % size);
      if (given.has(port)) {
        held++;
        continue;
      }
      last = hold(port);
      if (await isFree(port, host)) return port;
      given.delete(port);
    }
    const those = from === to ? `The port ${from} is not free` : `No port from ${from} to ${to} is free`;
    throw new FakeError(
      "NO_FREE_PORT",
      `${those}: ${size - held} are taken, ${held} were given in the last ${HELD_MS / 1000} s.`,
      {
        hint: "Give a wider range, or end what listens there.",
      },
    );
  };

  return async (options = {}) => {
    refuseUnknown("getPort", options, ["from", "to", "host"]);
    const range = checkRange(options);
    for (const [port, at] of given) if (now() - at >= HELD_MS) given.delete(port);
    return range === undefined ? pick(options.host) : find(range, options.host);
  };
}

/**
 * A TCP port that is free on this machine: it was listened on, and let go. In one process nobody gets it again for 30 seconds, also not who asks
 * at the same moment; another process may take it first.
 * @throws UsageError for a range that is none and for an address that this machine has not; FakeError `NO_FREE_PORT` where all are taken
 * @example
 * const port = await getPort({ from: 20_000, to: 20_999 });
 */
export const getPort = createPortFinder();

interface PortRange {
  readonly from: number;
  readonly to: number;
}

function checkRange({ from, to }: PortOptions): PortRange | undefined {
  const problems: Problem[] = Object.entries({ from, to }).flatMap(([key, port]) =>
    port === undefined || (Number.isInteger(port) && port >= 1 && port <= 65_535)
      ? []
      : [{ message: `\`${key}\` is ${String(port)}` }],
  );
  const range = { from: from ?? 1024, to: to ?? 65_535 };
  if (problems.length === 0 && range.from > range.to)
    problems.push({ message: `it begins at ${range.from} and ends at ${range.to}` });
  if (problems.length > 0)
    throw new UsageError(
      "BAD_PORT_RANGE",
      `getPort: this is no range of ports: ${problems.map(({ message }) => message).join(", ")}.`,
      {
        hint: "Ports are whole numbers from 1 to 65535, and `from` is not above `to`.",
      },
    );
  return from === undefined && to === undefined ? undefined : range;
}

async function isFree(port: number, host: string | undefined): Promise<boolean> {
  try {
    await close(await listen(port, host));
    return true;
  } catch (error) {
    if (NOT_FREE.has(String((error as NodeJS.ErrnoException).code))) return false;
    throw error;
  }
}

function listen(port: number, host: string | undefined): Promise<Server> {
  return new Promise((resolve, reject) => {
    // Who connects just now is not kept: the server would not close before.
    const server = createServer((socket) => socket.destroy());
    server.once("listening", () => resolve(server));
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (!NO_ADDRESS.has(String(error.code))) return reject(error);
      const message = `getPort: ${JSON.stringify(host)} is not an address of this machine (${error.code}).`;
      reject(
        new UsageError("BAD_PORT_HOST", message, { hint: 'Such as "127.0.0.1" or "::1"; left out: all of them.', cause: error }),
      );
    });
    // Not shared with the other workers of a cluster, which would all be told it is free.
    server.listen({ port, ...(host === undefined ? {} : { host }), exclusive: true });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface RelayOptions {
  /** Where the server listens, on the loopback interface. */
  readonly port: number;
  /** Milliseconds each way, on the TCP handshake too. @default 0 */
  readonly delay?: number;
}

/** A TCP relay that makes the way longer and counts what a way costs: turns. */
export interface TurnRelay {
  readonly port: number;
  /**
   * Of each connection, in the order in which they came: how often the client spoke when it had heard the answer to what it said
   * before. The first word is one, the goodbye is one. What it says to more of the same answer is no other turn: so the count
   * is that of round trips, and where there is a delay it is the same each time.
   */
  turns(): readonly number[];
  /** Of each connection: bytes from the client and to it. */
  bytes(): readonly number[];
  /** Connections taken so far. */
  connections(): number;
  /** Keeps what the server says, of all connections, until the function is called that it gives. */
  hold(): () => void;
  /** When the client of the last connection has hung up. */
  ended(): Promise<void>;
  stop(): Promise<void>;
}

/** Turns by their number: the one that is on, the last that has come to the server, and the last that was answered to the client. */
interface Count {
  turns: number;
  bytes: number;
  arrived: number;
  answered: number;
}

export async function startRelay({ port, delay = 0 }: RelayOptions): Promise<TurnRelay> {
  const counts: Count[] = [];
  const sockets = new Set<Socket>();
  let ended = Promise.resolve();
  let held: (() => void)[] | undefined;
  const orHeld = (action: () => void): void => void (held === undefined ? action() : held.push(action));
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const count: Count = { turns: 1, bytes: 0, arrived: 0, answered: 0 };
    counts.push(count);
    ended = new Promise((resolve) => client.once("end", resolve).once("close", () => resolve()));
    relay(client, port, { delay, count, sockets, orHeld });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    turns: () => counts.map(({ turns }) => turns),
    bytes: () => counts.map(({ bytes }) => bytes),
    connections: () => counts.length,
    hold() {
      held ??= [];
      return () => {
        const actions = held ?? [];
        held = undefined;
        for (const action of actions) action();
      };
    },
    ended: () => ended,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

interface Way {
  readonly delay: number;
  readonly count: Count;
  readonly sockets: Set<Socket>;
  readonly orHeld: (action: () => void) => void;
}

function relay(client: Socket, port: number, { delay, count, sockets, orHeld }: Way): void {
  // Over a long way the server sees its client after one and a half round trips.
  const opened = performance.now() + 3 * delay;
  const down = createLine(() => delay);
  const say = (action: () => void): void => down(() => orHeld(action));
  const up = createLine(() => Math.max(delay, opened - performance.now()));
  let server: Socket | undefined;
  const dial = (): Socket => {
    server ??= listenTo(connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true }), sockets, {
      data(chunk) {
        const { arrived } = count;
        count.bytes += chunk.length;
        say(() => {
          count.answered = arrived;
          client.write(chunk);
        });
      },
      end: () => say(() => client.end()),
      close: () => say(() => client.destroy()),
    });
    return server;
  };
  up(dial);
  listenTo(client, sockets, {
    data(chunk) {
      if (count.answered === count.turns) count.turns += 1;
      count.bytes += chunk.length;
      const { turns } = count;
      up(() => {
        count.arrived = turns;
        dial().write(chunk);
      });
    },
    end: () => up(() => dial().end()),
    close: () => up(() => dial().destroy()),
  });
}

interface Ears {
  data(chunk: Buffer): void;
  end(): void;
  close(): void;
}

function listenTo(socket: Socket, sockets: Set<Socket>, ears: Ears): Socket {
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
  return socket.on("data", ears.data).on("end", ears.end).on("close", ears.close);
}

/** Does things later, in the order in which they came. */
function createLine(delay: () => number): (action: () => void) => void {
  const waiting: (() => void)[] = [];
  return (action) => {
    waiting.push(action);
    const next = (): void => waiting.shift()?.();
    const milliseconds = delay();
    if (milliseconds <= 0) next();
    else setTimeout(next, milliseconds);
  };
}

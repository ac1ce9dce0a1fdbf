/** The way out of an office: relays to hosts that share so many bytes a second. What comes back is not held up. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { Transform } from "node:stream";

export interface Uplink {
  /** Of the relays, in the order of the hosts. */
  readonly ports: readonly number[];
  /** Bytes to the hosts since this was last asked. */
  takeSent(): number;
  stop(): Promise<void>;
}

/** Timers are late by a millisecond or two; what was not sent meanwhile is made up for, this much of it. */
const MOST_LATE = 10;

/** @param bytesPerSecond of all of them together */
export async function startUplink(ports: readonly number[], bytesPerSecond: number): Promise<Uplink> {
  const sockets = new Set<Socket>();
  let free = 0;
  let sent = 0;
  /** Milliseconds until these bytes are through. */
  const queue = (bytes: number): number => {
    free = Math.max(free, performance.now() - MOST_LATE) + (bytes * 1000) / bytesPerSecond;
    sent += bytes;
    return free - performance.now();
  };
  const servers = await Promise.all(ports.map((port) => listen((client) => relay(client, port, queue, sockets))));
  return {
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    takeSent() {
      const bytes = sent;
      sent = 0;
      return bytes;
    },
    async stop() {
      const closed = servers.map((server) => new Promise<unknown>((resolve) => server.close(resolve)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

function listen(take: (client: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, take);
    server.once("error", reject).listen(0, "127.0.0.1", () => resolve(server));
  });
}

function relay(client: Socket, port: number, queue: (bytes: number) => number, sockets: Set<Socket>): void {
  const server = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  for (const [socket, other] of [
    [client, server],
    [server, client],
  ] as const) {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket) && other.destroy());
  }
  const slow = new Transform({
    transform(chunk: Buffer, _, done) {
      const wait = queue(chunk.length);
      if (wait < 1) done(null, chunk);
      else setTimeout(() => done(null, chunk), wait);
    },
  });
  client.pipe(slow).pipe(server);
  server.pipe(client);
}

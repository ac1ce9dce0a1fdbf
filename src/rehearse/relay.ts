import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP relay in front of a server, to lose the link on purpose. */
export interface Relay {
  readonly port: number;
  /** Connections taken so far. */
  readonly connections: number;
  /** Closes all connections. */
  cut(): void;
  /** From now on nothing goes through, and nobody is told. */
  freeze(): void;
  /** New connections go through again; those that were frozen stay so. */
  thaw(): void;
  stop(): Promise<void>;
}

export interface RelayOptions {
  /** Of the server. @default "127.0.0.1" */
  readonly address?: string;
  /** Freezes a connection when the server has sent so many bytes. */
  readonly freezeAfter?: number;
}

export async function startRelay(port: number, options: RelayOptions = {}): Promise<Relay> {
  const sockets = new Set<Socket>();
  /** Changes with each thaw: connections from before keep what they were. */
  let winter = { frozen: false };
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    const mine = winter;
    const upstream = connect({ port, host: options.address ?? "127.0.0.1", noDelay: true });
    let sent = 0;
    const pass = (from: Socket, to: Socket, isServer: boolean): void => {
      sockets.add(from);
      from.on("error", () => undefined);
      from.on("data", (chunk) => {
        if (isServer) sent += chunk.length;
        if (!mine.frozen && (options.freezeAfter === undefined || sent <= options.freezeAfter)) to.write(chunk);
      });
      from.on("close", () => {
        sockets.delete(from);
        if (!mine.frozen) to.destroy();
      });
    };
    client.setNoDelay(true);
    pass(client, upstream, false);
    pass(upstream, client, true);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    cut,
    freeze() {
      winter.frozen = true;
    },
    thaw() {
      winter = { frozen: false };
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      cut();
      await closed;
    },
  };
}

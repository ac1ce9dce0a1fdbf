import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { ForwardOptions, Tunnel, TunnelProblem } from "../../../src/process/forward/forward.ts";
import { openTunnel } from "../../../src/process/forward/open-tunnel.ts";
import { readForward } from "../../../src/process/forward/wish.ts";
import { CONTROL_HOST } from "../../../src/runner/machine/login.ts";
import { createLocalTransport } from "../../../src/transport/local/transport.ts";
import type { CaseContext, ContractCase } from "./case.ts";
import { until } from "./support.ts";
import { answer, call, echo, serve, textOf } from "./tunnel.ts";

const HOST = "127.0.0.1";

/** Forwards between this machine and the host of the case, and ends with it. */
async function forward(
  { connection, host }: CaseContext,
  options: ForwardOptions,
): Promise<Tunnel & { readonly told: string[] }> {
  const local = createLocalTransport({});
  const near = await local.connect(CONTROL_HOST, { signal: new AbortController().signal, after: undefined });
  const told: string[] = [];
  const onProblem = ({ error, message }: TunnelProblem): void =>
    void told.push(`${(error as { code?: string }).code} ${message}`);
  const tunnel = await openTunnel({ wish: readForward(options), host, near, far: connection }, { onProblem, ...options });
  void tunnel.closed.then(() => near.close());
  return Object.assign(tunnel, { told });
}

/** Connects on this machine. */
async function knock(port: number): Promise<Socket> {
  const socket = connect({ host: HOST, port, allowHalfOpen: true });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** Resolves once it is closed. */
function isTurnedAway(port: number): Promise<unknown> {
  const socket = connect({ host: HOST, port });
  socket.on("error", () => undefined);
  return new Promise((resolve) => socket.resume().once("close", resolve));
}

/** A service of this machine. */
async function serveHere(take: (stream: Duplex) => void): Promise<{ readonly port: number; stop(): void }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => take(socket.on("error", () => undefined)));
  server.listen({ host: HOST, port: 0 });
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, stop: () => void server.close() };
}

/** What SOCKS 5 says back, after that nothing. */
async function socks(
  port: number,
  request: readonly number[] | Buffer,
): Promise<{ readonly socket: Socket; readonly reply: number | undefined }> {
  const socket = await knock(port);
  socket.write(Buffer.from([5, 1, 0]));
  expect([...(await take(socket, 2))]).toEqual([5, 0]);
  socket.write(Buffer.from(request));
  return { socket, reply: (await take(socket, 10))[1] };
}

async function take(socket: Socket, count: number): Promise<Buffer> {
  for (;;) {
    const chunk = socket.read(count) as Buffer | null;
    if (chunk !== null) return chunk;
    if (socket.readableEnded) throw new Error("It has ended.");
    await Promise.race([once(socket, "readable"), once(socket, "end")]);
  }
}

const byName = (name: string, port: number): Buffer =>
  Buffer.from([5, 1, 0, 3, name.length, ...Buffer.from(name), port >> 8, port & 255]);

export const forwardCases: readonly ContractCase[] = [
  {
    title: "leads a port of this machine to a service that the host reaches, half-closed and a hundred at once",
    async run(context) {
      const service = await serve(context, answer);
      await using tunnel = await forward(context, { to: `${HOST}:${service.address.port}` });
      expect([tunnel.address.host, tunnel.port > 0, tunnel.to]).toEqual([HOST, true, service.address]);
      const answers = await Promise.all(
        Array.from({ length: 100 }, async (_, index) => textOf((await knock(tunnel.port)).end(`${index}`))),
      );
      expect(answers).toEqual(answers.map((_, index) => `got ${index}`));
      await until(() => tunnel.connections === 0);
      expect([tunnel.total, tunnel.failed, tunnel.told]).toEqual([100, 0, []]);
      await service.stop();
    },
  },
  {
    title: "leads a port of the host to a service that this machine reaches",
    async run(context) {
      const service = await serveHere(answer);
      await using tunnel = await forward(context, { to: service.port, reverse: true });
      expect(await textOf((await call(context, tunnel.port)).end("back"))).toBe("got back");
      expect([tunnel.reverse, tunnel.total, tunnel.told]).toEqual([true, 1, []]);
      service.stop();
    },
  },
  {
    title: "leads where SOCKS 5, 4a and 4 say, by name and by number",
    async run(context) {
      const service = await serve(context, answer);
      const { port } = service.address;
      const [high, low] = [port >> 8, port & 255];
      await using tunnel = await forward(context, { socks: true });
      for (const request of [byName("localhost", port), Buffer.from([5, 1, 0, 1, 127, 0, 0, 1, high, low])]) {
        const { socket, reply } = await socks(tunnel.port, request);
        expect(reply).toBe(0);
        expect(await textOf(socket.end("five"))).toBe("got five");
      }
      for (const ip of [
        [127, 0, 0, 1, 0],
        [0, 0, 0, 7, 0, ...Buffer.from("localhost"), 0],
      ]) {
        const socket = await knock(tunnel.port);
        // In parts, as a network may have it.
        for (const byte of [4, 1, high, low, ...ip]) {
          socket.setNoDelay().write(Buffer.from([byte]));
          await delay(2);
        }
        expect((await take(socket, 8))[1]).toBe(0x5a);
        expect(await textOf(socket.end("four"))).toBe("got four");
      }
      await service.stop();
    },
  },
  {
    title: "answers SOCKS that it cannot follow, and stays",
    async run(context) {
      const service = await serve(context, echo);
      await service.stop();
      const { port } = service.address;
      await using tunnel = await forward(context, { socks: true });
      const ask = async (request: Buffer | readonly number[]): Promise<number | undefined> => {
        const { socket, reply } = await socks(tunnel.port, request);
        expect(await textOf(socket)).toBe("");
        socket.destroy();
        return reply;
      };
      expect(await ask(byName("localhost", port))).toBe(5);
      expect(await ask(byName("a b", 80))).toBe(1);
      expect(await ask([5, 2, 0, 1, 127, 0, 0, 1, 0, 80])).toBe(7);
      expect(await ask([5, 1, 0, 9])).toBe(8);
      const login = await knock(tunnel.port);
      login.write(Buffer.from([5, 1, 2]));
      expect([...(await take(login, 2))]).toEqual([5, 255]);
      const other = await knock(tunnel.port);
      other.write("GET / HTTP/1.1\r\n\r\n");
      await until(() => other.destroyed);
      await until(() => tunnel.failed === 6);
      expect(tunnel.told).toEqual(
        expect.arrayContaining([expect.stringContaining("speaks no SOCKS"), expect.stringContaining("wants to log in")]),
      );
      expect(tunnel.told.filter((text) => text.startsWith("DIAL_REFUSED"))).toHaveLength(1);
    },
  },
  {
    title: "closes what comes while the service is away, says why once, and goes on when it is back",
    async run(context) {
      const service = await serve(context, answer);
      await service.stop();
      await using tunnel = await forward(context, { to: `${HOST}:${service.address.port}` });
      for (let time = 0; time < 3; time++) await isTurnedAway(tunnel.port);
      await until(() => tunnel.failed === 3 && tunnel.connections === 0);
      const reason = expect.stringMatching(/^DIAL_REFUSED Nothing accepts connections on/);
      expect(tunnel.told).toEqual([reason]);
      const back = await context.connection.listen(service.address, answer, {});
      expect(await textOf((await knock(tunnel.port)).end("again"))).toBe("got again");
      await back.close();
      await isTurnedAway(tunnel.port);
      await until(() => tunnel.failed === 4);
      expect(tunnel.told).toEqual([reason, reason]);
    },
  },
  {
    title: "names a port that is taken, on either side",
    async run(context) {
      const here = await serveHere(echo);
      await expect(forward(context, { to: 80, listen: here.port })).rejects.toMatchObject({
        code: "PORT_BUSY",
        message: expect.stringContaining(`${HOST}:${here.port} is taken`),
      });
      const there = await context.connection.listen({ host: HOST, port: 0 }, echo, {});
      await expect(forward(context, { to: 80, listen: there.address.port, reverse: true })).rejects.toMatchObject({
        code: "PORT_BUSY",
        message: expect.stringContaining(`${HOST}:${there.address.port} is taken`),
      });
      here.stop();
    },
  },
  {
    title: "cuts off what goes through it when it is closed or aborted, and listens no more",
    async run(context) {
      const service = await serve(context, echo);
      const abort = new AbortController();
      for (const signal of [undefined, abort.signal]) {
        const tunnel = await forward(context, { to: `${HOST}:${service.address.port}`, signal });
        const socket = await knock(tunnel.port);
        socket.write("through");
        await once(socket, "data");
        expect(tunnel.connections).toBe(1);
        if (signal === undefined) await tunnel.close();
        else abort.abort();
        expect(await tunnel.closed).toBeUndefined();
        await until(() => socket.destroyed);
        await expect(knock(tunnel.port)).rejects.toThrow();
        expect(tunnel.told).toEqual([]);
      }
      await service.stop();
    },
  },
  {
    title: "listens no more when the connection has ended",
    async run(context) {
      const service = await serve(context, echo);
      const tunnel = await forward(context, { to: `${HOST}:${service.address.port}` });
      const socket = await knock(tunnel.port);
      socket.write("through");
      await once(socket, "data");
      await context.connection.close();
      await tunnel.closed;
      await until(() => socket.destroyed);
      await expect(knock(tunnel.port)).rejects.toThrow();
      await service.stop();
    },
  },
];

import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { CaseContext, ContractCase } from "./case.ts";
import { outputs, sh, until } from "./support.ts";

const HOST = "127.0.0.1";
const BLOCK = 64 * 1024;
const BLOCKS = 1024;

/** Most bytes that may be on their way to who reads none of them: windows of SSH, and what the sockets on the way hold. */
const MOST = 32 * 1024 * 1024;

/** 64 MB, no block of which is like another. */
function* blocks(): Generator<Buffer> {
  for (let index = 0; index < BLOCKS; index++) {
    const block = Buffer.alloc(BLOCK, index % 251);
    block.writeUInt32BE(index, (index * 4) % (BLOCK - 4));
    yield block;
  }
}

async function digest(chunks: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return `${bytes} ${hash.digest("hex")}`;
}

export async function textOf(stream: Duplex): Promise<string> {
  let text = "";
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) text += (chunk as Buffer).toString();
  return text;
}

/** Something of the far side that takes connections: of this machine, as the hosts of real transports are. */
export async function serve({ isReal, connection }: CaseContext, take: (stream: Duplex) => void) {
  const sockets = new Set<Duplex>();
  const keep = (stream: Duplex): void => {
    sockets.add(stream.on("error", () => undefined));
    take(stream);
  };
  const address = { host: HOST, port: 0 };
  if (!isReal) {
    const listening = await connection.listen(address, keep, {});
    return { address: listening.address, sockets, stop: () => listening.close() };
  }
  const server = createServer({ allowHalfOpen: true }, keep);
  server.listen(address);
  await once(server, "listening");
  const stop = async (): Promise<void> => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { address: { host: HOST, port: (server.address() as AddressInfo).port }, sockets, stop };
}

/** A connection that is made on the far side. */
export async function call({ isReal, connection }: CaseContext, port: number): Promise<Duplex> {
  if (!isReal) return connection.dial({ host: HOST, port }, {});
  const socket: Socket = connect({ host: HOST, port, allowHalfOpen: true });
  await once(socket, "connect");
  return socket.on("error", () => undefined);
}

export const echo = (stream: Duplex): void => void stream.pipe(stream);

/** Answers with how much has come, once all has; or says so first, and then reads. */
export const answer = async (stream: Duplex): Promise<void> => void stream.end(`got ${await textOf(stream)}`);

export const tunnelCases: readonly ContractCase[] = [
  {
    title: "carry 64 MB to a service and back, byte for byte",
    async run(context) {
      const service = await serve(context, echo);
      const stream = await context.connection.dial(service.address, {});
      const [back] = await Promise.all([digest(stream), pipeline(blocks(), stream, { end: true })]);
      expect(back).toBe(await digest(blocks()));
      await service.stop();
    },
  },
  {
    title: "carry 64 MB from what connects to a port of the host and back, byte for byte",
    async run(context) {
      const listening = await context.connection.listen({ host: HOST, port: 0 }, echo, {});
      const stream = await call(context, listening.address.port);
      const [back] = await Promise.all([digest(stream), pipeline(blocks(), stream, { end: true })]);
      expect(back).toBe(await digest(blocks()));
    },
  },
  {
    title: "go on in one direction when the other has ended",
    async run(context) {
      const { connection } = context;
      const service = await serve(context, answer);
      const there = await connection.dial(service.address, {});
      there.end("a question");
      expect(await textOf(there)).toBe("got a question");
      const listening = await connection.listen({ host: HOST, port: 0 }, answer, {});
      const back = await call(context, listening.address.port);
      back.end("an answer");
      expect(await textOf(back)).toBe("got an answer");
      // The other way round: who has been told that no more comes goes on to write.
      let got = "";
      const deaf = await serve(context, async (stream) => {
        stream.end("bye");
        got = await textOf(stream);
      });
      const late = await connection.dial(deaf.address, {});
      expect(await textOf(late)).toBe("bye");
      late.end("one more thing");
      await until(() => got === "one more thing");
      await service.stop();
      await deaf.stop();
    },
  },
  {
    title: "take no more than is read at the other end",
    async run(context) {
      const { connection } = context;
      /** How much a stream takes until it has taken no more for a while, or enough. */
      const fill = async (stream: Duplex): Promise<number> => {
        const block = Buffer.alloc(BLOCK);
        let taken = 0;
        let isFull = false;
        while (!isFull && taken <= MOST)
          await Promise.race([
            new Promise<void>((resolve) => stream.write(block, () => resolve())).then(() => {
              taken += BLOCK;
            }),
            delay(1000).then(() => {
              isFull = true;
            }),
          ]);
        return taken;
      };
      const service = await serve(context, () => undefined);
      expect(await fill(await connection.dial(service.address, {}))).toBeLessThan(MOST);
      const [far] = service.sockets;
      expect(await fill(far as Duplex)).toBeLessThan(MOST);
      const near: Duplex[] = [];
      const listening = await connection.listen({ host: HOST, port: 0 }, (stream) => near.push(stream), {});
      expect(await fill(await call(context, listening.address.port))).toBeLessThan(MOST);
      await until(() => near.length === 1);
      expect(await fill(near[0] as Duplex)).toBeLessThan(MOST);
      expect(outputs(await connection.flight([sh("true")], {}))).toEqual([""]);
      await service.stop();
    },
  },
  {
    title: "are as many as are wanted, beside flights",
    async run(context) {
      const { connection } = context;
      const service = await serve(context, answer);
      const listening = await connection.listen({ host: HOST, port: 0 }, answer, {});
      const other = await connection.listen({ host: HOST, port: 0 }, (stream) => stream.end("the other"), {});
      const ask = async (stream: Duplex, text: string): Promise<string> => textOf(stream.end(text));
      const answers = Array.from({ length: 100 }, async (_, index) => [
        await ask(await connection.dial(service.address, {}), `${index}`),
        await ask(await call(context, listening.address.port), `${index}`),
        await ask(await call(context, other.address.port), ""),
      ]);
      expect(outputs(await connection.flight([sh("true")], {}))).toEqual([""]);
      expect(await Promise.all(answers)).toEqual(answers.map((_, index) => [`got ${index}`, `got ${index}`, "the other"]));
      await service.stop();
    },
  },
  {
    title: "say that nothing listens",
    async run(context) {
      const service = await serve(context, echo);
      await service.stop();
      const { host, port } = service.address;
      await expect(context.connection.dial({ host, port }, {})).rejects.toMatchObject({
        code: "DIAL_REFUSED",
        message: expect.stringContaining(`${host}:${port}`),
        hint: expect.stringContaining("Is the service running"),
      });
    },
  },
  {
    title: "say that the host does not know a name",
    async run({ connection }) {
      await expect(connection.dial({ host: "nowhere.invalid", port: 80 }, {})).rejects.toMatchObject({
        code: "DIAL_NAME_UNKNOWN",
        message: expect.stringContaining("nowhere.invalid:80"),
      });
    },
  },
  {
    title: "name a port that is taken, and refuse what is none",
    async run(context) {
      const { connection } = context;
      const { address } = await connection.listen({ host: HOST, port: 0 }, echo, {});
      await expect(connection.listen(address, echo, {})).rejects.toMatchObject({
        code: "PORT_BUSY",
        message: expect.stringContaining(`${HOST}:${address.port}`),
      });
      for (const wrong of [
        { host: HOST, port: 70_000 },
        { host: HOST, port: 1.5 },
        { host: "a b", port: 80 },
        { host: "", port: 80 },
      ])
        await expect(connection.listen(wrong, echo, {})).rejects.toMatchObject({ code: "BAD_ADDRESS" });
      await expect(connection.dial({ host: HOST, port: 0 }, {})).rejects.toMatchObject({ code: "BAD_ADDRESS" });
    },
  },
  {
    title: "come no more once a port is closed, and go on where they are there",
    async run(context) {
      const { connection } = context;
      const listening = await connection.listen({ host: HOST, port: 0 }, echo, {});
      const stream = await call(context, listening.address.port);
      stream.write("before");
      await once(stream, "data");
      await listening.close();
      await listening.close();
      expect(await listening.closed).toBeUndefined();
      await expect(call(context, listening.address.port)).rejects.toThrow();
      stream.end(", after");
      expect(await textOf(stream)).toBe(", after");
      const again = await connection.listen(listening.address, echo, {});
      expect(again.address).toEqual(listening.address);
    },
  },
  {
    title: "fail what is written to who has gone",
    async run(context) {
      const service = await serve(context, (stream) => void stream.destroy());
      const stream = await context.connection.dial(service.address, {});
      const block = Buffer.alloc(BLOCK);
      const failed = new Promise<Error>((resolve) => stream.once("error", resolve));
      const writing = setInterval(() => stream.write(block), 10);
      expect(await failed).toBeInstanceOf(Error);
      clearInterval(writing);
      await service.stop();
    },
  },
  {
    title: "are not waited for when they are aborted",
    async run(context) {
      const { connection } = context;
      const service = await serve(context, echo);
      const reason = new Error("not wanted");
      const aborted = { signal: AbortSignal.abort(reason) };
      await expect(connection.dial(service.address, aborted)).rejects.toBe(reason);
      await expect(connection.listen({ host: HOST, port: 0 }, echo, aborted)).rejects.toBe(reason);
      const abort = new AbortController();
      const dialling = connection.dial(service.address, { signal: abort.signal });
      abort.abort(reason);
      await expect(dialling).rejects.toBe(reason);
      await delay(100);
      await until(() => [...service.sockets].every((socket) => socket.destroyed || socket.readableEnded));
      await service.stop();
    },
  },
  {
    title: "end with their connection, and say so",
    async run(context) {
      const { connection } = context;
      const service = await serve(context, () => undefined);
      const streams: Duplex[] = [await connection.dial(service.address, {})];
      const listening = await connection.listen({ host: HOST, port: 0 }, (stream) => streams.push(stream), {});
      const far = await call(context, listening.address.port);
      await until(() => streams.length === 2);
      const ends = streams.map((stream) => new Promise((resolve) => stream.once("close", () => resolve(stream.errored))));
      await connection.close();
      const closed = expect.objectContaining({ code: "CONNECTION_CLOSED" });
      expect(await Promise.all(ends)).toEqual([closed, closed]);
      expect(await listening.closed).toBeUndefined();
      for (const stream of [far, ...service.sockets]) await until(() => stream.resume().readableEnded || stream.destroyed);
      if (context.isReal) await expect(call(context, listening.address.port)).rejects.toThrow();
      await expect(connection.dial(service.address, {})).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
      await expect(connection.listen({ host: HOST, port: 0 }, echo, {})).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    },
  },
];

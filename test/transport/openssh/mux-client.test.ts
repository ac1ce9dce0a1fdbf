import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  connectMux,
  createMessageSplitter,
  MUX,
  MUX_VERSION,
  type MuxLink,
  muxMessage,
} from "../../../src/transport/openssh/mux-client.ts";

const REASON = new Error("the test says so");
/** PROTOCOL.mux, section 11. */
const FAILURE = 0x80000003;

describe("what listens on a control socket", () => {
  let folder: string;
  let server: Server;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fake-mux-"));
    path = join(folder, "socket");
  });
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  /** Answers the request for proxy mode. */
  async function listen(answer: (socket: Socket, message: Buffer) => void): Promise<void> {
    server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.write(muxMessage(MUX.hello, MUX_VERSION));
      const split = createMessageSplitter((message) => {
        if (message.readUInt32BE(0) !== MUX.hello) answer(socket, message);
      });
      socket.on("data", split);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
  }

  const take = (): Promise<MuxLink> => connectMux(path, { forwardAgent: false, reason: async () => REASON });

  it("is refused when it passes no sessions on, or hangs up", async () => {
    await listen((socket) => socket.end(muxMessage(FAILURE, 0)));
    await expect(take()).rejects.toThrow("does not pass sessions on (it said 0x80000003)");
    await new Promise((resolve) => server.close(resolve));
    await listen((socket) => socket.destroy());
    await expect(take()).rejects.toThrow("closed its control socket");
  });

  it("is told of a session as RFC 4254 has it, in a message without padding", async () => {
    const heard: Buffer[] = [];
    let opened = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      opened = resolve;
    });
    await listen((socket, message) => {
      if (message.readUInt32BE(0) === MUX.proxy) return void socket.write(muxMessage(MUX.proxyGranted, 0));
      heard.push(message);
      opened();
    });
    const { client, close } = await take();
    const session = new Promise((resolve) => client.exec("true", (error) => resolve(error)));
    await asked;
    // No padding, SSH_MSG_CHANNEL_OPEN, "session", channel 0.
    expect(heard[0]?.toString("hex")).toMatch(/^005a0000000773657373696f6e00000000/);
    close();
    expect(await session).toBeInstanceOf(Error);
  });

  it.each([
    ["hangs up", (socket: Socket) => socket.end()],
    ["lies about a length", (socket: Socket) => socket.write(Buffer.from([255, 255, 255, 255]))],
  ])("is lost with the reason of its process when it %s", async (_title, leave) => {
    await listen((socket) => {
      socket.write(muxMessage(MUX.proxyGranted, 0));
      setImmediate(() => leave(socket));
    });
    const { client } = await take();
    const errors: Error[] = [];
    client.on("error", (error) => errors.push(error));
    await new Promise<void>((resolve) => client.once("close", () => resolve()));
    expect(errors).toEqual([REASON]);
    expect(() => client.exec("true", () => undefined)).toThrow("Not connected");
  });
});

describe("messages to and from a master", () => {
  it("are written as PROTOCOL.mux says", () => {
    expect(muxMessage(1, 4).toString("hex")).toBe("00000008" + "00000001" + "00000004");
  });

  it("come back as they went, however the stream is cut", () => {
    const number = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(fc.array(fc.tuple(number, fc.array(number))), fc.integer({ min: 1, max: 50 }), (messages, size) => {
        const bytes = Buffer.concat(messages.map(([kind, fields]) => muxMessage(kind, ...fields)));
        const got: Buffer[] = [];
        const split = createMessageSplitter((message) => got.push(message));
        for (let at = 0; at < bytes.length; at += size) split(bytes.subarray(at, at + size));
        const numbers = got.map((message) => Array.from({ length: message.length / 4 }, (_, at) => message.readUInt32BE(4 * at)));
        expect(numbers).toEqual(messages.map(([kind, fields]) => [kind, ...fields]));
      }),
    );
  });

  it("that lie about their length are refused", () => {
    expect(() => createMessageSplitter(() => undefined)(Buffer.from([255, 255, 255, 255]))).toThrow(RangeError);
  });
});

import { once } from "node:events";
import { type AddressInfo, connect as connectTo, createServer, type Server, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "ssh2";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { hangUp } from "../../../src/transport/ssh/hang-up.ts";
import { connect, fleetTransport, output } from "../../support/ssh-host.ts";
import { findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";

describe("the last resort of hanging up", () => {
  afterEach(() => void vi.useRealTimers());

  it("is given up with the link, which it would keep", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const stream = new PassThrough();
    const closed = once(stream, "close");
    const client = Object.assign(new Client(), { end: () => stream.end() });
    hangUp({ client, stream });
    expect(vi.getTimerCount()).toBe(1);
    await closed;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe.skipIf(findSshd() === undefined)(`hanging up on OpenSSH${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  let relay: Server;
  /** What the server says goes no further. */
  let isMute = false;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    fleet = await startSshdFleet(1);
    const port = fleet.hosts[0]?.port ?? 0;
    relay = createServer({ allowHalfOpen: true }, (client) => {
      const server = connectTo({ port, host: "127.0.0.1", allowHalfOpen: true });
      sockets.push(client);
      client.on("error", () => undefined).pipe(server);
      server.on("error", () => undefined).on("data", (chunk) => isMute || client.write(chunk));
    });
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    const through = `Port ${(relay.address() as AddressInfo).port}`;
    fleet.configure({ host1: [through, `HostKeyAlias [127.0.0.1]:${port}`] });
  });

  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    relay?.close();
    await fleet?.stop();
  });

  it("says goodbye, and does not wait for the answer", async () => {
    const count = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
    const before = count();
    const connection = await connect(fleetTransport(fleet), "host1");
    expect(await output(connection, "echo in")).toBe("in\n");
    isMute = true;
    // The last resort is a timer, which is not to be needed.
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    await connection.close();
    await new Promise(setImmediate);
    vi.useRealTimers();
    // Of the three on this machine, only the one is left in which we keep the goodbye of the server to ourselves.
    while (count() > before + 1) await delay(10);
    while (fleet.hosts[0]?.log().includes("Received disconnect from") !== true) await delay(10);
  });
});

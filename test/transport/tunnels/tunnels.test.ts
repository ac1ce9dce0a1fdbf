import { once } from "node:events";
import { type AddressInfo, connect as connectSocket, createServer, type Server } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Relay, startRelay } from "../../../src/rehearse/relay.ts";
import type { Connection, Transport } from "../../../src/transport/transport.ts";
import { hasOpenssh, opensshTransport } from "../../support/openssh-transport.ts";
import { noServer, type OtherServerKind, startOtherServer } from "../../support/other-servers.ts";
import { connect, fleetTransport, output } from "../../support/ssh-host.ts";
import { findSshd, SSHD_MISSING, startSshdFleet } from "../../support/sshd.ts";

const transports = [["ssh", fleetTransport], ...(hasOpenssh ? [["openssh", opensshTransport] as const] : [])] as const;
const HOST = "127.0.0.1";

let echo: Server;
let connection: Connection;
const parts: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  echo = createServer((socket) => socket.on("error", () => undefined).pipe(socket)).listen(0, HOST);
  await once(echo, "listening");
});

afterEach(async () => {
  for (const part of parts.splice(0).reverse()) await part.stop();
  echo.close();
});

const service = (): { host: string; port: number } => ({ host: HOST, port: (echo.address() as AddressInfo).port });

function use(transport: Transport): Promise<Connection> {
  parts.push({ stop: () => transport.close() });
  return connect(transport, "host1");
}

async function start(create: typeof fleetTransport, ...config: readonly string[]): Promise<void> {
  const fleet = await startSshdFleet(1, { config });
  parts.push(fleet);
  connection = await use(create(fleet));
}

async function startOther(kind: OtherServerKind, create: typeof fleetTransport): Promise<void> {
  const server = await startOtherServer(kind);
  parts.push(server);
  connection = await use(create(server));
}

async function roundTrip(stream: Duplex): Promise<string> {
  stream.end("there and back");
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const refusedPort = (port: number) => connection.listen({ host: HOST, port }, () => undefined, {}).catch((error) => error);

describe.skipIf(findSshd() === undefined).each(transports)(
  `tunnels over %s to OpenSSH${findSshd() === undefined ? ` (${SSHD_MISSING})` : ""}`,
  (_name, create) => {
    it("are refused where the server allows none, and say so", async () => {
      await start(create, "AllowTcpForwarding no");
      await expect(connection.dial(service(), {})).rejects.toMatchObject({
        code: "FORWARDING_FORBIDDEN",
        message: expect.stringContaining(`${HOST}:${service().port}`),
        hint: expect.stringContaining("AllowTcpForwarding yes"),
      });
      for (const port of [0, 40_000])
        expect(await refusedPort(port)).toMatchObject({
          code: "LISTEN_FAILED",
          hint: expect.stringContaining("AllowTcpForwarding yes"),
        });
      expect(await output(connection, "echo still here")).toBe("still here\n");
    });

    it("are refused where the server allows others", async () => {
      await start(create, `PermitOpen ${HOST}:1`, "PermitListen 41111");
      await expect(connection.dial(service(), {})).rejects.toMatchObject({ code: "FORWARDING_FORBIDDEN" });
      await expect(connection.dial({ host: HOST, port: 1 }, {})).rejects.toMatchObject({ code: "DIAL_REFUSED" });
      expect(await refusedPort(41_112)).toMatchObject({ code: "LISTEN_FAILED" });
    });

    it("take no place of a session", async () => {
      await start(create, "MaxSessions 1");
      const streams = await Promise.all(Array.from({ length: 20 }, () => connection.dial(service(), {})));
      expect(await output(connection, "echo a flight")).toBe("a flight\n");
      expect(await Promise.all(streams.map(roundTrip))).toEqual(streams.map(() => "there and back"));
    });

    it("are lost with the link, which is no end of what they carry", async () => {
      const fleet = await startSshdFleet(1);
      const relay: Relay = await startRelay(fleet.hosts[0]?.port ?? 0);
      parts.push(fleet, relay);
      fleet.configure({ host1: [`Port ${relay.port}`, "HostKeyAlias host1", "StrictHostKeyChecking accept-new"] });
      connection = await use(create(fleet, { hostKeys: "accept-new" }));
      const taken: Duplex[] = [];
      const listening = await connection.listen({ host: HOST, port: 0 }, (stream) => taken.push(stream), {});
      const far = connectSocket(listening.address).on("error", () => undefined);
      far.write("some of it");
      const dialled = await connection.dial(service(), {});
      dialled.write("some of it");
      while (taken.length === 0) await delay(5);
      const streams = [dialled, ...taken];
      for (const stream of streams) await once(stream, "data");
      const ends: string[] = [];
      for (const stream of streams) stream.on("end", () => ends.push("end"));
      const errors = streams.map((stream) => new Promise((resolve) => stream.once("error", resolve)));
      const lost = expect.objectContaining({ code: "CONNECTION_LOST" });
      relay.cut();
      expect(await Promise.all(errors)).toEqual([lost, lost]);
      expect(await listening.closed).toEqual(lost);
      expect(await connection.closed).toEqual(lost);
      expect(ends).toEqual([]);
      await expect(connection.dial(service(), {})).rejects.toMatchObject({ code: "CONNECTION_LOST" });
      far.destroy();
    });
  },
);

describe.each(transports)("tunnels over %s", (_name, create) => {
  const dropbear = noServer("dropbear");
  it.skipIf(dropbear !== "")(`to a server that gets a login for each session have one of their own${dropbear}`, async () => {
    await startOther("dropbear", create);
    const listening = await connection.listen({ host: HOST, port: 0 }, (stream) => stream.pipe(stream), {});
    for (let turn = 0; turn < 3; turn++) {
      expect(await roundTrip(await connection.dial(service(), {}))).toBe("there and back");
      const channel = await connection.open({ script: "exit 0" });
      channel.stdout.resume();
      channel.stderr?.resume();
      await channel.ended;
      const far = connectSocket({ ...listening.address, allowHalfOpen: true });
      expect(await roundTrip(far)).toBe("there and back");
    }
    await expect(connection.dial({ host: HOST, port: 1 }, {})).rejects.toMatchObject({
      code: expect.stringMatching(/^DIAL_(?:REFUSED|FAILED)$/),
    });
  });

  const tinysshd = noServer("tinysshd");
  it.skipIf(tinysshd !== "")(`are refused by a server that knows of none${tinysshd}`, async () => {
    await startOther("tinysshd", create);
    await expect(connection.dial(service(), {})).rejects.toMatchObject({ code: "NO_FORWARDING" });
    expect(await refusedPort(0)).toMatchObject({ code: "NO_FORWARDING" });
    expect(await output(connection, "echo still here")).toBe("still here\n");
  });

  const asyncssh = noServer("AsyncSSH");
  it.skipIf(asyncssh !== "")(`are refused by a server that allows none${asyncssh}`, async () => {
    await startOther("AsyncSSH", create);
    // As if the service did.
    await expect(connection.dial(service(), {})).rejects.toMatchObject({ code: "DIAL_REFUSED" });
    expect(await refusedPort(0)).toMatchObject({ code: "LISTEN_FAILED" });
    expect(await output(connection, "echo still here")).toBe("still here\n");
  });
});

import { existsSync } from "node:fs";
import { type AddressInfo, connect as connectTo, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findProcesses, type LivingProcess } from "../../../src/rehearse/host-processes.ts";
import type { Connection, Transport } from "../../../src/transport/transport.ts";
import { hasOpenssh, opensshTransport } from "../../support/openssh-transport.ts";
import { command, connect, fleetTransport } from "../../support/ssh-host.ts";
import { NO_SSHD, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";

/** Milliseconds between signs of life: a host waits for three. */
const SHORT_BEAT = 300;

/** Milliseconds that a busy machine may take, the 5 seconds of a refusal included. */
const PATIENCE = { timeout: 20_000, interval: 100 };

/** A TCP relay that falls silent when the client has said so many bytes more. */
async function startFallingSilent(port: number) {
  const sockets = new Set<Socket>();
  let rest = Number.POSITIVE_INFINITY;
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connectTo({ port, host: "127.0.0.1", noDelay: true });
    for (const socket of [client, upstream]) sockets.add(socket.on("error", () => undefined));
    client.on("data", (chunk) => {
      upstream.write(chunk.subarray(0, rest));
      rest = Math.max(0, rest - chunk.length);
    });
    upstream.on("data", (chunk) => rest > 0 && client.write(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    fallSilent(after: number) {
      rest = after;
    },
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const canRun = hasOpenssh && existsSync("/proc/self/stat");

describe.skipIf(!canRun)(`a link that falls silent before the first flight is there${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  let relay: Awaited<ReturnType<typeof startFallingSilent>>;
  let transport: Transport;
  let connection: Connection;

  beforeEach(async () => {
    fleet = await startSshdFleet(1);
    relay = await startFallingSilent(fleet.hosts[0]?.port ?? 0);
    fleet.configure({ host1: [`Port ${relay.port}`, `HostKeyAlias [127.0.0.1]:${fleet.hosts[0]?.port}`] });
  });
  afterEach(async () => {
    await connection.close();
    relay.stop();
    await transport.close();
    await fleet.stop();
  });

  /** All that is ours on the host. */
  const processes = (): readonly LivingProcess[] => findProcesses(`HOME=${fleet.hosts[0]?.home}`);

  const transports = { ssh: fleetTransport, openssh: opensshTransport } as const;
  it.each([
    ["ssh", false],
    ["ssh", true],
    ["openssh", false],
  ] as const)("leaves nothing when that comes as soon as the shell is there: %s, for one flight %s", async (name, single) => {
    transport = transports[name](fleet, { beat: SHORT_BEAT });
    connection = await connect(transport, "host1", { single });
    relay.fallSilent(0);
    expect(processes().length).toBeGreaterThan(0);
    await vi.waitFor(() => expect(processes()).toEqual([]), PATIENCE);
  });

  it("leaves nothing when that comes in the middle of it", async () => {
    transport = fleetTransport(fleet, { beat: SHORT_BEAT });
    connection = await connect(transport, "host1", { single: true });
    relay.fallSilent(100_000);
    connection.flight([command(`: ${"x".repeat(200_000)}`)], {}).catch(() => undefined);
    expect(processes().length).toBeGreaterThan(0);
    await vi.waitFor(() => expect(processes()).toEqual([]), PATIENCE);
  });
});

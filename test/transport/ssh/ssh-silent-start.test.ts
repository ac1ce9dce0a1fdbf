import { existsSync } from "node:fs";
import { type AddressInfo, connect as connectTo, createServer, type Socket } from "node:net";
import { describe, expect, it, type TestContext, vi } from "vitest";
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

interface Silencing extends Pick<TestContext, "onTestFinished"> {
  readonly single: boolean;
}

const transports = { ssh: fleetTransport, openssh: opensshTransport } as const;

describe.skipIf(!canRun).concurrent(`a link that falls silent before the first flight is there${NO_SSHD}`, () => {
  /** A connection to a host of its own, through what falls silent. */
  async function start(name: keyof typeof transports, { single, onTestFinished }: Silencing) {
    const fleet: SshdFleet = await startSshdFleet(1);
    onTestFinished(() => fleet.stop());
    const [host] = fleet.hosts;
    const relay = await startFallingSilent(host?.port ?? 0);
    onTestFinished(() => relay.stop());
    fleet.configure({ host1: [`Port ${relay.port}`, `HostKeyAlias [127.0.0.1]:${host?.port}`] });
    const transport: Transport = transports[name](fleet, { beat: SHORT_BEAT });
    onTestFinished(() => transport.close());
    const connection: Connection = await connect(transport, "host1", { single });
    /** All that is ours on the host. */
    const processes = (): readonly LivingProcess[] => findProcesses(`HOME=${host?.home}`);
    return { relay, connection, processes };
  }

  it.for([
    ["ssh", false],
    ["ssh", true],
    ["openssh", false],
  ] as const)(
    "leaves nothing when that comes as soon as the shell is there: %s, for one flight %s",
    async ([name, single], context) => {
      const { relay, processes } = await start(name, { ...context, single });
      relay.fallSilent(0);
      expect(processes().length).toBeGreaterThan(0);
      await vi.waitFor(() => expect(processes()).toEqual([]), PATIENCE);
    },
  );

  it("leaves nothing when that comes in the middle of it", async (context) => {
    const { relay, connection, processes } = await start("ssh", { ...context, single: true });
    relay.fallSilent(100_000);
    connection.flight([command(`: ${"x".repeat(200_000)}`)], {}).catch(() => undefined);
    expect(processes().length).toBeGreaterThan(0);
    await vi.waitFor(() => expect(processes()).toEqual([]), PATIENCE);
  });
});

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Channel } from "../../../src/transport/channel.ts";
import type { SshTransportOptions } from "../../../src/transport/ssh/options.ts";
import type { Connection, Transport } from "../../../src/transport/transport.ts";
import { within } from "../../../src/wait.ts";
import { isAlive } from "../../support/alive.ts";
import { hasOpenssh, opensshTransport } from "../../support/openssh-transport.ts";
import { command, connect, fleetTransport, output } from "../../support/ssh-host.ts";
import { findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";

const transports = [["ssh", fleetTransport], ...(hasOpenssh ? [["openssh", opensshTransport] as const] : [])] as const;

const PATIENCE = { timeout: 30_000, interval: 50 };
const LONG = "trap 'echo got; exit 7' USR1; sleep 1000 & echo ready; wait";

interface Running extends Channel {
  said(): string;
  /** Settles when its place is free. */
  readonly closed: Promise<unknown>;
}

let fleet: SshdFleet;
let transport: Transport;
let connection: Connection;

async function start(
  create: typeof fleetTransport,
  config: readonly string[] = [],
  options: Partial<SshTransportOptions> = {},
): Promise<void> {
  fleet = await startSshdFleet(1, { config });
  // A fourth of the time of a login, where the client would choose sntrup761.
  fleet.configure({ host1: ["KexAlgorithms curve25519-sha256"] });
  transport = create(fleet, { grace: 500, ...options });
  connection = await connect(transport, "host1");
}

afterEach(async () => {
  await transport?.close();
  await fleet?.stop();
});

/** Logins that the server has seen. */
const logins = (): number => fleet.hosts[0]?.log().match(/Accepted publickey/g)?.length ?? 0;

/** Logins that are still there: connections that the server has open, as the kernel knows them (proc(5), net/tcp). */
function links(): number {
  const port = fleet.hosts[0]?.port.toString(16).toUpperCase().padStart(4, "0");
  return readFileSync("/proc/net/tcp", "utf8").match(new RegExp(`: 0100007F:${port} \\w+:\\w+ 01 `, "g"))?.length ?? 0;
}

async function open(): Promise<Running> {
  const channel = await connection.open({ script: LONG });
  let said = "";
  channel.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  channel.stderr?.resume();
  const closed = new Promise((resolve) => channel.stdout.once("close", resolve));
  await vi.waitFor(() => expect(said).toContain("ready"), PATIENCE);
  return { ...channel, said: () => said, closed };
}

const many = (number: number): Promise<Running[]> => Promise.all(Array.from({ length: number }, open));

async function stop(channel: Running): Promise<void> {
  await channel.signal("SIGUSR1");
  expect(await channel.ended).toMatchObject({ exitCode: 7 });
  await channel.closed;
  expect(channel.said()).toBe("ready\ngot\n");
  await setImmediate();
}

const gone = (pid: number): Promise<void> => vi.waitFor(() => expect(isAlive(pid)).toBe(false), PATIENCE);

/** What serves the login that a process is on. */
const serverOf = ({ pid }: Channel): number => Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[3]);

describe.skipIf(findSshd() === undefined).each(transports)(
  `processes over %s, more than a login has sessions for${NO_SSHD}`,
  (_name, create) => {
    it.each([
      { sessions: 10, processes: 30, expected: 4 },
      { sessions: 2, processes: 30, expected: 30 },
      { sessions: 1, processes: 4, expected: 5 },
    ])(
      "all run where MaxSessions is $sessions: $processes over $expected logins",
      async ({ sessions, processes, expected }) => {
        await start(create, [`MaxSessions ${sessions}`]);
        const channels = await many(processes);
        expect(logins()).toBe(expected);
        expect(new Set(channels.map(({ pid }) => pid)).size).toBe(processes);
        expect(await output(connection, "echo a flight")).toBe("a flight\n");
        expect((await connection.exec(command("cat", { stdin: "fed" }), {})).stdout).toBe("fed");
        await Promise.all(channels.slice(0, processes / 2).map(stop));
        expect(channels.slice(processes / 2).filter(({ pid }) => !isAlive(pid))).toEqual([]);
        await connection.close();
        await Promise.all(channels.map(({ pid }) => gone(pid)));
        await vi.waitFor(() => expect(links()).toBe(0), PATIENCE);
      },
      180_000,
    );

    it("take no login that is not needed, and let one go that is not used", async () => {
      await start(create, [], { channels: 3 });
      const [first, second, ...others] = [...(await many(2)), ...(await many(2)), ...(await many(2))];
      expect(links()).toBe(3);
      const [last] = others.slice(-1);
      for (const channel of others.slice(-2)) await stop(channel);
      await vi.waitFor(() => expect(links()).toBe(2), PATIENCE);
      expect([first, second].map((channel) => isAlive(channel?.pid ?? 0))).toEqual([true, true]);
      await stop(first as Running);
      // Its place is there again.
      await open();
      expect([logins(), isAlive(last?.pid ?? 0)]).toEqual([3, false]);
      await many(2);
      expect(logins()).toBe(4);
    });

    it("hold up no command with input, and no flight", async () => {
      await start(create, [], { channels: 2 });
      await many(3);
      const commands = Array.from({ length: 3 }, () => connection.exec(command("cat", { stdin: "fed" }), {}));
      expect((await Promise.all(commands)).map(({ stdout }) => stdout)).toEqual(["fed", "fed", "fed"]);
      expect(await output(connection, "echo a flight")).toBe("a flight\n");
    });

    it("are lost alone with the login that they are on, and with the first one all together", async () => {
      await start(create, [], { channels: 2 });
      const channels = [await open(), await open(), await open()];
      const [first, lost, other] = channels as [Running, Running, Running];
      process.kill(serverOf(lost), "SIGKILL");
      const cause = expect.objectContaining({ code: "CONNECTION_LOST" });
      expect(await lost.ended).toMatchObject({ exitCode: undefined, cause });
      expect(connection.left).toContain(lost.pid);
      // The host ends what has lost its parent.
      await gone(lost.pid);
      expect([isAlive(first.pid), isAlive(other.pid)]).toEqual([true, true]);
      expect(
        await within(
          100,
          connection.closed.then(() => "closed"),
        ),
      ).toBeUndefined();
      await expect(lost.signal("SIGTERM")).resolves.toBeUndefined();
      expect(await output(connection, "echo a flight")).toBe("a flight\n");
      await stop(other);
      await stop(await open());
      process.kill(serverOf(first), "SIGKILL");
      expect(await connection.closed).toEqual(cause);
      expect(await first.ended).toMatchObject({ exitCode: undefined, cause });
      await expect(connection.open({ script: "true" })).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    });

    it("keep no login that they outlive", async () => {
      await start(create, [], { channels: 2 });
      const script = "echo ready; while :; do echo tick; sleep 0.1; done";
      const pids: number[] = [];
      for (let round = 0; round < 2; round++) {
        const channels = await Promise.all([1, 2, 3].map(() => connection.open({ script, outlive: true })));
        for (const { pid, stdout } of channels) {
          pids.push(pid);
          await once(stdout, "data");
        }
        for (const channel of channels) channel.close();
        await vi.waitFor(() => expect(links()).toBe(1), PATIENCE);
        expect(await output(connection, "echo a flight")).toBe("a flight\n");
        expect((await connection.exec(command("cat", { stdin: "fed" }), {})).stdout).toBe("fed");
      }
      await connection.close();
      expect(pids.filter((pid) => !isAlive(pid))).toEqual([]);
      for (const pid of pids) process.kill(-pid, "SIGKILL");
      await Promise.all(pids.map(gone));
    });

    it("log in no faster than the server lets them", async () => {
      await start(create, ["MaxStartups 2:100:2"], { channels: 2 });
      const channels = await many(8);
      expect(logins()).toBe(8);
      for (const channel of channels) await stop(channel);
    }, 60_000);

    it("are not waited for when they are aborted, nor when the connection is closed", async () => {
      await start(create, [], { channels: 2 });
      await open();
      const abort = new AbortController();
      const wanted = connection.open({ script: LONG, signal: abort.signal });
      abort.abort(new Error("not wanted"));
      await expect(wanted).rejects.toThrow("not wanted");
      expect(links()).toBeGreaterThan(0);
      const late = connection.open({ script: LONG });
      await connection.close();
      await expect(late).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
      // sshd need not say that a login is gone which was cut while it began.
      await vi.waitFor(() => expect(links()).toBe(0), PATIENCE);
    });
  },
);

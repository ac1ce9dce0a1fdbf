import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Command } from "../../../src/command/command.ts";
import { findProcesses, type LivingProcess } from "../../../src/rehearse/host-processes.ts";
import { type Relay, startRelay } from "../../../src/rehearse/relay.ts";
import type { Connection } from "../../../src/transport/transport.ts";
import { isAlive } from "../../support/alive.ts";
import { command, connect, fleetTransport, output } from "../../support/ssh-host.ts";
import { findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";

/** Milliseconds between signs of life: a host waits for three, and a busy machine may miss one. */
const SHORT_BEAT = 500;

/** Milliseconds that what is told to end may take on a busy machine, the 5 seconds of a refusal included. */
const PATIENCE = { timeout: 20_000, interval: 100 };

const canRun = findSshd() !== undefined && existsSync("/proc/self/stat");

describe.skipIf(!canRun)(`what runs on a host whose client is gone${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  let relay: Relay;
  let directory: string;
  let connection: Connection;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "fake-guard-"));
    fleet = await startSshdFleet(1);
    relay = await startRelay(fleet.hosts[0]?.port ?? 0);
    fleet.configure({ host1: [`Port ${relay.port}`, `HostKeyAlias [127.0.0.1]:${fleet.hosts[0]?.port}`] });
  });

  afterEach(async () => {
    await connection.close();
    await relay.stop();
    await fleet.stop();
    for (const pid of pids().filter(isAlive)) process.kill(pid, "SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  });

  /** Numbers of the processes that wrote them down. */
  function pids(): readonly number[] {
    const file = join(directory, "pids");
    return existsSync(file) ? (readFileSync(file, "utf8").match(/\d+(?=\n)/g) ?? []).map(Number) : [];
  }

  /** Of all sessions of the host, and of what runs in them. */
  function shells(): readonly LivingProcess[] {
    return findProcesses(`HOME=${fleet.hosts[0]?.home}`);
  }

  async function open(beat?: number): Promise<void> {
    connection = await connect(fleetTransport(fleet, { beat }), "host1");
  }

  /** Starts something that writes the numbers of its processes down: `say` does. Goes on when so many are there. */
  async function start(text: string, count: number, options: Partial<Command> = {}): Promise<void> {
    const one = command(`say() { sh -c 'echo $PPID' >>${directory}/pids; }; say; ${text}`, options);
    const run = options.stdin === undefined ? connection.flight([one], {}) : connection.exec(one, {});
    run.catch(() => undefined);
    await vi.waitFor(() => expect(pids().length).toBe(count), PATIENCE);
    expect(pids().every(isAlive)).toBe(true);
  }

  /** A shell that cannot tell what others start on this machine from what it started itself is replaced. */
  async function lastingShell(): Promise<number> {
    return vi.waitFor(async () => {
      const [first, second] = [await output(connection, "echo $$"), await output(connection, "echo $$")];
      expect(first).toBe(second);
      return Number(first);
    }, PATIENCE);
  }

  async function expectEnd(): Promise<void> {
    await vi.waitFor(() => expect(pids().filter(isAlive)).toEqual([]), PATIENCE);
  }

  it("ends when the connection does", async () => {
    await open();
    await start("(say; exec sleep 1000) & exec sleep 1000", 2);
    relay.cut();
    await expectEnd();
  });

  it("ends when it does not listen to SIGTERM", async () => {
    await open();
    await start("trap '' TERM; while :; do sleep 0.1; done", 1);
    relay.cut();
    await expectEnd();
  });

  it("ends when the one that waits for it does, though it does not listen to SIGTERM itself", async () => {
    await open();
    await start("(trap '' TERM; say; while :; do sleep 0.1; done) & wait", 2);
    relay.cut();
    await expectEnd();
  });

  it("lives on when it has detached itself", async () => {
    await open();
    await start(
      "setsid sh -c 'echo $$ >daemon; exec sleep 1000' >/dev/null 2>&1 & exec sleep 1000".replace(
        "daemon",
        `${directory}/daemon`,
      ),
      1,
    );
    await vi.waitFor(() => expect(existsSync(join(directory, "daemon"))).toBe(true), PATIENCE);
    relay.cut();
    await expectEnd();
    const daemon = Number(readFileSync(join(directory, "daemon"), "utf8"));
    expect(isAlive(daemon)).toBe(true);
    process.kill(daemon, "SIGKILL");
  });

  it("ends when nothing is heard of the client any more, and so does the connection", async () => {
    await open(SHORT_BEAT);
    const server = Number(await output(connection, "echo $PPID"));
    await start("exec sleep 1000", 1);
    expect(isAlive(server)).toBe(true);
    relay.freeze();
    await expectEnd();
    await vi.waitFor(() => expect(isAlive(server)).toBe(false), PATIENCE);
  });

  it("ends, idle shells and the connection, when nothing is heard of the client any more", async () => {
    await open(SHORT_BEAT);
    const server = Number(await output(connection, "echo $PPID"));
    expect([isAlive(server), shells().length > 0]).toEqual([true, true]);
    relay.freeze();
    await vi.waitFor(() => expect([shells(), isAlive(server)]).toEqual([[], false]), PATIENCE);
  });

  it("ends, a shell that was never sent anything, when nothing is heard of the client any more", async () => {
    await open(SHORT_BEAT);
    // The shell, its watch, and what that sleeps with.
    await vi.waitFor(() => expect(shells().length).toBeGreaterThanOrEqual(3), PATIENCE);
    relay.freeze();
    await vi.waitFor(() => expect(shells()).toEqual([]), PATIENCE);
  });

  it("ends, a connection whose shells have all ended, when nothing is heard of the client any more", async () => {
    await open(SHORT_BEAT);
    // A shell that has left something behind serves no more.
    const text = await output(connection, `setsid sh -c 'echo $$ >>${directory}/pids; exec sleep 1000' & echo $$ $PPID`);
    const [shell = 0, server = 0] = text.trim().split(" ").map(Number);
    await vi.waitFor(() => expect([shell, server].map(isAlive)).toEqual([false, true]), PATIENCE);
    relay.freeze();
    await vi.waitFor(() => expect(isAlive(server)).toBe(false), PATIENCE);
  });

  it("runs on, and waits, for as long as the client is heard of", async () => {
    // Long enough for a busy machine to be heard of in.
    await open(1500);
    expect((await output(connection, "sleep 5; echo done")).trim()).toBe("done");
    const shell = await lastingShell();
    await new Promise((resolve) => setTimeout(resolve, 5000));
    expect(isAlive(shell)).toBe(true);
  });

  it("ends when it has input of its own", async () => {
    await open();
    await start("cat >/dev/null; exec sleep 1000", 1, { stdin: "input" });
    relay.cut();
    await expectEnd();
  });

  it("ends when it still reads its input", async () => {
    await open();
    await start("trap '' TERM; while :; do read -r line; sleep 0.1; done", 1, { stdin: new PassThrough() });
    relay.cut();
    await expectEnd();
  });
});

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Relay, startRelay } from "../../../src/rehearse/relay.ts";
import type { CommandEvent, Connection, Transport } from "../../../src/transport/transport.ts";
import { isAlive } from "../../support/alive.ts";
import { command, connect, fleetTransport, output } from "../../support/ssh-host.ts";
import { findSshd, NO_SSHD, plainKey, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";
import { unless } from "../../support/unless.ts";

/** Settles when the flight has started its command. */
function onStart(): { readonly started: Promise<void>; readonly onEvent: (event: CommandEvent) => void } {
  let start: () => void = () => undefined;
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  return { started, onEvent: (event) => event.kind === "started" && start() };
}

/** Waits until a file is there: something on the host said so. */
async function appears(path: string): Promise<void> {
  while (!existsSync(path)) await delay(10);
}

const noBash = unless(existsSync("/bin/bash"), "no bash");

describe.skipIf(findSshd() === undefined)(`a connection to OpenSSH${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  let transport: Transport;
  let connection: Connection;
  let home: string;

  beforeAll(async () => {
    fleet = await startSshdFleet(1);
    home = fleet.hosts[0]?.home ?? "";
    transport = fleetTransport(fleet, { grace: 500 });
  });

  beforeEach(async () => {
    fleet.configure();
    connection = await connect(transport, "host1");
  });

  afterEach(() => connection.close());

  afterAll(async () => {
    await transport?.close();
    await fleet?.stop();
  });

  it.skipIf(!existsSync("/bin/bash"))(`keeps what login scripts print out of the results${noBash}`, async () => {
    const { home: itsHome } = await fleet.add({ name: "noisy", shell: "/bin/bash" });
    writeFileSync(join(itsHome, ".bashrc"), "echo noise; echo more noise >&2\n");
    const noise: string[] = [];
    const noisy = await connect(fleetTransport(fleet, { onNoise: (text) => noise.push(text) }), "noisy");
    for (let flight = 0; flight < 2; flight++) expect(await output(noisy, "echo real; echo err >&2")).toBe("real\n");
    const result = await noisy.exec(command("cat"), {});
    expect(result).toMatchObject({ status: "ok", stdout: "", stderr: "" });
    expect(noise.join("")).toContain("noise\n");
    await noisy.close();
  });

  it("keeps a banner of the server out of the results", async () => {
    const banner = join(fleet.directory, "banner");
    writeFileSync(banner, `Authorised use only.\n${"=".repeat(20_000)}\n\x1b[2J`);
    await fleet.add({ name: "stern", config: [`Banner ${banner}`] });
    const stern = await connect(fleetTransport(fleet), "stern");
    expect(await stern.flight([command("echo real")], {})).toMatchObject([{ status: "ok", stdout: "real\n", stderr: "" }]);
    await stern.close();
  });

  it.each(["/usr/bin/fish", "/usr/bin/csh", "/usr/bin/zsh", "/usr/bin/dash"].filter((shell) => existsSync(shell)))(
    "works with the login shell %s",
    async (shell) => {
      const name = shell.slice("/usr/bin/".length);
      await fleet.add({ name, shell });
      const other = await connect(fleetTransport(fleet, { grace: 500 }), name);
      expect(await output(other, "printf '%s' \"it's $((1+1))\"")).toBe("it's 2");
      expect(await other.exec(command("cat", { stdin: "fed" }), {})).toMatchObject({ status: "ok", stdout: "fed" });
      await other.close();
    },
  );

  it("runs flights next to each other", async () => {
    const flights = await Promise.all(Array.from({ length: 20 }, (_, index) => output(connection, `echo ${index}`)));
    expect(flights).toEqual(Array.from({ length: 20 }, (_, index) => `${index}\n`));
  });

  it("settles for fewer sessions than it may have by default", async () => {
    await fleet.add({ name: "few", config: ["MaxSessions 2"] });
    const few = await connect(fleetTransport(fleet, { grace: 500 }), "few");
    const flights = await Promise.all(Array.from({ length: 8 }, (_, index) => output(few, `sleep 0.05; echo ${index}`)));
    expect(flights).toEqual(Array.from({ length: 8 }, (_, index) => `${index}\n`));
    await few.close();
  });

  it("kills the process group when it is aborted", async () => {
    const controller = new AbortController();
    const { started, onEvent } = onStart();
    const flight = connection.flight([command(`sh -c 'echo $$ >${home}/child; sleep 300' & wait`), command("echo never")], {
      signal: controller.signal,
      onEvent,
    });
    await started;
    await appears(join(home, "child"));
    controller.abort();
    const [first, second] = await flight;
    expect(first).toMatchObject({ status: "killed" });
    expect(second).toMatchObject({ status: "skipped" });
    // The signal has reached all of the group; when each of them is gone is up to the machine.
    const child = Number(readFileSync(join(home, "child"), "utf8"));
    await vi.waitFor(() => expect(isAlive(child)).toBe(false), { timeout: 5_000 });
  });

  it("kills what does not listen to SIGTERM", async () => {
    const [result] = await connection.flight(
      [command(`trap '' TERM; echo $$ >${home}/stubborn; while :; do sleep 0.1; done`, { timeout: 300 })],
      {},
    );
    expect(result).toMatchObject({ status: "timed-out" });
    expect(isAlive(Number(readFileSync(join(home, "stubborn"), "utf8")))).toBe(false);
  });

  it("sends nothing any more when it is stopped before a shell has started", async () => {
    const shell = join(fleet.directory, "slow-shell");
    const open = join(fleet.directory, "open");
    writeFileSync(shell, `#!/bin/sh\nuntil [ -e ${open} ]; do sleep 0.02; done\nexec /bin/sh "$@"\n`, { mode: 0o755 });
    writeFileSync(open, "");
    const { home: slowHome } = await fleet.add({ name: "slow", shell });
    const slow = await connect(fleetTransport(fleet, { grace: 500 }), "slow");
    rmSync(open);
    const controller = new AbortController();
    // The shell that is there is taken: the command needs one of its own.
    const busy = slow.flight([command("sleep 300")], { signal: controller.signal });
    const pid = join(slowHome, "pid");
    const running = slow.exec(command(`echo $$ >${pid}.new; mv ${pid}.new ${pid}; exec sleep 300`), {
      signal: controller.signal,
    });
    await delay(150);
    expect(existsSync(pid)).toBe(false);
    controller.abort();
    writeFileSync(open, "");
    expect((await running).status).toBe("skipped");
    await busy;
    await delay(150);
    expect(existsSync(pid)).toBe(false);
    await slow.close();
  });

  it("kills over the session itself where the host allows but one", async () => {
    await fleet.add({ name: "one", config: ["MaxSessions 1", "ForceCommand none"] });
    const one = await connect(fleetTransport(fleet, { grace: 500 }), "one");
    const [result] = await one.flight([command("sleep 5", { timeout: 200 })], {});
    // sshd does not pass on signals to sessions of root. What cannot be ended may still run, and that is what is said.
    expect(result?.status).toBe(process.getuid?.() === 0 ? "unknown" : "timed-out");
    await one.close();
  });

  it("says that what runs is unknown when the link is cut", async () => {
    const lossy = await throughRelay();
    const { started, onEvent } = onStart();
    const flight = lossy.connection.flight([command("echo begun; sleep 3"), command("echo never")], { onEvent });
    await started;
    lossy.relay.cut();
    const [first, second] = await flight;
    expect(first).toMatchObject({ status: "unknown", exitCode: undefined, cause: { code: "CONNECTION_LOST" } });
    expect(second?.status).toBe("unknown");
    expect(await lossy.connection.closed).toMatchObject({ name: "ConnectError", code: "CONNECTION_LOST" });
    await expect(lossy.connection.flight([command("true")], {})).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    await lossy.relay.stop();
  });

  it("notices a link that went silent by its keepalives", async () => {
    const lossy = await throughRelay({ interval: 50, count: 3 });
    const { started, onEvent } = onStart();
    const flight = lossy.connection.flight([command("sleep 3")], { onEvent });
    await started;
    lossy.relay.freeze();
    const [result] = await flight;
    expect(result).toMatchObject({ status: "unknown" });
    expect(result?.cause?.message).toContain("it stopped answering keepalives");
    await lossy.relay.stop();
  });

  it("takes megabytes on both streams, and passes raw bytes to a sink", async () => {
    const sink = new PassThrough();
    let bytes = 0;
    sink.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    const result = await connection.exec(command("head -c 8000000 /dev/zero; head -c 300000 /dev/zero | tr '\\0' e >&2"), {
      stdout: sink,
    });
    expect(result).toMatchObject({ status: "ok", stdout: "", truncated: true });
    expect(bytes).toBe(8_000_000);
  });

  it("sends stdin of any size", async () => {
    const result = await connection.exec(command("wc -c", { stdin: Buffer.alloc(5_000_000, 0) }), {});
    expect(result.stdout.trim()).toBe("5000000");
  });

  it("ends without waiting, and what still runs is then unknown", async () => {
    const { started, onEvent } = onStart();
    const flight = connection.flight([command("sleep 300")], { onEvent });
    await started;
    await connection.close();
    expect(await connection.closed).toBeUndefined();
    expect((await flight)[0]).toMatchObject({ status: "unknown", cause: { code: "CONNECTION_CLOSED" } });
    await expect(connection.exec(command("true"), {})).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    await connection.close();
  });

  async function throughRelay(keepalive?: {
    interval: number;
    count: number;
  }): Promise<{ connection: Connection; relay: Relay }> {
    const relay = await startRelay(fleet.hosts[0]?.port ?? 0);
    fleet.configure({ host1: [`Port ${relay.port}`] });
    writeFileSync(fleet.knownHosts, `* ${plainKey(fleet.hosts[0]?.hostKey ?? fleet.key)}\n`);
    return { connection: await connect(fleetTransport(fleet, { keepalive }), "host1"), relay };
  }
});

import { writeFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { CommandEvent, Connection, Transport } from "../../../src/transport/transport.ts";
import { command, connect, fleetTransport, output } from "../../support/ssh-host.ts";
import { findSshd, NO_SSHD, plainKey, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";
import { startRelay } from "../../support/turn-relay.ts";

describe.skipIf(findSshd() === undefined)(`places on a connection to OpenSSH${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  let transport: Transport;
  let connection: Connection;

  beforeAll(async () => {
    fleet = await startSshdFleet(1);
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

  it("are left for flights, however many commands wait for their input", async () => {
    const inputs = Array.from({ length: 9 }, () => new PassThrough());
    let started = 0;
    const onEvent = ({ kind }: CommandEvent): void => {
      if (kind === "started") started += 1;
    };
    const long = inputs.map((stdin) => connection.exec(command("cat", { stdin }), { onEvent }));
    await vi.waitFor(() => expect(started).toBeGreaterThanOrEqual(8), 8000);
    expect(await Promise.all([output(connection, "echo 1"), output(connection, "echo 2")])).toEqual(["1\n", "2\n"]);
    for (const [index, input] of inputs.entries()) input.end(`${index}`);
    expect((await Promise.all(long)).map(({ stdout }) => stdout)).toEqual(inputs.map((_, index) => `${index}`));
  });

  it("are free again when a channel has ended and was read", async () => {
    const narrow = await connect(fleetTransport(fleet, { channels: 3 }), "host1");
    for (let time = 0; time < 4; time++) {
      const channel = await narrow.open({ script: "echo out" });
      channel.stderr?.resume();
      let said = "";
      for await (const chunk of channel.stdout) said += chunk;
      expect(said).toBe("out\n");
    }
    await narrow.close();
  });

  it("are given back by flights that are aborted while a session is being opened for them", async () => {
    const narrow = await connect(fleetTransport(fleet, { grace: 500, channels: 3 }), "host1");
    const end = new AbortController();
    const long = narrow.flight([command("sleep 300")], { signal: end.signal });
    for (let time = 0; time < 4; time++) {
      const abort = new AbortController();
      const flight = narrow.flight([command("sleep 300")], { signal: abort.signal });
      setImmediate(() => abort.abort());
      expect(["skipped", "killed"]).toContain((await flight)[0]?.status);
    }
    expect(await output(narrow, "echo on")).toBe("on\n");
    end.abort();
    await long;
    await narrow.close();
  });

  it("cost two turns when they are new", async () => {
    const relay = await startRelay({ port: fleet.hosts[0]?.port ?? 0, delay: 20 });
    fleet.configure({ host1: [`Port ${relay.port}`] });
    writeFileSync(fleet.knownHosts, `* ${plainKey(fleet.hosts[0]?.hostKey ?? fleet.key)}\n`);
    const far = await connect(fleetTransport(fleet), "host1");
    const counts: number[] = [];
    for (let time = 0; time < 8; time++) {
      const before = relay.turns()[0] ?? 0;
      expect((await far.exec(command("cat", { stdin: "fed" }), {})).stdout).toBe("fed");
      counts.push((relay.turns()[0] ?? 0) - before);
    }
    // A server that is slow to say something may make two turns three, and one command may share a turn with the session before.
    expect(counts.toSorted((a, b) => a - b)[1]).toBeLessThanOrEqual(2);
    await far.close();
    await relay.stop();
  });
});

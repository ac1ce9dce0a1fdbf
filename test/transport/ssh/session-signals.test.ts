/** How often a client has to hear of the host before a signal is where it is to be. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Connection, Transport } from "../../../src/transport/transport.ts";
import { isAlive } from "../../support/alive.ts";
import { hasOpenssh, opensshTransport } from "../../support/openssh-transport.ts";
import { command, connect, fleetTransport } from "../../support/ssh-host.ts";
import { findSshd, givesTerminals, NO_SSHD, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";
import { startRelay, type TurnRelay } from "../../support/turn-relay.ts";

const transports = [["ssh", fleetTransport], ...(hasOpenssh ? [["openssh", opensshTransport] as const] : [])] as const;

const SCRIPT = "exec sleep 1000";
const TERMINAL = { type: "dumb", columns: 80, rows: 24 };

describe.skipIf(findSshd() === undefined).each(transports)(`a signal over %s${NO_SSHD}`, (_name, create) => {
  let fleet: SshdFleet;
  let relay: TurnRelay;
  let transport: Transport;
  let connection: Connection | undefined;
  let noTerminals = false;
  beforeAll(async () => {
    fleet = await startSshdFleet(1);
    const [host] = fleet.hosts;
    noTerminals = !givesTerminals(fleet);
    relay = await startRelay({ port: host?.port ?? 0, delay: 20 });
    fleet.configure({ host1: [`Port ${relay.port}`, `HostKeyAlias [127.0.0.1]:${host?.port}`] });
    transport = create(fleet);
  });
  afterAll(async () => {
    await transport?.close();
    await relay?.stop();
    await fleet?.stop();
  });
  afterEach(() => connection?.close());

  it.each([
    ["to a process", undefined],
    ["to a process on a terminal", TERMINAL],
  ])("%s waits for nothing that the host says", async (_what, terminal) => {
    if (terminal !== undefined && noTerminals) return;
    const open = await connect(transport, "host1");
    connection = open;
    const channels = await Promise.all([1, 2, 3].map(() => open.open({ script: SCRIPT, terminal })));
    const goOn = relay.hold();
    const sent = channels.map((channel) => channel.signal("SIGTERM"));
    await expect.poll(() => channels.filter(({ pid }) => isAlive(pid)), { timeout: 20_000 }).toEqual([]);
    goOn();
    await Promise.all(sent);
    for (const { ended } of channels) expect(await ended).toMatchObject({ signal: "SIGTERM" });
    // The shell that took it goes on with flights.
    const before = relay.turns()[0] ?? 0;
    expect((await open.flight([command("echo on")], {}))[0]?.stdout).toBe("on\n");
    expect((relay.turns()[0] ?? 0) - before).toBeLessThanOrEqual(1);
  });

  it("takes two turns where a flight has the shell", async () => {
    const open = await connect(transport, "host1");
    connection = open;
    const counts: number[] = [];
    for (let time = 0; time < 3; time++) {
      const stop = new AbortController();
      const flight = open.flight([command("sleep 1000")], { signal: stop.signal });
      const { signal, ended } = await open.open({ script: SCRIPT });
      const before = relay.turns()[0] ?? 0;
      await signal("SIGKILL");
      await ended;
      counts.push((relay.turns()[0] ?? 0) - before);
      stop.abort();
      await flight;
    }
    // A server that is slow to say something may make two turns three.
    expect(Math.min(...counts)).toBeLessThanOrEqual(2);
  }, 90_000);
});

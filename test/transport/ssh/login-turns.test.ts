import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAgent, type TestAgent } from "../../support/ssh-agent.ts";
import { connect, fleetTransport, output } from "../../support/ssh-host.ts";
import { makeKey } from "../../support/ssh-keys.ts";
import { findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";
import { startRelay, type TurnRelay } from "../../support/turn-relay.ts";

/** Turns of each flight but the first: its shell is there. */
const FURTHER_FLIGHT = 1;

const noSshd = findSshd() === undefined;

describe.skipIf(noSshd)(`turns of a connection to OpenSSH, each a round trip${NO_SSHD}`, { timeout: 30_000 }, () => {
  let fleet: SshdFleet;
  let relay: TurnRelay;
  let agent: TestAgent;

  beforeAll(async () => {
    fleet = await startSshdFleet(1);
    const [server] = fleet.hosts;
    relay = await startRelay({ port: server?.port ?? 0, delay: 20 });
    configure();
    agent = await startAgent(fleet.directory);
    agent.add(fleet.key.path);
  });

  afterAll(async () => {
    await agent?.stop();
    await relay?.stop();
    await fleet?.stop();
  });

  function configure(...lines: readonly string[]): void {
    fleet.configure({ host1: [...lines, `Port ${relay.port}`, `HostKeyAlias [127.0.0.1]:${fleet.hosts[0]?.port}`] });
  }

  interface Work {
    readonly flights: number;
    readonly fastLogin: boolean;
    readonly env?: NodeJS.ProcessEnv;
    readonly forwardAgent?: boolean;
  }

  /** The least of three: a server that is slow to say something may make one turn two, and never two turns one. */
  async function turnsOf(work: Work): Promise<number> {
    const counts: number[] = [];
    for (let time = 0; time < 3; time++) counts.push(await countTurns(work));
    return Math.min(...counts);
  }

  async function countTurns({ flights, env = { PATH: process.env.PATH }, ...options }: Work): Promise<number> {
    const connection = await connect(fleetTransport(fleet, { env }), "host1", options);
    for (let flight = 0; flight < flights; flight++) expect(await output(connection, "echo in")).toBe("in\n");
    const ended = relay.ended();
    await connection.close();
    await ended;
    return relay.turns().at(-1) ?? Number.NaN;
  }

  // Name and algorithms, keys, then all of the login and the session, the flight, goodbye.
  it("are five for one flight", async () => {
    expect(await turnsOf({ flights: 1, fastLogin: true })).toBeLessThanOrEqual(5);
    expect(await turnsOf({ flights: 3, fastLogin: true })).toBeLessThanOrEqual(5 + 2 * FURTHER_FLIGHT);
  });

  // Five more: service, the question about the key, signature, channel, shell in the place of one.
  it("are ten without the fast login", async () => {
    expect(await turnsOf({ flights: 1, fastLogin: false })).toBeLessThanOrEqual(10);
    expect(await turnsOf({ flights: 3, fastLogin: false })).toBeLessThanOrEqual(10 + 2 * FURTHER_FLIGHT);
  });

  it("are five with a key in an agent", async () => {
    const env = { PATH: process.env.PATH, SSH_AUTH_SOCK: agent.socket };
    expect(await turnsOf({ flights: 1, fastLogin: true, env })).toBeLessThanOrEqual(5);
    expect(await turnsOf({ flights: 1, fastLogin: true, env, forwardAgent: true })).toBeLessThanOrEqual(5);
  });

  it("are seven where there is more than one key to offer", async () => {
    configure(`IdentityFile ${fleet.key.path}`, `IdentityFile ${makeKey(`${fleet.directory}/id_more`).path}`);
    expect(await turnsOf({ flights: 1, fastLogin: true })).toBeLessThanOrEqual(7);
  });
});

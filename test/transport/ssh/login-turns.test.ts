import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../../src/command/secret.ts";
import type { Connection } from "../../../src/transport/transport.ts";
import { startAgent, type TestAgent } from "../../support/ssh-agent.ts";
import { command, connect, fleetTransport, output } from "../../support/ssh-host.ts";
import { makeKey } from "../../support/ssh-keys.ts";
import { findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";
import { startRelay, type TurnRelay } from "../../support/turn-relay.ts";

/** Turns of each flight but the first: its shell is there. */
const FURTHER_FLIGHT = 1;

/** With one flight, and one command with input. */
const EXEC = 6;

const noSshd = findSshd() === undefined;

describe.skipIf(noSshd)(`turns of a connection to OpenSSH, each a round trip${NO_SSHD}`, { timeout: 30_000 }, () => {
  let fleet: SshdFleet;
  let relay: TurnRelay;
  let agent: TestAgent;
  const tools = mkdtempSync(join(tmpdir(), "fake-turns-"));

  beforeAll(async () => {
    const takesPassword = 'case $1 in -S) IFS= read -r word;; esac; while [ "$1" != -- ]; do shift; done; shift; exec "$@"';
    writeFileSync(join(tools, "sudo"), `#!/bin/sh\n${takesPassword}\n`, { mode: 0o755 });
    writeFileSync(join(tools, "login"), `#!/bin/sh\nPATH='${tools}':$PATH exec /bin/sh "$@"\n`, { mode: 0o755 });
    fleet = await startSshdFleet(1, { shell: join(tools, "login") });
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
    rmSync(tools, { recursive: true, force: true });
  });

  function configure(...lines: readonly string[]): void {
    fleet.configure({ host1: [...lines, `Port ${relay.port}`, `HostKeyAlias [127.0.0.1]:${fleet.hosts[0]?.port}`] });
  }

  interface Work {
    readonly flights: number;
    readonly fastLogin: boolean;
    readonly env?: NodeJS.ProcessEnv;
    readonly forwardAgent?: boolean;
    readonly before?: () => void;
    /** What else is done on the connection. */
    readonly more?: (connection: Connection) => Promise<void>;
  }

  /**
   * The least of a few: a server that is slow to say something may make one turn two, and never two turns one.
   * @param bound is enough: as many as it takes @default the least of three
   */
  async function turnsOf(work: Work, bound = 0): Promise<number> {
    let least = Number.POSITIVE_INFINITY;
    for (let time = 0; time < (bound === 0 ? 3 : 12) && least > bound; time++) least = Math.min(least, await countTurns(work));
    return least;
  }

  async function countTurns({ flights, env = { PATH: process.env.PATH }, before, more, ...options }: Work): Promise<number> {
    before?.();
    const connection = await connect(fleetTransport(fleet, { env }), "host1", options);
    for (let flight = 0; flight < flights; flight++) expect(await output(connection, "echo in")).toBe("in\n");
    await more?.(connection);
    const ended = relay.ended();
    await connection.close();
    await ended;
    return relay.turns().at(-1) ?? Number.NaN;
  }

  // Name, algorithms and keys, then all of the login and the session, the flight, goodbye.
  it("are four for one flight", async () => {
    expect(await turnsOf({ flights: 1, fastLogin: true })).toBeLessThanOrEqual(4);
    expect(await turnsOf({ flights: 3, fastLogin: true })).toBeLessThanOrEqual(4 + 2 * FURTHER_FLIGHT);
  });

  it("are one more on a server that was not logged in to before: algorithms and keys wait for its name", async () => {
    const env = { PATH: process.env.PATH, XDG_CACHE_HOME: join(tools, "cache") };
    const least = await turnsOf({
      flights: 1,
      fastLogin: true,
      env,
      before: () => rmSync(env.XDG_CACHE_HOME, { recursive: true, force: true }),
    });
    expect(least).toBe(5);
  });

  // Five more: service, the question about the key, signature, channel, shell in the place of one.
  it("are ten without the fast login", async () => {
    expect(await turnsOf({ flights: 1, fastLogin: false })).toBeLessThanOrEqual(10);
    expect(await turnsOf({ flights: 3, fastLogin: false })).toBeLessThanOrEqual(10 + 2 * FURTHER_FLIGHT);
  });

  it("are four with a key in an agent", async () => {
    const env = { PATH: process.env.PATH, SSH_AUTH_SOCK: agent.socket };
    expect(await turnsOf({ flights: 1, fastLogin: true, env })).toBeLessThanOrEqual(4);
    expect(await turnsOf({ flights: 1, fastLogin: true, env, forwardAgent: true })).toBeLessThanOrEqual(4);
  });

  it("are six where there is more than one key to offer", async () => {
    configure(`IdentityFile ${fleet.key.path}`, `IdentityFile ${makeKey(`${fleet.directory}/id_more`).path}`);
    expect(await turnsOf({ flights: 1, fastLogin: true })).toBeLessThanOrEqual(6);
  });

  it("are as many for a command with input where sudo wants no password as without sudo, and one more with its password", async () => {
    configure();
    const costOf = (bound: number, user: string | undefined, password?: Secret): Promise<number> => {
      const more = async (connection: Connection): Promise<void> => {
        const options = password === undefined ? {} : { becomePassword: () => async () => password };
        const result = await connection.exec(command("cat", { stdin: "own", user }), options);
        expect(result).toMatchObject({ status: "ok", stdout: "own" });
      };
      return turnsOf({ flights: 1, fastLogin: true, more }, bound);
    };
    for (const user of [undefined, "deployer"]) expect(await costOf(EXEC, user)).toBeLessThanOrEqual(EXEC);
    expect(await costOf(EXEC + 1, "deployer", new Secret("word"))).toBeLessThanOrEqual(EXEC + 1);
  });
});

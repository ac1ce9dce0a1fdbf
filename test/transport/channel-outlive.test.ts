import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Relay, startRelay } from "../../src/rehearse/relay.ts";
import { isAlive } from "../support/alive.ts";
import { hasOpenssh, opensshTransport } from "../support/openssh-transport.ts";
import { noServer, startOtherServer } from "../support/other-servers.ts";
import { buildProgram, type Program } from "../support/program.ts";
import { connect, fleetTransport } from "../support/ssh-host.ts";
import { findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../support/sshd.ts";

const PATIENCE = { timeout: 20_000, interval: 50 };

let program: Program;
let fleet: SshdFleet | undefined;
const started: number[] = [];

beforeAll(async () => {
  program = await buildProgram("holder");
  if (findSshd() !== undefined) fleet = await startSshdFleet(1);
});

afterEach(() => {
  for (const pid of started.splice(0).filter(isAlive)) process.kill(-pid, "SIGKILL");
});

afterAll(async () => {
  await fleet?.stop();
  program.remove();
});

const ticks = (pid: number): number => readFileSync(join(program.directory, `ticks.${pid}`), "utf8").length;

/** It goes on, though nobody takes what it prints. */
async function livesOn(pid: number): Promise<void> {
  const before = ticks(pid);
  await vi.waitFor(() => expect(ticks(pid)).toBeGreaterThan(before + 20), PATIENCE);
  expect(isAlive(pid)).toBe(true);
}

const gone = (pid: number): Promise<void> => vi.waitFor(() => expect(isAlive(pid)).toBe(false), PATIENCE);

const kinds = ["local", ...(findSshd() === undefined ? [] : ["ssh"]), ...(hasOpenssh ? ["openssh"] : [])];

it.each(kinds)(`a process that is to stay lives on when its client is killed, over %s${NO_SSHD}`, async (kind) => {
  const client = spawn(process.execPath, [program.path, kind, program.directory, fleet?.sshConfig ?? ""], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
  const staying = Number((await lines.next()).value);
  const other = Number((await lines.next()).value);
  started.push(staying, other);
  await vi.waitFor(() => expect(Math.min(ticks(staying), ticks(other))).toBeGreaterThan(10), PATIENCE);
  client.kill("SIGKILL");
  await once(client, "exit");
  await gone(other);
  await livesOn(staying);
  process.kill(-staying, "SIGTERM");
  await gone(staying);
});

describe.skipIf(findSshd() === undefined)(`a process that is to stay over a link that is cut${NO_SSHD}`, () => {
  it.each([["ssh", fleetTransport], ...(hasOpenssh ? [["openssh", opensshTransport] as const] : [])] as const)(
    "lives on, and the next connection does not wait for it: %s",
    async (_name, create) => {
      const servers = fleet as SshdFleet;
      const relay: Relay = await startRelay(servers.hosts[0]?.port ?? 0);
      servers.configure({ host1: [`Port ${relay.port}`, `HostKeyAlias [127.0.0.1]:${servers.hosts[0]?.port}`] });
      const transport = create(servers);
      const connection = await connect(transport, "host1");
      const script = `cd ${program.directory}; while :; do echo tick; echo tick >>ticks.$$; sleep 0.2; done`;
      const { pid, stdout, stderr, ended } = await connection.open({ script, outlive: true });
      started.push(pid);
      stderr?.resume();
      await once(stdout.resume(), "data");
      relay.cut();
      expect(await ended).toMatchObject({ exitCode: undefined, cause: { code: "CONNECTION_LOST" } });
      expect(connection.left).not.toContain(pid);
      const next = await connect(transport, "host1", { after: connection });
      await livesOn(pid);
      await next.close();
      await transport.close();
      await relay.stop();
      servers.configure();
    },
  );
});

describe.each(["dropbear", "tinysshd", "AsyncSSH"] as const)("a process that is to stay, on %s", (kind) => {
  const skipped = noServer(kind);

  it.skipIf(skipped !== "")(`lives on when its connection is closed${skipped}`, async () => {
    const server = await startOtherServer(kind);
    const transport = fleetTransport(server);
    const connection = await connect(transport, "host1");
    const script = `cd ${program.directory}; while :; do echo tick; echo tick >>ticks.$$; sleep 0.1; done`;
    const { pid, stdout, stderr } = await connection.open({ script, outlive: true });
    started.push(pid);
    stderr?.resume();
    await once(stdout, "data");
    await connection.close();
    await livesOn(pid);
    await transport.close();
    await server.stop();
  });
});

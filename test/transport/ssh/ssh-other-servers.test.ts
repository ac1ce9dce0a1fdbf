import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection as Connected } from "ssh2";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Secret } from "../../../src/command/secret.ts";
import { findProcesses } from "../../../src/rehearse/host-processes.ts";
import { type Relay, startRelay } from "../../../src/rehearse/relay.ts";
import type { Connection, Transport } from "../../../src/transport/transport.ts";
import { isAlive } from "../../support/alive.ts";
import { hasOpenssh, opensshTransport } from "../../support/openssh-transport.ts";
import {
  canBeNobody,
  canHide,
  noServer,
  type OtherServer,
  type OtherServerKind,
  type OtherServerOptions,
  startOtherServer,
} from "../../support/other-servers.ts";
import { command, connect, fleetTransport, output } from "../../support/ssh-host.ts";
import { startTalker } from "../../support/ssh-talker.ts";
import { startRelay as startLongWay } from "../../support/turn-relay.ts";
import { unless } from "../../support/unless.ts";

let transport: Transport;
let connection: Connection;
let relay: Relay | undefined;
const parts: Pick<OtherServer, "stop">[] = [];

const transports = [["ssh", fleetTransport], ...(hasOpenssh ? [["openssh", opensshTransport] as const] : [])] as const;

/** Milliseconds that what is told to end may take on a busy machine, the 5 seconds of a refusal included. */
const PATIENCE = { timeout: 20_000, interval: 100 };

interface StartOptions extends OtherServerOptions {
  /** Milliseconds of the way there, each way. */
  readonly delay?: number;
  /** The way there can be cut. */
  readonly relay?: true;
}

async function start(
  kind: OtherServerKind,
  { delay, ...options }: StartOptions = {},
  create: typeof fleetTransport = fleetTransport,
): Promise<OtherServer> {
  const server = await startOtherServer(kind, options);
  parts.push(server);
  if (options.relay) relay = await startRelay(server.port);
  const way = relay ?? (delay === undefined ? undefined : await startLongWay({ port: server.port, delay }));
  if (way !== undefined) {
    parts.unshift(way);
    server.configure(way.port);
  }
  transport = create(server, { grace: 500 });
  connection = await connect(transport, "host1");
  return server;
}

afterEach(async () => {
  await transport?.close();
  for (const part of parts.splice(0)) await part.stop();
  relay = undefined;
});

const KINDS = ["dropbear", "tinysshd", "AsyncSSH"] as const satisfies readonly OtherServerKind[];

describe.each(KINDS)("a connection to %s", (kind) => {
  const skipped = noServer(kind);

  it.skipIf(skipped !== "")(`hears how a process has ended whose input and outputs had ended before${skipped}`, async () => {
    await start(kind);
    const channel = await connection.open({ script: "exit 3" });
    channel.stdin.end();
    channel.stdout.resume();
    channel.stderr?.resume();
    expect(await channel.ended).toMatchObject({ exitCode: 3 });
  });

  it.skipIf(skipped !== "")(`has all of an output once it has answered, though something holds it${skipped}`, async () => {
    await start(kind);
    const channel = await connection.open({ script: "sleep 3 & echo all; exit 0" });
    channel.stdout.once("data", (chunk: Buffer) => expect(String(chunk)).toBe("all\n"));
    for (let turn = 0; turn < 2; turn++) await channel.ended.then(() => channel.catchUp());
    expect.assertions(1);
  });

  it.skipIf(skipped !== "").each(transports)(
    `has sessions begin while others end, and is there when all have: %s${skipped}`,
    async (_name, create) => {
      await start(kind, { delay: 20 }, create);
      const run = async (index: number): Promise<string> => {
        let said = "";
        for (let time = 0; time < 3; time++) {
          const text = `cat; sleep 0.0${(index * 7 + time * 3) % 10}`;
          said += (await connection.exec(command(text, { stdin: `${time}` }), {})).stdout;
        }
        return said;
      };
      expect(await Promise.all([0, 1, 2, 3].map(run))).toEqual(Array.from({ length: 4 }, () => "012"));
      // What is left behind keeps the shell from serving another flight.
      expect(await output(connection, "sleep 5 >/dev/null 2>&1 & echo left")).toBe("left\n");
      expect(await output(connection, "echo on")).toBe("on\n");
    },
  );
});

describe.each(["dropbear", "tinysshd"] as const)("a connection to %s, which is a login for each session", (kind) => {
  const skipped = noServer(kind);

  it.skipIf(skipped !== "").each(kind === "dropbear" ? transports : transports.slice(0, 1))(
    `is lost as a whole with one of them: %s${skipped}`,
    async (_name, create) => {
      const { home } = await start(kind, {}, create);
      const sleepers = () => findProcesses(`HOME=${home}`).filter((found) => found.command === "sleep 1000");
      const other = connection.flight([command("sleep 1000")], {});
      await vi.waitFor(() => expect(sleepers()).toHaveLength(1), PATIENCE);
      // Its parent is what serves its session.
      const cut = connection.flight([command("kill -s KILL $PPID; sleep 1000")], {});
      expect([(await cut)[0]?.status, (await other)[0]?.status]).toEqual(["unknown", "unknown"]);
      expect(await connection.closed).toMatchObject({ code: "CONNECTION_LOST" });
      await expect(connection.flight([command("true")], {})).rejects.toMatchObject({ code: "CONNECTION_LOST" });
      expect(connection.left).toHaveLength(2);
      await vi.waitFor(() => expect(sleepers()).toEqual([]), PATIENCE);
      expect(await output(await connect(transport, "host1"), "echo on")).toBe("on\n");
    },
  );
});

describe("a server that is given a login for each session", () => {
  it.each([
    ["dropbear", true],
    ["dropbear_0.52", true],
    ["dropbear_2024.86", true],
    ["tinyssh_20190101", true],
    ["dropbear_2025.89", false],
    ["dropbear_2030.1", false],
    ["OpenSSH_9.2p1 dropbear", false],
  ])("is known by how it introduces itself: %s", async (ident, isOneEach) => {
    let connections = 0;
    const talker = await startTalker({
      ident,
      authenticate: (attempt) => attempt.accept(),
      onConnection: () => (connections += 1),
    });
    parts.push(talker);
    transport = talker.transport([]);
    connection = await connect(transport, "app");
    await Promise.all([output(connection, "sleep 0.1"), output(connection, "true")]);
    // A spare shell may have come to it.
    expect(connections > 1).toBe(isOneEach);
  });

  it("is there when it refuses what one of them asks for, and without them when that is over", async () => {
    let connections = 0;
    let asked = 0;
    const onConnection = (served: Connected): void => {
      connections += 1;
      served.on("close", () => (connections -= 1));
    };
    const onExec = (reject: () => void): boolean => {
      asked += 1;
      if (asked === 2) reject();
      return asked === 2;
    };
    const talker = await startTalker({ ident: "tinyssh", authenticate: (attempt) => attempt.accept(), onConnection, onExec });
    parts.push(talker);
    transport = talker.transport([]);
    connection = await connect(transport, "app");
    const one = output(connection, "sleep 0.3; echo one");
    await expect(output(connection, "echo two")).rejects.toMatchObject({ code: "EXEC_REFUSED" });
    expect([await one, await output(connection, "echo on")]).toEqual(["one\n", "on\n"]);
    await connection.close();
    await vi.waitFor(() => expect(connections).toBe(0), PATIENCE);
  });
});

describe("what runs on a server that gives commands no session of their own", () => {
  const kinds: readonly (readonly [OtherServerKind, string, boolean])[] = [
    ...KINDS.map((kind) => [kind, "with setsid", true] as const),
    ["AsyncSSH", "without setsid", false],
  ];

  /** As a host without setsid has it. */
  function makePath(hasSetsid: boolean): string | undefined {
    if (hasSetsid) return process.env["PATH"];
    const folder = mkdtempSync(join(tmpdir(), "fake-path-"));
    parts.push({ stop: async () => rmSync(folder, { recursive: true }) });
    for (const name of ["cat", "sh", "sleep"]) symlinkSync(`/bin/${name}`, join(folder, name));
    return folder;
  }

  const sleepers = (home: string): readonly unknown[] =>
    findProcesses(`HOME=${home}`).filter((found) => found.command === "sleep 1000");
  const LONG = "sh -c 'sleep 1000; true' & sleep 1000";

  for (const [kind, how, hasSetsid] of kinds) {
    const skipped = noServer(kind);

    it.skipIf(skipped !== "")(`is ended when its time is up, and nothing else is: ${kind}, ${how}${skipped}`, async () => {
      const { home } = await start(kind, { path: makePath(hasSetsid) });
      const until = (word: string): string => `until [ -e ${home}/go ]; do sleep 0.05; done; echo ${word}`;
      const flight = connection.flight([command(until("flight"))], {});
      const exec = connection.exec(command(`cat; ${until("exec")}`, { stdin: "" }), {});
      const channel = await connection.open({ script: until("channel") });
      const ended = [
        (await connection.flight([command(LONG, { timeout: "300ms" })], {}))[0],
        await connection.exec(command(LONG, { stdin: "", timeout: "300ms" }), {}),
      ];
      expect(ended.map((result) => result?.status)).toEqual(["timed-out", "timed-out"]);
      await vi.waitFor(() => expect(sleepers(home)).toEqual([]), PATIENCE);
      writeFileSync(join(home, "go"), "");
      channel.stderr?.resume();
      const said = [(await flight)[0]?.stdout, (await exec).stdout, String(await channel.stdout.take(1).toArray())];
      expect(said).toEqual(["flight\n", "exec\n", "channel\n"]);
      expect(await output(connection, "echo on")).toBe("on\n");
    });

    it.skipIf(skipped !== "")(`is ended when its client is gone, and the server is not: ${kind}, ${how}${skipped}`, async () => {
      const { home, configure, port } = await start(kind, { path: makePath(hasSetsid), relay: true });
      const lost = connection.flight([command(LONG)], {});
      await vi.waitFor(() => expect(sleepers(home)).toHaveLength(2), PATIENCE);
      relay?.cut();
      expect((await lost)[0]?.status).toBe("unknown");
      await vi.waitFor(() => expect(sleepers(home)).toEqual([]), PATIENCE);
      configure(port);
      expect(await output(await connect(transport, "host1"), "echo on")).toBe("on\n");
    });
  }
});

describe("what sudo has started on a host where it wants a password", () => {
  const skipped = noServer("AsyncSSH") || unless(canBeNobody, "not root, or no sudo");

  /** As busybox's does. */
  function makePath(): string {
    const folder = mkdtempSync(join(tmpdir(), "fake-path-"));
    parts.push({ stop: async () => rmSync(folder, { recursive: true }) });
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, "ps"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    return `${folder}:${process.env["PATH"]}`;
  }

  const ALL = "nobody ALL = (ALL) ALL";
  const ONLY = ["/bin/sh", "/usr/bin/sh"].map((sh) => `nobody ALL = (ALL) ${sh} -c [!s]*`).join("\n");
  const rows = [
    ["ends with the same password", ALL, "killed", false],
    ["is said to be able to run on where sudo does not end it", ONLY, "unknown", false],
    ["ends where its processes are hidden", ALL, "killed", true],
    ["is said to be able to run on where they are hidden, and sudo does not end it", ONLY, "unknown", true],
  ] as const;

  const lacks = (hides: boolean): string => skipped || unless(!hides || canHide, "/proc hides nothing here");

  it.for(rows)("%s", async ([_title, sudoers, status, hides], { skip }) => {
    skip(lacks(hides) !== "", lacks(hides));
    const { home } = await start("AsyncSSH", { sudoers, hides, path: makePath() });
    const stop = new AbortController();
    const one = command(`echo $$ >${home}/pid; exec sleep 1000`, { user: "root" });
    const running = connection.exec(one, { becomePassword: () => async () => new Secret("right"), signal: stop.signal });
    const pid = await vi.waitFor(() => {
      const found = Number(readFileSync(join(home, "pid"), "utf8"));
      expect(isAlive(found)).toBe(true);
      return found;
    }, PATIENCE);
    stop.abort();
    const { status: found, cause } = await running;
    expect(found).toBe(status);
    if (status === "unknown") expect(cause?.message).toContain("may still run");
    // Nothing of it is another's, hidden or not.
    const [own] = await connection.flight([command("sleep 1000 & sleep 1000", { timeout: "300ms" })], {});
    expect(own?.status).toBe("timed-out");
    if (status === "killed") await vi.waitFor(() => expect(isAlive(pid)).toBe(false), PATIENCE);
    else if (isAlive(pid)) process.kill(pid, "SIGKILL");
  });
});

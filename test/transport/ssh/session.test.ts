import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { CommandResult, Connection, Transport } from "../../../src/transport/transport.ts";
import { isAlive } from "../../support/alive.ts";
import { createDoor } from "../../support/door.ts";
import { command, connect, fleetTransport, output } from "../../support/ssh-host.ts";
import { findSshd, NO_SSHD, plainKey, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";
import { startRelay } from "../../support/turn-relay.ts";
import { unless } from "../../support/unless.ts";

/** Numbers below a limit, the same each time. */
function createRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * limit);
  };
}

/** Whether this process may put something else in place of a file in /proc, for a shell. */
const canHide = spawnSync("unshare", ["--mount", "true"]).status === 0;

const hidden = unless(canHide, "no mount namespaces");

describe.skipIf(findSshd() === undefined || !existsSync("/proc/loadavg"))(`sessions that serve many flights${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  let transport: Transport;
  let connection: Connection;
  let directory: string;

  beforeAll(async () => {
    fleet = await startSshdFleet(1);
    transport = fleetTransport(fleet, { grace: 500 });
  });

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "fake-session-"));
    fleet.configure();
    connection = await connect(transport, "host1");
  });

  afterEach(async () => {
    await connection.close();
    rmSync(directory, { recursive: true, force: true });
  });

  afterAll(async () => {
    await transport?.close();
    await fleet?.stop();
  });

  /** Sessions that the server has started so far, those that only send signals included. */
  function sessions(): number {
    return fleet.hosts[0]?.log().match(/Starting session: /g)?.length ?? 0;
  }

  async function run(text: string, timeout?: number): Promise<CommandResult | undefined> {
    const [result] = await connection.flight([command(text, timeout === undefined ? {} : { timeout })], {});
    return result;
  }

  it("have a variable that is asked for from their beginning on, whatever they run", async () => {
    const marked = await connect(transport, "host1", { variable: "FAKE_WORD=a1" });
    const look = "tr '\\0' '\\n' </proc/$$/environ | grep -x FAKE_WORD=a1; echo $FAKE_WORD";
    expect(await output(marked, look)).toBe("FAKE_WORD=a1\na1\n");
    expect((await marked.exec(command(look, { stdin: "" }), {})).stdout).toBe("FAKE_WORD=a1\na1\n");
    await marked.close();
    await expect(connect(transport, "host1", { variable: "FAKE_WORD=$(reboot)" })).rejects.toThrow("no plain variable");
  });

  it("cost one turn for each flight", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    // A stranger on this machine may look like ours, and cost a session: not in each of twenty attempts.
    for (let attempt = 0; ; attempt++) {
      const before = sessions();
      const relay = await startRelay({ port: fleet.hosts[0]?.port ?? 0 });
      fleet.configure({ host1: [`Port ${relay.port}`] });
      writeFileSync(fleet.knownHosts, `* ${plainKey(fleet.hosts[0]?.hostKey ?? fleet.key)}\n`);
      const far = await connect(fleetTransport(fleet), "host1");
      const login = relay.turns()[0] ?? 0;
      for (let flight = 0; flight < 40; flight++) expect(await output(far, `echo ${flight}`)).toBe(`${flight}\n`);
      const turns = (relay.turns()[0] ?? 0) - login;
      await far.close();
      await relay.stop();
      if (sessions() - before > 1 && attempt < 20) continue;
      expect({ turns, sessions: sessions() - before }).toEqual({ turns: 40, sessions: 1 });
      break;
    }
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
  });

  it("keep what a daemon prints late out of other flights, and let it live", async () => {
    const door = createDoor(join(directory, "door"));
    const text = `(${door.command}; echo late; echo late >&2; echo >${directory}/printed; exec sleep 1000) & echo $!`;
    const daemon = Number((await run(text))?.stdout);
    const later = `echo begun; echo >${directory}/door; until [ -e ${directory}/printed ]; do sleep 0.01; done; echo done`;
    expect(await run(later)).toMatchObject({ status: "ok", stdout: "begun\ndone\n", stderr: "" });
    expect(isAlive(daemon)).toBe(true);
    process.kill(daemon, "SIGKILL");
  });

  it("say that what a command left running holds its outputs, and say nothing of a daemon that does not", async () => {
    const start = async (text: string): Promise<{ readonly warnings: readonly string[]; end(): Promise<void> }> => {
      const warnings: string[] = [];
      const other = await connect(fleetTransport(fleet, { onWarning: (warning) => warnings.push(warning) }), "host1");
      const results = await other.flight([command(`${text} echo $!`), command("echo next")], {});
      expect(results[1]).toMatchObject({ status: "ok", stdout: "next\n" });
      const end = async (): Promise<void> => {
        process.kill(Number(results[0]?.stdout), "SIGKILL");
        await other.close();
      };
      return { warnings, end };
    };
    const quiet = await start("sleep 1000 >/dev/null 2>&1 </dev/null &");
    const held = await start("sleep 1000 &");
    try {
      await vi.waitFor(() => expect(held.warnings).toHaveLength(1), { timeout: 8000 });
      expect(held.warnings[0]).toMatch(/^host1: what a command left running there holds/);
      expect(quiet.warnings).toEqual([]);
    } finally {
      await Promise.all([quiet.end(), held.end()]);
    }
  });

  it("carry no more than the last words of what was left running", async () => {
    await run(`yes & echo $! >${directory}/pid`);
    const chatty = Number(readFileSync(join(directory, "pid"), "utf8"));
    expect(chatty).toBeGreaterThan(1);
    await vi.waitFor(() => expect(isAlive(chatty)).toBe(false), { timeout: 4000 });
  });

  it("end no daemon of one flight with another", async () => {
    const daemon = Number((await run("sleep 1000 >/dev/null 2>&1 & echo $!"))?.stdout);
    expect((await run("sleep 1000", 200))?.status).toBe("timed-out");
    expect((await run("trap '' TERM; while :; do sleep 0.1; done", 200))?.status).toBe("timed-out");
    expect(isAlive(daemon)).toBe(true);
    process.kill(daemon, "SIGKILL");
  });

  it("are replaced when they were killed, in a flight or between two", async () => {
    expect((await run("kill -9 $$"))?.status).toBe("unknown");
    // Where others start many processes at this moment, a shell serves one flight and ends by itself.
    await vi.waitFor(async () => process.kill(Number((await run("echo $$"))?.stdout), "SIGKILL"), 10_000);
    // A round trip, in which the news comes.
    expect((await connection.exec(command("cat", { stdin: "over" }), {})).stdout).toBe("over");
    expect(await output(connection, "echo on")).toBe("on\n");
  });

  it("are as many as flights run at once", async () => {
    const [one, other] = [createDoor(join(directory, "one")), createDoor(join(directory, "other"))];
    const flights = [`${one.command}; echo >${directory}/other; echo 1`, `echo >${directory}/one; ${other.command}; echo 2`];
    expect(await Promise.all(flights.map((text) => output(connection, text)))).toEqual(["1\n", "2\n"]);
  });

  it("make room, when nobody uses them, for commands with input", async () => {
    const narrow = await connect(fleetTransport(fleet, { grace: 500, channels: 2 }), "host1");
    await Promise.all([output(narrow, "sleep 0.1"), output(narrow, "sleep 0.1")]);
    const inputs = await Promise.all(["a", "b", "c"].map((stdin) => narrow.exec(command("cat", { stdin }), {})));
    expect(inputs.map(({ stdout }) => stdout)).toEqual(["a", "b", "c"]);
    const left = await Promise.all(Array.from({ length: 4 }, () => output(narrow, "sleep 1000 & echo $!")));
    expect((await narrow.exec(command("cat", { stdin: "d" }), {})).stdout).toBe("d");
    for (const pid of left) process.kill(Number(pid), "SIGKILL");
    await narrow.close();
  });

  it("follow each other closely where the host allows but one, whatever they leave", async () => {
    await fleet.add({ name: "single", config: ["MaxSessions 1"] });
    const single = await connect(fleetTransport(fleet, { grace: 500, channels: 1 }), "single");
    const ends = ["echo $$; kill -9 $$", "sleep 1000 & echo $!", "sleep 1000 >/dev/null 2>&1 & echo $!"];
    const texts = Array.from({ length: 45 }, (_, index) => ends[index % ends.length] ?? "");
    const flights = await Promise.all(texts.map((text) => single.flight([command(text)], {})));
    const pids = flights.map(([result]) => Number(result?.stdout));
    expect(pids.filter((pid) => !(pid > 1))).toEqual([]);
    for (const pid of pids.filter(isAlive)) process.kill(pid, "SIGKILL");
    await single.close();
  }, 30_000);

  it("mix nothing up and lose nobody, whatever runs at once on few of them", async () => {
    const random = createRandom(7);
    const left: number[] = [];
    await fleet.add({ name: "three", config: ["MaxSessions 3"] });
    const three = await connect(fleetTransport(fleet, { grace: 5000, channels: 2 }), "three");
    const works: readonly ((id: number) => Promise<void>)[] = [
      async (id) => expect(await output(three, `echo ${id}; echo e >&2`)).toBe(`${id}\n`),
      async (id) => expect((await three.exec(command("cat", { stdin: `${id}` }), {})).stdout).toBe(`${id}`),
      async () => {
        const text = `(sleep 0.0${random(9)}; echo late; echo late >&2; exec sleep 1000) & echo $! >&2; printf begun`;
        const [result] = await three.flight([command(text)], {});
        left.push(Number(/\d+/.exec(result?.stderr ?? "")?.[0]));
        // Either may come first: nothing orders what a daemon says and what its command says.
        expect(result?.stdout).toMatch(/^begun(late\n)?$|^late\nbegun$/);
      },
      async () => {
        const [result] = await three.flight([command("sleep 1000", { timeout: 20 + random(50) })], {});
        expect(result?.status).toBe("timed-out");
      },
      async () => {
        const [result] = await three.flight([command("sleep 0.05")], { signal: AbortSignal.timeout(random(80)) });
        expect(result?.status).toMatch(/^(ok|killed|skipped)$/);
      },
      async () => expect((await three.flight([command("kill -9 $$")], {}))[0]?.status).toBe("unknown"),
    ];
    const work = async (worker: number): Promise<void> => {
      for (let turn = 0; turn < 8; turn++) await works[random(works.length)]?.(worker * 100 + turn);
    };
    await Promise.all(Array.from({ length: 5 }, (_, worker) => work(worker)));
    // The guard may have been there first.
    for (const pid of left.filter(isAlive)) process.kill(pid, "SIGKILL");
    await three.close();
  }, 30_000);

  it("make room, when nobody uses them, for the end of a command", async () => {
    await fleet.add({ name: "two", config: ["MaxSessions 2"] });
    const two = await connect(fleetTransport(fleet, { grace: 500, channels: 2 }), "two");
    await Promise.all([output(two, "sleep 0.1"), output(two, "sleep 0.1")]);
    const [result] = await two.flight([command(`echo $$ >${directory}/pid; sleep 1000`, { timeout: 200 })], {});
    expect(result?.status).toBe("timed-out");
    // The shell that has reported it is about to end.
    const pid = Number(readFileSync(join(directory, "pid"), "utf8"));
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 5000);
    await two.close();
  });

  it.runIf(canHide)(`serve one flight each where the host cannot tell what is left${hidden}`, async () => {
    writeFileSync(join(directory, "loadavg"), "0.00 0.00 0.00 1/100 100\n");
    const shell = join(fleet.directory, "blind-shell");
    const enter = `mount --bind ${directory}/loadavg /proc/loadavg && exec /bin/sh "$@"`;
    writeFileSync(shell, `#!/bin/sh\nexec unshare --mount /bin/sh -c '${enter}' sh "$@"\n`, { mode: 0o755 });
    await fleet.add({ name: "blind", shell });
    const blind = await connect(fleetTransport(fleet, { grace: 500 }), "blind");
    for (let flight = 0; flight < 3; flight++) expect(await output(blind, `echo ${flight}`)).toBe(`${flight}\n`);
    // One more waits for what comes next.
    const sessions = (): number | undefined =>
      fleet.hosts
        .find(({ name }) => name === "blind")
        ?.log()
        .match(/Starting session: /g)?.length;
    await vi.waitFor(() => expect(sessions()).toBe(4), { timeout: 10_000 });
    await blind.close();
  });

  it("pass on 100 MB in little memory", async () => {
    const start = process.memoryUsage();
    let characters = 0;
    let most = 0;
    const [result] = await connection.flight([command("head -c 100000000 /dev/zero | tr '\\0' x")], {
      onEvent: (event) => {
        if (event.kind !== "output") return;
        characters += event.text.length;
        const { heapUsed, external } = process.memoryUsage();
        most = Math.max(most, heapUsed + external - start.heapUsed - start.external);
      },
    });
    expect(result).toMatchObject({ status: "ok", truncated: true });
    expect(characters).toBe(100_000_000);
    expect(most).toBeLessThan(90_000_000);
    expect(await output(connection, "echo on")).toBe("on\n");
  }, 30_000);

  it("take a flight of a megabyte", async () => {
    const text = `cat <<'END' | wc -c\n${"it's \\ a line\n".repeat(75_000)}END`;
    for (let flight = 0; flight < 2; flight++) expect((await output(connection, text)).trim()).toBe(String(14 * 75_000));
  }, 30_000);
});

/** How processes on several hosts are talked to on a terminal, and how all of them end. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { createLauncher, type Launcher, type Process } from "fake-deploy/process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isAlive } from "../support/alive.ts";
import { buildProgram } from "../support/program.ts";
import { findSshd, givesTerminals, NO_SSHD, type SshdFleet, startSshdFleet } from "../support/sshd.ts";
import { startRelay } from "../support/turn-relay.ts";

const transport = process.env["STORIES_TRANSPORT"] ?? "ssh";

const NAMES = ["host1", "host2", "host3"];

/** As passwd does: its questions come on a terminal, and the answers are not shown. */
const PASSWD = `[ -t 0 ] || exit 11; stty echo; stty -echo; ask() { printf '%s: ' "$1"; read -r answer; echo; }
ask 'Current password'; [ "$answer" = old ] || { echo 'passwd: Authentication token manipulation error'; exit 10; }
ask 'New password'; new=$answer; ask 'Retype new password'
[ "$answer" = "$new" ] && echo 'passwd: password updated successfully' || { echo 'Sorry, passwords do not match.'; exit 10; }`;

const REPLS = [
  { program: "python3", command: "python3 -q -i", prompt: ">>> ", define: "x = 6 * 7", ask: "print(x)", leave: "exit(3)" },
  { program: "node", command: "node -i", prompt: "> ", define: "var x = 6 * 7", ask: "x", leave: ".exit" },
];

describe.skipIf(findSshd() === undefined)(`processes on several hosts, to their end${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  let launcher: Launcher;
  let noTerminals = false;

  beforeAll(async () => {
    fleet = await startSshdFleet(NAMES.length);
    launcher = createLauncher({ sshConfig: fleet.sshConfig, connect: { transport } });
    noTerminals = !givesTerminals(fleet);
  });
  afterAll(async () => {
    await launcher?.close();
    await fleet?.stop();
  });

  it("passwords are changed in a dialogue on a terminal of each, and not shown", async (context) => {
    context.skip(noTerminals, "the current user's sshd has no terminals to give");
    const changes = launcher.remote(NAMES, PASSWD, { pty: true, expectTimeout: "20s" }).start();
    const change = async (process: Process): Promise<number | undefined> => {
      const answers = ["old", "sesame", process.host?.name === "host2" ? "tippfehler" : "sesame"];
      for (const answer of answers) {
        await process.expect(/password: $/);
        await process.write(`${answer}\n`);
      }
      return (await process.expect(["updated successfully", /do not match/]))?.index;
    };
    expect(await Promise.all(changes.processes.map(change))).toEqual([0, 1, 0]);
    await changes.wait();
    expect(changes.processes.map(({ exitCode, ok }) => [exitCode, ok])).toEqual([
      [0, true],
      [10, false],
      [0, true],
    ]);
    expect(changes.processes.map(({ stdout }) => stdout).join("")).not.toMatch(/old|sesame|tippfehler/);
  });

  it.each(REPLS)("$program is talked to on a terminal of each", async ({ program, command, prompt, define, ask, leave }) => {
    if (noTerminals || spawnSync(program, ["--version"]).status !== 0) return;
    const repls = launcher.remote(NAMES, command, { pty: { columns: 80, rows: 24 }, expectTimeout: "25s" }).start();
    const say = async (process: Process, line: string): Promise<void> => {
      expect(await process.expect(prompt)).toBeDefined();
      await process.write(`${line}\n`);
    };
    const talk = async (process: Process): Promise<string | undefined> => {
      await say(process, define);
      await say(process, ask);
      const answer = await process.expect("42");
      await say(process, leave);
      return answer?.text;
    };
    expect(await Promise.all(repls.processes.map(talk))).toEqual(["42", "42", "42"]);
    await repls.wait();
    expect(repls.isEnded).toBe(true);
  });

  it("nothing is alive on any host after SIGKILL of the program", async () => {
    const program = await buildProgram("spawner");
    const command = 'sleep 1000 & trap "" TERM; sh -c "sleep 1000" & echo "$$ $!"; wait';
    const args = [program.path, fleet.sshConfig, transport, command, ...NAMES];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let groups: readonly number[] = [];
    try {
      const [line = ""] = (await once(createInterface(child.stdout), "line")) as readonly string[];
      groups = line.split(" ").map(Number);
      expect(groups).toHaveLength(2 * (NAMES.length + 1));
      expect(groups.filter((pid) => isAlive(pid))).toEqual(groups);
      child.kill("SIGKILL");
      // Five seconds are theirs after SIGTERM.
      await expect.poll(() => groups.filter((pid) => isAlive(pid)), { timeout: 20_000 }).toEqual([]);
    } finally {
      child.kill("SIGKILL");
      for (const pid of groups) if (isAlive(pid)) process.kill(pid, "SIGKILL");
      program.remove();
    }
  });

  it("200 of one host end with SIGTERM in one round trip: nothing that the host says is waited for before they do", async () => {
    const [host] = fleet.hosts;
    const relay = await startRelay({ port: host?.port ?? 0 });
    fleet.configure({ host1: [`Port ${relay.port}`, `HostKeyAlias [127.0.0.1]:${host?.port}`] });
    try {
      await using own = createLauncher({ sshConfig: fleet.sshConfig, connect: { transport } });
      const many = own.remote(Array<string>(200).fill("host1"), "exec sleep 1000").start();
      await Promise.all(many.processes.map((process) => process.waitForStart()));
      expect(many.processes.filter(({ isRunning }) => isRunning)).toHaveLength(200);
      const goOn = relay.hold();
      many.kill();
      const alive = (): unknown => many.processes.filter(({ pid }) => pid !== undefined && isAlive(pid)).length;
      await expect.poll(alive, { timeout: 30_000 }).toBe(0);
      expect(many.processes.filter(({ isRunning }) => isRunning)).toHaveLength(200);
      goOn();
      await many.wait();
      expect(many.stats()).toMatchObject({ numFinishedOk: 200, numForcedKills: 0 });
    } finally {
      await relay.stop();
      fleet.configure();
    }
  });
});

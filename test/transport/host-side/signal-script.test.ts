import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { SIGNALLED, signalScript, signalScripts } from "../../../src/transport/host-side/signal-script.ts";
import { unless } from "../../support/unless.ts";
import { shells } from "../framing/shells.ts";

/** Processes of a group that are not dead: an init that reaps no orphans leaves those as zombies. */
function membersOf(group: number): readonly string[] {
  const all = execFileSync("ps", ["-A", "-o", "pgid=", "-o", "stat="], { encoding: "utf8" }).split("\n");
  return all.filter((line) => new RegExp(`^\\s*${group} +[^Z]`).test(line));
}

describe.each(shells)("a signal sent by $name", (shell) => {
  it("reaches all of a process group, and no other process", async () => {
    const [file, ...args] = shell.argv;
    const start = (): ChildProcess =>
      spawn("/bin/sh", ["-c", "sleep 1000 & sleep 1000; true"], { detached: true, stdio: "ignore" });
    const [ended, other] = [start(), start()];
    const exit = once(ended, "exit");
    for (const { pid } of [ended, other]) await vi.waitFor(() => expect(membersOf(pid!)).toHaveLength(3));
    await promisify(execFile)(file, [...args, "-c", signalScript("SIGKILL", ended.pid!)]);
    expect(await exit).toEqual([null, "SIGKILL"]);
    await vi.waitFor(() => expect(membersOf(ended.pid!)).toEqual([]));
    expect(membersOf(other.pid!)).toHaveLength(3);
    expect(process.kill(-other.pid!, "SIGKILL")).toBe(true);
  });

  it("reaches several at once, and says of each whether it did", async () => {
    const [file, ...args] = shell.argv;
    const start = (): ChildProcess => spawn("/bin/sh", ["-c", "sleep 1000; true"], { detached: true, stdio: "ignore" });
    const started = [start(), start(), start()];
    const [first, second, other] = started.map(({ pid }) => pid!) as [number, number, number];
    for (const pid of [first, second, other]) await vi.waitFor(() => expect(membersOf(pid)).toHaveLength(2));
    const { stdout } = await promisify(execFile)(file, [...args, "-c", signalScripts("SIGKILL", [first, second])]);
    expect([...stdout.matchAll(SIGNALLED)].map(([, pid, code]) => `${pid} ${code}`).toSorted()).toEqual(
      [`${first} 0`, `${second} 0`].toSorted(),
    );
    for (const pid of [first, second]) await vi.waitFor(() => expect(membersOf(pid)).toEqual([]));
    expect(membersOf(other)).toHaveLength(2);
    process.kill(-other, "SIGKILL");
  });
});

describe.each(shells)("a signal sent by $name to what is about to start, or is on its way", (shell) => {
  const [file, ...args] = shell.argv;
  const send = (signal: NodeJS.Signals, pid: number): Promise<unknown> =>
    promisify(execFile)(file, [...args, "-c", signalScripts(signal, [pid])]);

  it("comes once to each that a shell has started", async () => {
    const counter = "trap 'echo got' USR1; echo ready; while :; do sleep 0.05; done";
    const leader = spawn("/bin/sh", ["-c", `trap : USR1; (${counter}); true`], {
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    let said = "";
    leader.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    await vi.waitFor(() => expect(said).toBe("ready\n"));
    await send("SIGUSR1", leader.pid!);
    await send("SIGUSR1", leader.pid!);
    await vi.waitFor(() => expect(said).toBe("ready\ngot\ngot\n"));
    process.kill(-leader.pid!, "SIGKILL");
  });

  it("is not lost where a command still has the handlers of the shell that it came from", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fake-signal-"));
    // As a subshell of dash has them for a moment: this one does until it is told to go on.
    const begins = `( trap : TERM; echo begun; until [ -e ${folder}/on ]; do :; done; trap - TERM; exec sleep 1000 ); true`;
    const leader = spawn("dash", ["-c", `trap : TERM; ${begins}`], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
    await once(leader.stdout, "data");
    const sent = send("SIGTERM", leader.pid!);
    await setTimeout(200);
    writeFileSync(join(folder, "on"), "");
    await sent;
    await vi.waitFor(() => expect(membersOf(leader.pid!)).toEqual([]));
    rmSync(folder, { recursive: true });
  });
});

/** As of a server that gives its commands no session of their own: a shell in the group of another process, and a second one. */
const IN_ONE_GROUP = "sh -c 'sleep 1000 & sleep 1000; true' & echo $!; sh -c 'sleep 1000; true' & wait $!";

describe.each(shells)("a signal sent by $name to a shell that leads no process group", (shell) => {
  it("reaches that and all that it has started, and no other of the group", async () => {
    const [file, ...args] = shell.argv;
    const server = spawn("/bin/sh", ["-c", IN_ONE_GROUP], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
    const [said] = await once(server.stdout!, "data");
    await vi.waitFor(() => expect(membersOf(server.pid!)).toHaveLength(6));
    await promisify(execFile)(file, [...args, "-c", signalScript("SIGKILL", Number(String(said)))]);
    await vi.waitFor(() => expect(membersOf(server.pid!)).toHaveLength(3));
    process.kill(-server.pid!, "SIGKILL");
  });
});

describe.each(shells)("a signal sent by $name to what sudo has started", (shell) => {
  const isRoot = process.getuid?.() === 0 && spawnSync("setpriv", ["--version"]).status === 0;

  it.skipIf(!isRoot).each([[0], [1]])(
    `goes through sudo, and counts for what that says: %i${unless(isRoot, "not root, or no setpriv")}`,
    async (outcome) => {
      const folder = mkdtempSync(join(tmpdir(), "fake-signal-"));
      chmodSync(folder, 0o777);
      const as = ["--reuid", "65534", "--clear-groups"];
      // busybox's ps knows neither -A nor uid.
      for (const [name, text] of [
        ["sudo", `echo "sudo $*" >${folder}/said; exit ${outcome}`],
        ["ps", "exit 1"],
      ])
        writeFileSync(join(folder, name!), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      const line = `sleep 1000 & echo $!; exec setpriv ${as.join(" ")} sh -c 'sleep 1000; true'`;
      const leader = spawn("/bin/sh", ["-c", line], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
      const [said] = await once(leader.stdout!, "data");
      await vi.waitFor(() => expect(membersOf(leader.pid!)).toHaveLength(3));
      const text = signalScript("SIGKILL", leader.pid!);
      const { status } = spawnSync("setpriv", [...as, ...shell.argv, "-c", text], {
        env: { PATH: `${folder}:${process.env["PATH"]}` },
      });
      expect(status).toBe(outcome);
      const asked = `sudo -n sh -c s=KILL p=${leader.pid} h=0 o=" ${String(said).trim()}"; `;
      expect(readFileSync(join(folder, "said"), "utf8").slice(0, asked.length)).toBe(asked);
      await vi.waitFor(() => expect(membersOf(leader.pid!)).toHaveLength(1));
      process.kill(-leader.pid!, "SIGKILL");
      rmSync(folder, { recursive: true });
    },
  );
});

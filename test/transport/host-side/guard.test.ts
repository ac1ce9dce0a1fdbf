import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { createMarker, writeFlight, writeSessionPrelude, writeSinglePrelude } from "../../../src/transport/framing/script.ts";
import { BEAT_LINE } from "../../../src/transport/host-side/guard.ts";
import { allShells } from "../../command/shells.ts";
import { isAlive } from "../../support/alive.ts";
import { unless } from "../../support/unless.ts";
import { command, shells } from "../framing/shells.ts";

/** True when a process of the group is left. */
function hasGroup(leader: number): boolean {
  try {
    process.kill(-leader, 0);
    return true;
  } catch {
    return false;
  }
}

const noProc = unless(existsSync("/proc/self/stat"), "needs /proc");

describe.runIf(existsSync("/proc/self/stat")).each(shells)(`the guard of a session, $name${noProc}`, (shell) => {
  it.each([
    ["when its input ends", "true"],
    ["when nobody reads what it says", "echo nobody hears this"],
  ])("goes with its shell %s", async (how, text) => {
    const [file, ...args] = shell.argv;
    const child = spawn(file, args, { detached: true, stdio: "pipe" });
    const leader = child.pid ?? 0;
    child.stdin.on("error", () => undefined);
    child.stdin.write(writeSessionPrelude(15_000) + writeFlight([command("true")], createMarker(), { stays: true }));
    await new Promise((resolve) =>
      child.stdout.on("data", (chunk: Buffer) => / F( \+)?\n$/.test(chunk.toString()) && resolve(chunk)),
    );
    if (how !== "when its input ends") for (const stream of [child.stdout, child.stderr]) stream.destroy();
    child.stdin.write(writeFlight([command(text)], createMarker(), { stays: true }));
    child.stdin.end();
    try {
      await vi.waitFor(() => expect(hasGroup(leader)).toBe(false), { timeout: 15_000, interval: 20 });
    } finally {
      if (hasGroup(leader)) process.kill(-leader, "SIGKILL");
    }
  });

  it("ends what its shell has started, and no other of the group where that leads none", async () => {
    const line = `sleep 1000 </dev/null & echo $!; ${shell.argv.join(" ")}; echo over; exec sleep 1000 </dev/null`;
    const server = spawn("/bin/sh", ["-c", line], { detached: true, stdio: "pipe" });
    let said = "";
    server.stdout.on("data", (chunk: Buffer) => {
      said += chunk;
    });
    server.stdin.on("error", () => undefined);
    const one = command("trap '' TERM; sh -c 'echo $PPID'; sh -c 'echo $PPID; sleep 1000' & sleep 1000");
    server.stdin.write(writeSessionPrelude(15_000) + writeFlight([one], createMarker(), { stays: true }));
    const numbers = (): readonly number[] => (said.match(/^\d+$/gm) ?? []).map(Number);
    try {
      await vi.waitFor(() => expect(numbers()).toHaveLength(3), { timeout: 15_000, interval: 20 });
      const [other = 0, ...ours] = numbers();
      server.stdin.destroy();
      await vi.waitFor(() => expect(ours.filter(isAlive)).toEqual([]), { timeout: 15_000, interval: 20 });
      await vi.waitFor(() => expect(said).toMatch(/^over$/m), { timeout: 15_000, interval: 20 });
      expect([isAlive(other), isAlive(server.pid ?? 0)]).toEqual([true, true]);
    } finally {
      if (hasGroup(server.pid ?? 0)) process.kill(-(server.pid ?? 0), "SIGKILL");
    }
  });
});

describe.runIf(existsSync("/proc/self/stat")).each(shells)(
  `the guard of a shell for one flight, $name${noProc}`,
  { concurrent: true },
  (shell) => {
    /** Sends a flight to a shell whose client is silent for three tenths of a second at most. */
    function fly(text: string): { child: ChildProcessWithoutNullStreams; leader: number; said: () => string } {
      const [file, ...args] = shell.argv;
      const child = spawn(file, args, { detached: true, stdio: "pipe" });
      let said = "";
      child.stdout.on("data", (chunk: Buffer) => {
        said += chunk;
      });
      child.stdin.on("error", () => undefined);
      child.stdin.write(writeSinglePrelude(100) + writeFlight([command(text)], createMarker(), { guarded: true }));
      return { child, leader: child.pid ?? 0, said: () => said };
    }
    const gone = (leader: number): Promise<void> =>
      vi.waitFor(() => expect(hasGroup(leader)).toBe(false), { timeout: 10_000, interval: 20 });
    const end = (leader: number): unknown => hasGroup(leader) && process.kill(-leader, "SIGKILL");

    // In dash 0.5.12 by what findings/dash-read-ends-with-child.sh shows: a trapped SIGCHLD ends a read.
    it("ends it when its client is silent", async () => {
      const { child, leader, said } = fly("echo here; sleep 1000");
      try {
        await vi.waitFor(() => expect(said()).toContain("here"), { timeout: 10_000, interval: 20 });
        await vi.waitFor(() => expect(said()).toMatch(/ E 0 143\n/), { timeout: 10_000, interval: 20 });
        child.stdin.end();
        await gone(leader);
      } finally {
        end(leader);
      }
    });

    it("ends it when its input ends, and leaves it alone as long as its client says that it is there", async () => {
      const { child, leader, said } = fly("sleep 1; echo here; sleep 1000");
      const beats = setInterval(() => child.stdin.write(BEAT_LINE), 50);
      try {
        await vi.waitFor(() => expect(said()).toContain("here"), { timeout: 10_000, interval: 20 });
        clearInterval(beats);
        child.stdin.end();
        await gone(leader);
      } finally {
        clearInterval(beats);
        end(leader);
      }
    });

    it("goes with the flight, and says nothing", async () => {
      const { child, leader, said } = fly("true");
      let noise = "";
      child.stderr.on("data", (chunk: Buffer) => {
        noise += chunk;
      });
      try {
        await vi.waitFor(() => expect(said()).toMatch(/ F\n$/), { timeout: 10_000, interval: 20 });
        // Once it has served, nobody watches: one that is never asked for more is not ended either.
        child.stdin.end();
        await vi.waitFor(() => expect(hasGroup(leader)).toBe(false), { timeout: 2_000, interval: 20 });
        expect(noise.replaceAll(/^@fake.*\n/gm, "")).toBe("");
      } finally {
        end(leader);
      }
    });
  },
);

/** yash 2.52 has even its own `[` only while PATH has one (findings/yash-builtins-need-path.sh); ksh93 has a `sleep` of its own. */
const needy = allShells.filter(({ missing, name }) => missing === undefined && name !== "ksh93");

it.runIf(existsSync("/proc/self/stat")).each(needy)(`$name watches no more where there is no sleep${noProc}`, async (shell) => {
  const bin = mkdtempSync(join(tmpdir(), "bin-"));
  symlinkSync("/bin/echo", join(bin, "echo"));
  const child = spawn(shell.path, shell.argv.slice(1), { detached: true, stdio: "pipe", env: { PATH: bin } });
  const said = new Promise<string>((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk))));
  child.stdin.write(`${writeSessionPrelude(15_000)}echo $_fake_watch\n`);
  try {
    const watch = Number(await said);
    expect(watch).toBeGreaterThan(0);
    await vi.waitFor(() => expect(isAlive(watch)).toBe(false), { timeout: 5_000, interval: 20 });
  } finally {
    process.kill(-(child.pid ?? 0), "SIGKILL");
    rmSync(bin, { recursive: true });
  }
});

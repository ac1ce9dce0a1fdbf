import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { quote } from "../../../src/command/quote.ts";
import { createMarker, writeFlight } from "../../../src/transport/framing/script.ts";
import { SESSION_PRELUDE, SINGLE_PRELUDE } from "../../../src/transport/framing/start-text.ts";
import { BEAT_LINE } from "../../../src/transport/host-side/guard.ts";
import { allShells } from "../../command/shells.ts";
import { isAlive } from "../../support/alive.ts";
import { unless } from "../../support/unless.ts";
import { command, shells, watched } from "../framing/shells.ts";

/** True when a process of the group is left. */
function hasGroup(leader: number): boolean {
  try {
    process.kill(-leader, 0);
    return true;
  } catch {
    return false;
  }
}

const SESSION = SESSION_PRELUDE.greeting + SESSION_PRELUDE.text;
const SINGLE = SINGLE_PRELUDE.greeting + SINGLE_PRELUDE.text;

/** Milliseconds that a busy machine may take; where something has to go at once, a silent client is waited for longer. */
const PATIENCE = { timeout: 20_000, interval: 20 };

/** Milliseconds between signs of life: three of them is what a busy machine may be late by. */
const BEAT = 700;

/** Longer than a silent client is waited for, in milliseconds. */
const LONG = 4 * BEAT;

const noProc = unless(existsSync("/proc/self/stat"), "needs /proc");

describe.runIf(existsSync("/proc/self/stat")).each(shells)(
  `the guard of a session, $name${noProc}`,
  { concurrent: true },
  (shell) => {
    it.each([
      ["when its input ends", "true"],
      ["when nobody reads what it says", "echo nobody hears this"],
    ])("goes with its shell %s", async (how, text) => {
      const [file, ...args] = watched(shell);
      const child = spawn(file, args, { detached: true, stdio: "pipe" });
      const leader = child.pid ?? 0;
      child.stdin.on("error", () => undefined);
      await new Promise((resolve) => child.stdout.once("data", resolve));
      child.stdin.write(SESSION + writeFlight([command("true")], createMarker(), { stays: true }));
      await new Promise((resolve) =>
        child.stdout.on("data", (chunk: Buffer) => / F( \+)?\n$/.test(chunk.toString()) && resolve(chunk)),
      );
      if (how !== "when its input ends") for (const stream of [child.stdout, child.stderr]) stream.destroy();
      child.stdin.write(writeFlight([command(text)], createMarker(), { stays: true }));
      child.stdin.end();
      try {
        await vi.waitFor(() => expect(hasGroup(leader)).toBe(false), PATIENCE);
      } finally {
        if (hasGroup(leader)) process.kill(-leader, "SIGKILL");
      }
    });

    it("ends what its shell has started, and no other of the group where that leads none", async () => {
      const line = `sleep 1000 </dev/null & echo $!; ${watched(shell).map(quote).join(" ")}; echo over; exec sleep 1000 </dev/null`;
      const server = spawn("/bin/sh", ["-c", line], { detached: true, stdio: "pipe" });
      let said = "";
      server.stdout.on("data", (chunk: Buffer) => {
        said += chunk;
      });
      server.stdin.on("error", () => undefined);
      const one = command("trap '' TERM; sh -c 'echo $PPID'; sh -c 'echo $PPID; sleep 1000' & sleep 1000");
      server.stdin.write(SESSION + writeFlight([one], createMarker(), { stays: true }));
      const numbers = (): readonly number[] => (said.match(/^\d+$/gm) ?? []).map(Number);
      try {
        await vi.waitFor(() => expect(numbers()).toHaveLength(3), PATIENCE);
        const [other = 0, ...ours] = numbers();
        server.stdin.destroy();
        await vi.waitFor(() => expect(ours.filter(isAlive)).toEqual([]), PATIENCE);
        await vi.waitFor(() => expect(said).toMatch(/^over$/m), PATIENCE);
        expect([isAlive(other), isAlive(server.pid ?? 0)]).toEqual([true, true]);
      } finally {
        if (hasGroup(server.pid ?? 0)) process.kill(-(server.pid ?? 0), "SIGKILL");
      }
    });
  },
);

describe.runIf(existsSync("/proc/self/stat")).each(shells)(
  `the guard of a shell for one flight, $name${noProc}`,
  { concurrent: true },
  (shell) => {
    /** Sends a flight to a shell whose client is silent for three of these times at most, in milliseconds. */
    async function fly(
      text: string,
      beat: number,
    ): Promise<{ child: ChildProcessWithoutNullStreams; leader: number; said: () => string }> {
      const [file, ...args] = watched(shell, { beat, servesOne: true });
      const child = spawn(file, args, { detached: true, stdio: "pipe" });
      let said = "";
      child.stdout.on("data", (chunk: Buffer) => {
        said += chunk;
      });
      child.stdin.on("error", () => undefined);
      await vi.waitFor(() => expect(said).toMatch(/\d\n/), PATIENCE);
      child.stdin.write(SINGLE + writeFlight([command(text)], createMarker(), { guarded: true }));
      return { child, leader: child.pid ?? 0, said: () => said };
    }
    const gone = (leader: number): Promise<void> => vi.waitFor(() => expect(hasGroup(leader)).toBe(false), PATIENCE);
    const end = (leader: number): unknown => hasGroup(leader) && process.kill(-leader, "SIGKILL");

    // In dash 0.5.12 by what findings/dash-read-ends-with-child.sh shows: a trapped SIGCHLD ends a read.
    it("ends it when its client is silent", async () => {
      const { child, leader, said } = await fly("echo here; sleep 1000", 300);
      try {
        await vi.waitFor(() => expect(said()).toContain("here"), PATIENCE);
        await vi.waitFor(() => expect(said()).toMatch(/ E 0 143\n/), PATIENCE);
        child.stdin.end();
        await gone(leader);
      } finally {
        end(leader);
      }
    });

    it("ends it when its input ends, and leaves it alone as long as its client says that it is there", async () => {
      const { child, leader, said } = await fly(`sleep ${LONG / 1000}; echo here; sleep 1000`, BEAT);
      const beats = setInterval(() => child.stdin.write(BEAT_LINE), 50);
      try {
        await vi.waitFor(() => expect(said()).toContain("here"), PATIENCE);
        clearInterval(beats);
        child.stdin.end();
        await gone(leader);
      } finally {
        clearInterval(beats);
        end(leader);
      }
    });

    it("goes with the flight, and says nothing", async () => {
      const { child, leader, said } = await fly("true", 15_000);
      let noise = "";
      child.stderr.on("data", (chunk: Buffer) => {
        noise += chunk;
      });
      try {
        await vi.waitFor(() => expect(said()).toMatch(/ F\n$/), PATIENCE);
        // Once it has served, nobody watches: it does not wait for a client that may be gone.
        await vi.waitFor(() => expect(hasGroup(leader)).toBe(false), PATIENCE);
        expect(noise.replaceAll(/^@fake.*\n/gm, "")).toBe("");
      } finally {
        end(leader);
      }
    });
  },
);

describe.runIf(existsSync("/proc/self/stat")).each(shells)(
  `a shell that is watched, $name${noProc}`,
  { concurrent: true },
  (shell) => {
    const prelude = { session: SESSION, single: SINGLE };
    const flight = writeFlight([command("echo here")], createMarker(), { guarded: true });

    /** Starts one, sends it so much, and gives its process group. */
    async function start(kind: "session" | "single", beat: number, text: string): Promise<ChildProcessWithoutNullStreams> {
      const [file, ...args] = watched(shell, { beat, servesOne: kind === "single" });
      const child = spawn(file, args, { detached: true, stdio: "pipe" });
      child.stdin.on("error", () => undefined);
      await new Promise((resolve) => child.stdout.once("data", resolve));
      child.stdin.write(text);
      return child;
    }
    async function expectGone({ pid = 0 }: ChildProcessWithoutNullStreams): Promise<void> {
      try {
        await vi.waitFor(() => expect(hasGroup(pid)).toBe(false), PATIENCE);
      } finally {
        if (hasGroup(pid)) process.kill(-pid, "SIGKILL");
      }
    }

    it.each([
      ["session", "nothing", ""],
      ["single", "nothing", ""],
      ["session", "part of a flight", SESSION + flight.slice(0, -30)],
      ["single", "part of a flight", SINGLE + flight.slice(0, -30)],
      ["single", "part of its prelude", SINGLE.slice(0, -30)],
    ] as const)("ends when its client falls silent, %s: after %s", async (kind, _what, text) => {
      await expectGone(await start(kind, 100, text));
    });

    it.each([
      ["session", "nothing", ""],
      ["single", "nothing", ""],
      ["session", "its prelude", SESSION],
      ["single", "its prelude", SINGLE],
    ] as const)("ends at once with its input, %s: after %s", async (kind, _what, text) => {
      const child = await start(kind, 60_000, text);
      child.stdin.end();
      await expectGone(child);
    });

    // posh does not run what it is to run at its end when that comes within a command: its watch goes later.
    it.skipIf(shell.name === "posh").each(["session", "single"] as const)(
      "ends at once with its input in the middle of its prelude, %s",
      async (kind) => {
        const child = await start(kind, 60_000, prelude[kind].slice(0, -30));
        child.stdin.end();
        await expectGone(child);
      },
    );

    it("leaves nothing when its client has gone before it says that it is there", async () => {
      const [file, ...args] = watched(shell);
      const child = spawn(file, args, { detached: true, stdio: "pipe" });
      child.stdin.on("error", () => undefined);
      for (const stream of [child.stdout, child.stderr, child.stdin]) stream.destroy();
      await expectGone(child);
    });

    it.each(["session", "single"] as const)(
      "waits for a flight as long as its client says that it is there, %s",
      async (kind) => {
        const child = await start(kind, BEAT, prelude[kind]);
        let said = "";
        child.stdout.on("data", (chunk: Buffer) => {
          said += chunk;
        });
        const beats = setInterval(() => child.stdin.write(BEAT_LINE), 50);
        try {
          await new Promise((resolve) => setTimeout(resolve, LONG));
          child.stdin.write(
            writeFlight([command("env | grep _fake_; echo here")], createMarker(), { guarded: true, stays: kind === "session" }),
          );
          await vi.waitFor(() => expect(said).toMatch(/ 0 \d+\nhere\n.* E 0 0\n.* F/), PATIENCE);
          child.stdin.end();
          await expectGone(child);
        } finally {
          clearInterval(beats);
        }
      },
    );
  },
);

/** yash 2.52 has even its own `[` only while PATH has one (findings/yash-builtins-need-path.sh); ksh93 has a `sleep` of its own. */
const needy = allShells.filter(({ missing, name }) => missing === undefined && name !== "ksh93");

it.runIf(existsSync("/proc/self/stat")).concurrent.each(needy)(
  `$name watches no more where there is no sleep${noProc}`,
  async (shell) => {
    const bin = mkdtempSync(join(tmpdir(), "bin-"));
    symlinkSync("/bin/echo", join(bin, "echo"));
    // Outside of another shell, bash takes a socket for rshd's, and reads a start-up file.
    const [file, ...args] = watched({ ...shell, argv: [shell.path, ...shell.argv.slice(1)] });
    const child = spawn(file, args, { detached: true, stdio: "pipe", env: { PATH: bin, SHLVL: "2" } });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk;
    });
    child.stdin.write(`${SESSION}echo watch $_fake_watch\n`);
    try {
      await vi.waitFor(() => expect(said).toMatch(/watch \d+\n/), PATIENCE);
      const watch = Number(/watch (\d+)/.exec(said)?.[1]);
      expect(watch).toBeGreaterThan(0);
      await vi.waitFor(() => expect(isAlive(watch)).toBe(false), PATIENCE);
    } finally {
      process.kill(-(child.pid ?? 0), "SIGKILL");
      rmSync(bin, { recursive: true });
    }
  },
);

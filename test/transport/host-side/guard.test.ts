import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { createMarker, writeFlight, writeSessionPrelude } from "../../../src/transport/framing/script.ts";
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
});

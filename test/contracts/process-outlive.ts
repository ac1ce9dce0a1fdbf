/** What is to outlive us does, on a host and on this machine. */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { parallel } from "../../src/process/compound.ts";
import type { Launcher, LaunchOptions } from "../../src/process/launcher.ts";
import type { Process } from "../../src/process/process.ts";
import { isAlive } from "../support/alive.ts";
import { gone } from "./transport/support.ts";

interface OutliveWorld {
  readonly launcher: Launcher;
  another(): Launcher;
  readonly there: Pick<LaunchOptions, "host" | "connect">;
}

const TICKS = "echo ready; while :; do echo tick; sleep 0.05; done";

/** Longer than what is to end is given to do so. */
const LONG_MS = 1500;

export function outliveContract(test: (title: string, work: () => Promise<void>) => void, getWorld: () => OutliveWorld): void {
  const start = async (launcher: Launcher): Promise<Process> => {
    const process = launcher.process(TICKS, { ...getWorld().there, outlive: true }).start();
    expect(await process.expect("tick", { timeout: "20s" })).toBeDefined();
    return process;
  };
  const outlives = async ({ pid = 0 }: Process): Promise<void> => {
    await delay(LONG_MS);
    expect(isAlive(pid)).toBe(true);
    process.kill(-pid, "SIGTERM");
    await gone(pid);
  };

  test("that is to outlive us goes on when it is left, and nothing counts against it", async () => {
    const process = await start(getWorld().launcher);
    await process[Symbol.asyncDispose]();
    expect(process.state).toMatchObject({ state: "ended", how: "left", exitCode: undefined, error: undefined, killed: false });
    expect([process.finishedOk, process.problems]).toEqual([true, []]);
    await outlives(process);
  });

  test("that is to outlive us is left once it runs", async () => {
    const process = getWorld().launcher.process(TICKS, { ...getWorld().there, outlive: true });
    const action = parallel([getWorld().launcher.local("sleep 60")]).start();
    await Promise.all([process.start()[Symbol.asyncDispose](), action[Symbol.asyncDispose]()]);
    expect(action.processes[0]?.state).toMatchObject({ state: "ended", killed: true });
    await outlives(process);
  });

  test("that is to outlive us goes on when the launcher is closed", async () => {
    const launcher = getWorld().another();
    const process = await start(launcher);
    await launcher.close();
    await process.wait();
    expect(process.state).toMatchObject({ how: "left", error: undefined });
    await outlives(process);
  });

  test("that is to outlive us ends when it is killed, and when it does so itself", async () => {
    const killed = await start(getWorld().launcher);
    killed.kill();
    await killed[Symbol.asyncDispose]();
    expect(killed.state).toMatchObject({ how: "exited", killed: true });
    await gone(killed.pid ?? 0);
    const ended = await getWorld()
      .launcher.process("cat; exit 3", { ...getWorld().there, outlive: true, stdin: "in" })
      .run();
    expect([ended.stdout, ended.exitCode, ended.state]).toEqual(["in", 3, expect.objectContaining({ how: "exited" })]);
  });
}

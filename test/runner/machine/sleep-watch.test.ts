import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { watchForSleep } from "../../../src/runner/machine/sleep-watch.ts";
import { latch, rig } from "../rig.ts";

describe("a nap", () => {
  let time = 0;
  beforeEach(() => {
    time = 1_000_000;
    vi.useFakeTimers();
  });
  afterEach(() => void vi.useRealTimers());

  /** The time of day goes on, and timers do not: what a sleeping machine looks like when it wakes. */
  const sleep = (milliseconds: number): void => {
    time += milliseconds;
  };
  const pass = async (milliseconds: number): Promise<void> => {
    for (let done = 0; done < milliseconds; done += 1000) {
      time += 1000;
      await vi.advanceTimersByTimeAsync(1000);
    }
  };

  it("is noticed when it was longer than hosts are patient, once, and ordinary time is none", async () => {
    const slept: [readonly string[], number][] = [];
    const stop = watchForSleep({
      clock: () => time,
      connected: () => ["web1", "web2"],
      onSleep: (hosts, duration) => slept.push([hosts, duration]),
    });
    await pass(200_000);
    sleep(30_000);
    await pass(60_000);
    expect(slept).toEqual([]);
    sleep(1_800_000);
    await pass(60_000);
    expect(slept).toEqual([[["web1", "web2"], expect.any(Number)]]);
    expect(slept[0]?.[1]).toBeGreaterThanOrEqual(1_800_000);
    stop();
    sleep(1_800_000);
    await pass(60_000);
    expect(slept).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is none of a clock that is put back, or with nobody connected; a host that has hung up meanwhile is told of", async () => {
    const slept: (readonly string[])[] = [];
    let connected: readonly string[] = [];
    const stop = watchForSleep({ clock: () => time, connected: () => connected, onSleep: (hosts) => slept.push(hosts) });
    sleep(-1_800_000);
    await pass(10_000);
    sleep(1_800_000);
    await pass(10_000);
    expect(slept).toEqual([]);
    connected = ["web1", "web2"];
    await pass(10_000);
    sleep(1_800_000);
    connected = ["web2"];
    await pass(10_000);
    expect(slept).toEqual([["web1", "web2"]]);
    stop();
  });

  it("of a run is told for each host that is connected, and the timer goes with the run", async () => {
    const { opened, open } = latch();
    const started = latch();
    const { run, of } = rig(
      ({ task }) =>
        void task("wait", "Wait", async () => {
          started.open();
          await opened;
        }),
      { sleep: { clock: () => time } },
    );
    const result = run("wait");
    await started.opened;
    await pass(10_000);
    sleep(600_000);
    await pass(10_000);
    open();
    expect((await result).ok).toBe(true);
    const warnings = of("message").filter(({ level }) => level === "warn");
    expect(warnings.map(({ host }) => host)).toEqual(["web1", "web2"]);
    expect(warnings[0]?.text).toMatch(/^This machine slept, or this process was stopped, for 10 min\. web1 heard nothing/);
    expect(vi.getTimerCount()).toBe(0);
  });
});

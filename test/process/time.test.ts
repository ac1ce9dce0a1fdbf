import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Clock, type SleepOptions, sleep, systemClock, Timer } from "../../src/process/time.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 11, 1, 6);

interface FakeClock extends Clock {
  /** What timers were asked to wait. */
  readonly waits: readonly number[];
  /** Timers that are running. */
  readonly running: () => number;
  /** Puts the date forward or back. */
  readonly set: (milliseconds: number) => void;
}

/** @param off how much too early a timer goes off: the first, the second and so on; then in time @param onWait before each waiting */
function createClock(off: readonly number[] = [], onWait: (clock: FakeClock) => void = () => undefined): FakeClock {
  let [now, elapsed, running] = [START, 1000.25, 0];
  const waits: number[] = [];
  const clock: FakeClock = {
    now: () => Math.floor(now),
    elapsed: () => elapsed,
    after: (milliseconds, callback) => {
      const early = Math.min(off[waits.length] ?? 0, milliseconds);
      waits.push(milliseconds);
      running++;
      let isRunning = true;
      const end = (): void => {
        if (isRunning) running--;
        isRunning = false;
      };
      queueMicrotask(() => {
        if (!isRunning) return;
        now += milliseconds - early;
        elapsed += milliseconds - early;
        end();
        onWait(clock);
        callback();
      });
      return end;
    },
    waits,
    running: () => running,
    set: (milliseconds) => {
      now += milliseconds;
    },
  };
  return clock;
}

describe("sleep", () => {
  it.each<[SleepOptions, number]>([
    [{ for: 1500 }, 1500],
    [{ for: "90s" }, 90_000],
    [{ for: "01:30:00" }, 5_400_000],
    [{ for: 0 }, 0],
    [{ for: "0s" }, 0],
    [{ until: new Date(START + 5000) }, 5000],
    [{ until: "2026-12-01T06:00:05Z" }, 5000],
    [{ until: START }, 0],
    [{ until: START - DAY }, 0],
    [{ until: 0, for: 0 }, 0],
    [{ for: "1s", until: START + 5000 }, 5000],
    [{ for: "5s", until: START + 1000 }, 5000],
    [{ for: "5s", until: START - DAY }, 5000],
    [{ for: "60d" }, 60 * DAY],
    [{ until: START + DAY, for: "60d" }, 60 * DAY],
  ])("%j passes the time that is meant, and gives it", async (options, milliseconds) => {
    const clock = createClock();
    expect(await sleep(options, clock)).toBe(milliseconds);
    expect(clock.elapsed()).toBe(1000.25 + milliseconds);
    expect(clock.waits.every((wait) => wait > 0 && wait < 2 ** 31)).toBe(true);
    expect(clock.running()).toBe(0);
  });

  it("starts no timer where there is nothing to wait for", async () => {
    const clock = createClock();
    await sleep({ for: 0, until: START }, clock);
    expect(clock.waits).toEqual([]);
  });

  it("is late rather than early, whatever timers do", async () => {
    const lengths = fc.oneof(fc.nat(10_000), fc.double({ min: 0, max: 10_000, noNaN: true }), fc.nat(100 * DAY));
    const options = fc.record(
      { for: lengths, until: fc.integer({ min: -5000, max: 3_600_000 }).map((late) => START + late) },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(options, fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { maxLength: 10 }), async (given, off) => {
        fc.pre(Object.keys(given).length > 0);
        const clock = createClock(off);
        const passed = await sleep(given, clock);
        expect(clock.elapsed() - 1000.25).toBe(passed);
        expect(passed).toBeGreaterThanOrEqual(given.for ?? 0);
        expect(clock.now()).toBeGreaterThanOrEqual(given.until ?? 0);
        // Nobody waits much longer either.
        expect(passed).toBeLessThan(Math.max(given.for ?? 0, (given.until ?? START) - START) + 2);
      }),
    );
  });

  it("goes by the date that the machine has in the end", async () => {
    let steps = 0;
    const back = createClock([], (clock) => steps++ === 0 && clock.set(-3000));
    expect(await sleep({ until: START + 10_000 }, back)).toBe(13_000);
    steps = 0;
    // It was put forward over the date: noticed within a minute.
    const forward = createClock([], (clock) => steps++ === 2 && clock.set(DAY));
    expect(await sleep({ until: START + DAY }, forward)).toBe(180_000);
    // A duration has nothing to do with dates.
    steps = 0;
    const length = createClock([], (clock) => steps++ === 0 && clock.set(-DAY));
    expect(await sleep({ for: "2h" }, length)).toBe(7_200_000);
  });

  it("ends with the signal's reason, and leaves nothing behind", async () => {
    const cancelled: number[] = [];
    // Its timers never go off.
    const clock: Clock = { ...createClock(), after: (milliseconds) => () => cancelled.push(milliseconds) };
    const controller = new AbortController();
    const sleeping = sleep({ for: "1h", signal: controller.signal }, clock);
    expect(cancelled).toEqual([]);
    controller.abort(new Error("enough"));
    await expect(sleeping).rejects.toThrow("enough");
    expect(cancelled).toEqual([3_600_000]);
    await expect(sleep({ for: 0, signal: controller.signal }, clock)).rejects.toThrow("enough");
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    const other = new AbortController();
    await sleep({ for: "5m", signal: other.signal }, createClock());
    expect(getEventListeners(other.signal, "abort")).toEqual([]);
  });

  it.each([
    [{}, "SLEEP_FOREVER"],
    [{ for: undefined }, "SLEEP_FOREVER"],
    [{ delay: 5 }, "UNKNOWN_OPTION"],
    [{ for: "5 m" }, "BAD_DURATION"],
    [{ for: -1 }, "BAD_DURATION"],
    [{ until: "soon" }, "BAD_DATE"],
  ])("refuses %j", async (options, code) => {
    await expect(sleep(options as SleepOptions, createClock())).rejects.toMatchObject({ code, exitCode: 2 });
  });

  it("by the system's clocks: not a millisecond less", async () => {
    for (let time = 0; time < 20; time++) {
      const [start, date] = [performance.now(), Date.now()];
      const passed = await sleep({ for: 2, until: date + 2 });
      expect(performance.now() - start).toBeGreaterThanOrEqual(2);
      expect(Date.now()).toBeGreaterThanOrEqual(date + 2);
      expect(passed).toBeGreaterThanOrEqual(2);
    }
    const controller = new AbortController();
    const long = sleep({ for: "60d", signal: controller.signal });
    await sleep({ for: 20 });
    controller.abort(new Error("it still slept"));
    await expect(long).rejects.toThrow("it still slept");
    expect(systemClock.now()).toBeGreaterThan(START);
  });
});

describe("a timer", () => {
  it("tells what has passed and what is left, never less than nothing", async () => {
    const clock = createClock();
    const timer = new Timer("5s", clock);
    expect([timer.elapsed, timer.remaining, timer.timeout]).toEqual([0, 5000, 5000]);
    await sleep({ for: "2s" }, clock);
    expect([timer.elapsed, timer.remaining]).toEqual([2000, 3000]);
    clock.set(-DAY);
    expect([timer.elapsed, timer.remaining]).toEqual([2000, 3000]);
    await sleep({ for: "10s" }, clock);
    expect([timer.elapsed, timer.remaining]).toEqual([12_000, 0]);
    expect(timer.startDate).toEqual(new Date(START));
    timer.startDate.setFullYear(1970);
    expect(timer.startDate).toEqual(new Date(START));
  });

  it("has nothing left to tell of without a timeout, and is over at once with none", () => {
    expect(new Timer(undefined, createClock()).remaining).toBeUndefined();
    expect(new Timer(0, createClock()).remaining).toBe(0);
    expect(new Timer().elapsed).toBeGreaterThanOrEqual(0);
    expect(() => new Timer("5 m")).toThrow(expect.objectContaining({ code: "BAD_DURATION" }));
  });

  it("waits until so much has passed since it was made", async () => {
    const clock = createClock([0, 0.5, 1.5]);
    const timer = new Timer("5s", clock);
    await sleep({ for: "2s" }, clock);
    expect(await timer.waitElapsed("3s")).toBeGreaterThanOrEqual(1000);
    expect(timer.elapsed).toBeGreaterThanOrEqual(3000);
    await timer.waitElapsed();
    expect([timer.elapsed >= 5000, timer.remaining]).toEqual([true, 0]);
    expect(await timer.waitElapsed("1s")).toBe(0);
  });

  it("waits for nothing that never comes, and no longer than a signal", async () => {
    const timer = new Timer(undefined, createClock());
    await expect(timer.waitElapsed()).rejects.toMatchObject({ code: "SLEEP_FOREVER", exitCode: 2 });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(timer.waitElapsed("1h", { signal })).rejects.toThrow("enough");
    await expect(timer.waitElapsed(0, { signal })).rejects.toThrow("enough");
  });
});

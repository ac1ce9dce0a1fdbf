import { getEventListeners } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { onAbort, orAborted, settleWithin, within } from "../src/wait.ts";

const never = new Promise<never>(() => undefined);

describe("work that may be aborted", () => {
  it("comes to what it comes to, and nobody listens any longer", async () => {
    const { signal } = new AbortController();
    expect(await orAborted(Promise.resolve("done"), signal)).toBe("done");
    await expect(orAborted(Promise.reject(new Error("failed")), signal)).rejects.toThrow("failed");
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("ends with the signal's reason when that aborts first, or has aborted", async () => {
    const stop = new AbortController();
    const aborted = orAborted(never, stop.signal);
    expect(getEventListeners(stop.signal, "abort")).toHaveLength(1);
    stop.abort(new Error("stopped"));
    await expect(aborted).rejects.toThrow("stopped");
    await expect(orAborted(Promise.resolve("late"), stop.signal)).rejects.toThrow("stopped");
    expect(getEventListeners(stop.signal, "abort")).toEqual([]);
  });
});

describe("a callback for the end of a signal", () => {
  it("is called once, also when the signal is aborted already, and not when nobody listens any more", () => {
    const [stop, calls] = [new AbortController(), [] as string[]];
    onAbort(stop.signal, () => calls.push("before"));
    onAbort(stop.signal, () => calls.push("given up"))();
    stop.abort();
    onAbort(stop.signal, () => calls.push("after"));
    expect(calls).toEqual(["before", "after"]);
  });
});

describe("work with a limit", () => {
  it("comes to what it comes to in time, and to nothing later; no timer is left", async () => {
    vi.useFakeTimers();
    try {
      expect(await within(10, Promise.resolve("done"))).toBe("done");
      await expect(within(10, Promise.reject(new Error("failed")))).rejects.toThrow("failed");
      expect(vi.getTimerCount()).toBe(0);
      const late = within(10, never);
      await vi.advanceTimersByTimeAsync(10);
      expect(await late).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("work that settles", () => {
  it("is told as what became of it, and nobody listens any longer", async () => {
    const { signal } = new AbortController();
    const error = new Error("failed");
    expect(await settleWithin(Promise.resolve(1), [{ signal, grace: 0 }])).toEqual({ kind: "value", value: 1 });
    expect(await settleWithin(Promise.reject(error), [{ signal, grace: 0 }])).toEqual({ kind: "error", error });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("is left at once, or after the grace of the signal that aborts", async () => {
    vi.useFakeTimers();
    try {
      const [stop, other] = [new AbortController(), new AbortController()];
      const left = settleWithin(never, [
        { signal: stop.signal, grace: 50 },
        { signal: other.signal, grace: 0 },
      ]);
      stop.abort();
      await vi.advanceTimersByTimeAsync(49);
      expect(getEventListeners(other.signal, "abort")).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(await left).toEqual({ kind: "left" });
      expect(getEventListeners(other.signal, "abort")).toEqual([]);
      expect(
        await settleWithin(never, [
          { signal: stop.signal, grace: 0 },
          { signal: other.signal, grace: 0 },
        ]),
      ).toEqual({ kind: "left" });
      expect([getEventListeners(other.signal, "abort"), vi.getTimerCount()]).toEqual([[], 0]);
    } finally {
      vi.useRealTimers();
    }
  });
});

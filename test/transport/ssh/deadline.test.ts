import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { orAborted } from "../../../src/transport/ssh/deadline.ts";

describe("work that may be aborted", () => {
  it("comes to what it comes to, and nobody listens any longer", async () => {
    const { signal } = new AbortController();
    expect(await orAborted(Promise.resolve("done"), signal)).toBe("done");
    await expect(orAborted(Promise.reject(new Error("failed")), signal)).rejects.toThrow("failed");
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("ends with the signal's reason when that aborts first, or has aborted", async () => {
    const stop = new AbortController();
    const never = orAborted(new Promise(() => undefined), stop.signal);
    expect(getEventListeners(stop.signal, "abort")).toHaveLength(1);
    stop.abort(new Error("stopped"));
    await expect(never).rejects.toThrow("stopped");
    await expect(orAborted(Promise.resolve("late"), stop.signal)).rejects.toThrow("stopped");
    expect(getEventListeners(stop.signal, "abort")).toEqual([]);
  });
});

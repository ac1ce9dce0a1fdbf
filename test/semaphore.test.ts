import { describe, expect, it } from "vitest";
import { Semaphore } from "../src/semaphore.ts";

/** True when the promise has settled by the time all that is ready has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const waiting = Symbol("waiting");
  await new Promise(setImmediate);
  return (await Promise.race([promise, Promise.resolve(waiting)])) !== waiting;
}

describe("Semaphore", () => {
  it("lets in as many as its limit, and the next when one leaves", async () => {
    const semaphore = new Semaphore(2);
    const leave = await semaphore.acquire();
    await semaphore.acquire();
    const third = semaphore.acquire();
    expect(await isSettled(third)).toBe(false);
    leave();
    expect(await isSettled(third)).toBe(true);
    expect(semaphore.held).toBe(2);
  });

  it("gives a place back only once", async () => {
    const semaphore = new Semaphore(1);
    const leave = await semaphore.acquire();
    leave();
    leave();
    expect(semaphore.held).toBe(0);
    await semaphore.acquire();
    expect(await isSettled(semaphore.acquire())).toBe(false);
  });

  it("lets no more in than a limit that was lowered", async () => {
    const semaphore = new Semaphore(3);
    const leave = [await semaphore.acquire(), await semaphore.acquire(), await semaphore.acquire()];
    semaphore.lower(1);
    const next = semaphore.acquire();
    leave[0]?.();
    leave[1]?.();
    expect(await isSettled(next)).toBe(false);
    leave[2]?.();
    expect(await isSettled(next)).toBe(true);
  });

  it("never goes down to nothing, nor up again", () => {
    const semaphore = new Semaphore(3);
    semaphore.lower(0);
    expect(semaphore.limit).toBe(1);
    semaphore.lower(5);
    expect(semaphore.limit).toBe(1);
  });

  it("forgets those whose patience ended, in line or before", async () => {
    const semaphore = new Semaphore(1);
    const leave = await semaphore.acquire();
    const controller = new AbortController();
    const aborted = semaphore.acquire(controller.signal);
    const next = semaphore.acquire();
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    await expect(semaphore.acquire(controller.signal)).rejects.toThrow("enough");
    leave();
    expect(await isSettled(next)).toBe(true);
  });

  it("gives the place back when the work fails", async () => {
    const semaphore = new Semaphore(1);
    await expect(semaphore.run(() => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(semaphore.held).toBe(0);
  });
});

import { queryObjects } from "node:v8";
import { describe, expect, it } from "vitest";
import { Pending } from "../../../src/runner/context/pending.ts";

describe("what a task has started", () => {
  it("is held in nothing while that is nothing", async () => {
    const count = (): number => Number(queryObjects(Set)) + Number(queryObjects(Map));
    const before = count();
    const all = Array.from({ length: 1000 }, () => new Pending());
    for (const pending of all) {
      await pending.endProcesses();
      expect([pending.forgotten, await pending.settle(), pending.unused]).toEqual([false, undefined, undefined]);
    }
    expect(count() - before).toBeLessThan(100);
    for (const pending of all) pending.ask("sure?");
    expect(count() - before).toBeGreaterThan(900);
  });
});

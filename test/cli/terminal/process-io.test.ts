import { describe, expect, it } from "vitest";
import { createProcessIo } from "../../../src/cli/terminal/process-io.ts";

describe("the process as the command line sees it", () => {
  it("listens to the faults of its streams once, however often it is made", () => {
    const make = (): unknown => createProcessIo({ importModule: (url) => import(url) }).stderr;
    make();
    const count = (): readonly number[] => [process.stdout, process.stderr].map((stream) => stream.listenerCount("error"));
    const before = count();
    make();
    expect(count()).toEqual(before);
    expect(Math.min(...before)).toBeGreaterThan(0);
  });
});

import { describe, expect, it } from "vitest";
import { createProgressLine, describeProgress } from "../../../src/cli/transfer/progress-line.ts";
import type { TransferReport } from "../../../src/process/transfer-options.ts";

const MIB = 1024 * 1024;

function report(total: Partial<TransferReport["total"]>, ended: readonly boolean[] = [true, false]): TransferReport {
  const all = {
    bytes: 0,
    totalBytes: undefined,
    files: 0,
    totalFiles: undefined,
    rate: 0,
    secondsLeft: undefined,
    startDate: undefined,
  };
  const hosts = ended.map((isEnded) => ({ ...all, process: { isEnded } })) as unknown as TransferReport["hosts"];
  return { hosts, total: { ...all, ...total } };
}

describe("the line of a transfer", () => {
  it.each([
    [{}, "1 of 2 hosts, 0 bytes"],
    [{ bytes: 3 * MIB, totalBytes: 12 * MIB, rate: MIB, secondsLeft: 9 }, "1 of 2 hosts, 3 MiB of 12 MiB, 1 MiB/s, 9 s left"],
    [{ bytes: 12 * MIB, totalBytes: 12 * MIB, rate: 2.5 * MIB, secondsLeft: 0 }, "1 of 2 hosts, 12 MiB of 12 MiB, 2.5 MiB/s"],
    [{ bytes: 500, rate: 100 }, "1 of 2 hosts, 500 bytes, 100 bytes/s"],
  ])("tells %j", (total, line) => {
    expect(describeProgress(report(total))).toBe(line);
  });

  it("says how far it is, on a terminal, and is gone in the end", () => {
    const write = (isTTY: boolean, behind = false): string => {
      const written: string[] = [];
      const screen = { isTTY, behind, columns: 20, rows: 5, color: false, write: (text: string) => void written.push(text) };
      const line = createProgressLine("put", screen);
      for (const bytes of [1, 1, 2]) line.show(report({ bytes }));
      line.clear();
      line.clear();
      return written.join("");
    };
    expect(write(true).split("\r\x1b[K")).toEqual(["", "put: 1 of 2 hosts,…", ""]);
    expect(write(true).length).toBeLessThan(40);
    expect([write(false), write(true, true)]).toEqual(["", ""]);
  });
});

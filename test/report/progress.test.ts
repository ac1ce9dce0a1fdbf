import { expect, it } from "vitest";
import { addAmounts, createProgressLines, describeAmounts, drawBar } from "../../src/report/progress.ts";
import type { EventOf } from "../../src/runner/events.ts";

const MIB = 1024 * 1024;
const half = { bytes: 32 * MIB, totalBytes: 64 * MIB, rate: 4 * MIB, secondsLeft: 8 };
const unknown = { bytes: 5, totalBytes: undefined, rate: 0, secondsLeft: undefined };

const at = (id: number, duration: number): EventOf<"transferProgress"> => ({
  ...half,
  kind: "transferProgress",
  id,
  host: "app1",
  task: "t",
  command: "write it",
  duration,
});

it("amounts are said as far as anybody knows them", () => {
  expect(describeAmounts(half)).toBe("32 MiB of 64 MiB, 4 MiB/s, 8 s left");
  expect(describeAmounts(unknown)).toBe("5 bytes");
  expect(describeAmounts(addAmounts([half, { ...half, secondsLeft: 80 }]))).toBe("64 MiB of 128 MiB, 8 MiB/s, 1 min left");
  expect(describeAmounts(addAmounts([half, unknown]))).toBe("32.0 MiB, 4 MiB/s");
});

it("a bar is full when all is there, and none where nobody knows how much that is", () => {
  expect(drawBar(half, 10)).toBe("█████░░░░░ 50%");
  expect(drawBar({ ...half, bytes: 0 }, 4)).toBe("░░░░ 0%");
  expect(drawBar({ ...half, bytes: 65 * MIB }, 4)).toBe("████ 100%");
  expect([drawBar(unknown, 10), drawBar({ ...half, totalBytes: 0 }, 10)]).toEqual(["", ""]);
});

it("a transfer has a line every ten seconds, one of many less often", () => {
  const lines = createProgressLines();
  const spoke = [500, 9500, 10_000, 19_500, 20_000].map((duration) => lines.hear(at(1, duration)) !== undefined);
  expect(spoke).toEqual([false, false, true, false, true]);
  expect(lines.hear(at(1, 30_000))).toBe("write it: 32 MiB of 64 MiB, 4 MiB/s, 8 s left");
  const many = createProgressLines();
  let said = 0;
  for (let duration = 500; duration <= 60_000; duration += 500)
    for (let id = 0; id < 40; id++) if (many.hear(at(id, duration)) !== undefined) said++;
  expect(said).toBe(40);
  for (let id = 1; id < 40; id++) many.finish({ id });
  expect(many.hear(at(0, 70_000))).toBeDefined();
});

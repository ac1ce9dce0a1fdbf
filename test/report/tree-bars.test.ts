import { expect, it } from "vitest";
import { createTreeReporter } from "../../src/report/tree/tree.ts";
import type { RunEvent } from "../../src/runner/events.ts";
import { createClockwork } from "./clockwork.ts";
import { createTestScreen } from "./screen.ts";
import { simulate } from "./simulate.ts";

it.each([
  [1, "1 KiB of 8 KiB, 256 bytes/s, 28 s left", "██░░░░░░░░░░░░░░░░░░ 12%"],
  [5, "15 KiB of 40 KiB, 1.3 KiB/s, 28 s left", "███████░░░░░░░░░░░░░ 37%"],
])("shows how far a transfer is as a bar, of many hosts as one: %s", (hosts, amounts, bar) => {
  const screen = createTestScreen({ isTTY: true, columns: 100, rows: 24 });
  const { now, every, pass } = createClockwork();
  const reporter = createTreeReporter({ screen, verbosity: 0, now, every });
  const isLast = (event: RunEvent): boolean => event.kind === "taskStarted" && event.host === `app${hosts}.example.com`;
  const events = [...simulate({ hosts })];
  for (const event of events.slice(0, events.findIndex(isLast) + 1)) reporter.on(event);
  const all = Array.from({ length: hosts }, (_, at) => ({
    ...{ id: at + 1, host: `app${at + 1}.example.com`, task: "deploy:lock", command: "write it" },
    ...{ bytes: 1024 * (at + 1), totalBytes: 8192, rate: 256, secondsLeft: 28 - at, duration: 500 },
  }));
  for (const one of all) reporter.on({ kind: "commandStarted", ...one, quiet: false });
  for (const one of all) reporter.on({ kind: "transferProgress", ...one });
  const bars = (): readonly string[] => screen.seen().filter((line) => line.includes("░"));
  pass(80);
  expect(bars()).toEqual([`        ${bar} ${amounts}`]);
  for (const one of all) reporter.on({ kind: "transferProgress", ...one, id: 99, bytes: 8000 });
  pass(80);
  expect(bars()[0]).toContain(bar);
  for (const { id, ...one } of all)
    reporter.on({ kind: "commandFinished", id, ...one, status: "ok", exitCode: 0, signal: undefined, quiet: false });
  pass(80);
  expect(bars()).toEqual([]);
});

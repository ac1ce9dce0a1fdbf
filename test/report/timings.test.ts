import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSpans, createTimings } from "../../src/report/timings.ts";
import type { RunEvent } from "../../src/runner/events.ts";

describe("stretches of time", () => {
  it("count once where they overlap", () => {
    const stretch = fc.record({ from: fc.integer({ min: 0, max: 40 }), length: fc.integer({ min: 0, max: 20 }) });
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 12 }), (stretches) => {
        const spans = createSpans();
        const ends = stretches.map(({ from, length }) => ({ from, to: from + length })).sort((left, right) => left.to - right.to);
        for (const { from, to } of ends) spans.add(from, to);
        const inside = Array.from({ length: 60 }, (_, at) => ends.some(({ from, to }) => from <= at && at < to));
        expect(spans.length).toBe(inside.filter(Boolean).length);
      }),
    );
  });
});

/** Tells events at their times. */
function timed(events: readonly (readonly [at: number, event: object])[]) {
  let time = 0;
  const timings = createTimings({ now: () => time, before: [{ what: "start", time: 80, note: "node and fake" }] });
  for (const [at, event] of events) {
    time = at;
    timings.reporter.on(event as RunEvent);
  }
  return timings;
}

const finished = (command: string, host: string, duration: number) => ({
  kind: "commandFinished",
  task: "build",
  command,
  host,
  duration,
});

describe("timings", () => {
  it("tell what the time of a run went into, what happened at the same time once", () => {
    const timings = timed([
      [100, { kind: "runStarted" }],
      [150, { kind: "settingsResolved", keys: ["branch"], duration: 50 }],
      [300, { kind: "hostConnected", host: "a", duration: 190 }],
      [310, { kind: "hostConnected", host: "b", duration: 200 }],
      [400, finished("make", "a", 60)],
      [410, { kind: "flightFinished", host: "a", commands: 2, duration: 90 }],
      [430, finished("make", "b", 1100)],
      [430, finished("ls \u001b[31m", "b", 3)],
      [440, { kind: "flightFinished", host: "b", commands: 3, duration: 120 }],
      [441, { kind: "stageFinished", stage: "build", ok: true, duration: 130 }],
      [500, { kind: "runFinished", result: {} }],
    ]);
    expect(timings.text()).toBe(
      [
        "timings: 480 ms in all",
        "  start       80 ms  node and fake",
        "  connect    200 ms  2 hosts; slowest 200 ms b",
        "  resolve     50 ms  branch, meanwhile",
        "  build      130 ms",
        "  flights    120 ms  2 flights, 5 commands; slowest 120 ms b",
        "  idle        80 ms  nothing was asked of a host: functions, questions, fake itself",
        "  slowest commands:",
        "    1.10 s  build: make (b, the slowest of 2)",
        "      3 ms  build: ls  (b)",
        "",
      ].join("\n"),
    );
  });

  it("of a run that never ended are none", () => {
    expect(timed([[1, { kind: "runStarted" }]]).text()).toBeUndefined();
  });
});

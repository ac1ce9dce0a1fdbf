import { describe, expect, it } from "vitest";
import { createPlainReporter } from "../../src/report/plain.ts";
import type { RunEvent } from "../../src/runner/events.ts";
import { createTestScreen } from "./screen.ts";

const output = (id: number, text: string, stream: "stdout" | "stderr" = "stdout", quiet = false): RunEvent => ({
  kind: "commandOutput",
  id,
  host: "app1",
  task: "t",
  stream,
  text,
  quiet,
});
const started = (id: number, command: string, quiet = false): RunEvent => ({
  kind: "commandStarted",
  id,
  host: "app1",
  task: "t",
  command,
  quiet,
});
const finished = (id: number, quiet = false, exitCode = 0): RunEvent => ({
  kind: "commandFinished",
  id,
  host: "app1",
  task: "t",
  command: "x",
  status: exitCode === 0 ? "ok" : "failed",
  exitCode,
  signal: undefined,
  duration: 100,
  quiet,
});

function told(events: readonly RunEvent[], options: { verbosity?: 0 | 1; color?: boolean } = {}): readonly string[] {
  const screen = createTestScreen({ color: options.color ?? false });
  const reporter = createPlainReporter({ screen, verbosity: options.verbosity ?? 0 });
  for (const event of events) reporter.on(event);
  return screen.seen();
}

describe("the plain reporter", () => {
  it("puts the host in front of every line of output", () => {
    expect(told([output(1, "one\ntwo\n"), output(1, "three\n")])).toEqual(["[app1] one", "[app1] two", "[app1] three"]);
  });

  it("says now and then how far a transfer is", () => {
    const far = (duration: number, bytes: number): RunEvent => {
      const amounts = { bytes, totalBytes: 4096, rate: 100, secondsLeft: 20 };
      return { kind: "transferProgress", id: 1, host: "app1", task: "t", command: "write it", duration, ...amounts };
    };
    const seen = told([started(1, "write it"), far(500, 1), far(10_000, 1024), far(10_500, 1100), far(20_000, 2048)]);
    expect(seen.slice(1)).toEqual([
      "[app1] write it: 1 KiB of 4 KiB, 100 bytes/s, 20 s left",
      "[app1] write it: 2 KiB of 4 KiB, 100 bytes/s, 20 s left",
    ]);
  });

  it("keeps the lines of streams and commands apart, and writes unfinished ones at the command's end", () => {
    const events = [output(1, "a"), output(2, "b\n"), output(1, "e", "stderr"), output(1, "a"), finished(1)];
    expect(told(events)).toEqual(["[app1] b", "[app1] aa", "[app1] e"]);
  });

  it("leaves lines out while nobody reads as fast, and says how many", () => {
    const screen = createTestScreen({});
    let behind = false;
    const late = Object.defineProperty({ ...screen }, "behind", { get: () => behind });
    const reporter = createPlainReporter({ screen: late, verbosity: 0 });
    reporter.on(output(1, "one\ntwo\n"));
    behind = true;
    reporter.on(output(1, "three\nfour\n"));
    behind = false;
    reporter.on(output(1, "five\n"));
    const left = "[app1] … 2 lines left out: nobody read as fast";
    expect(screen.seen()).toEqual(["[app1] one", "[app1] two", left, "[app1] five"]);
    behind = true;
    reporter.on(output(1, "six\nseven\n"));
    reporter.on(finished(1));
    expect(screen.seen().slice(4)).toEqual([left]);
  });

  it("says how a command failed", () => {
    expect(told([finished(1, false, 3)])).toEqual(["[app1] exit code 3 (0.1s)"]);
  });

  it("leaves out probes and debug messages, unless asked", () => {
    const debug: RunEvent = { kind: "message", level: "debug", host: "app1", task: "t", text: "deep" };
    const events = [started(1, "probe", true), output(1, "found\n", "stdout", true), finished(1, true, 1), debug];
    expect(told(events)).toEqual([]);
    expect(told(events, { verbosity: 1 })).toEqual([
      "[app1] $ probe",
      "[app1] found",
      "[app1] exit code 1 (0.1s)",
      "[app1] deep",
    ]);
  });

  it("shows a title as a title, not as something typed", () => {
    expect(told([{ ...started(1, "take the lock"), titled: true } as RunEvent])).toEqual(["[app1] take the lock"]);
  });

  it("shows only the beginning of output that a program reads, and only when asked", () => {
    const lines = Array.from({ length: 8 }, (_, index) => `journal ${index + 1}\n`).join("");
    const events = [started(1, "state"), output(1, lines, "stdout", true), output(1, "end", "stdout", true), finished(1)];
    expect(told(events)).toEqual(["[app1] $ state"]);
    expect(told(events, { verbosity: 1 })).toEqual([
      "[app1] $ state",
      ...[1, 2, 3, 4, 5].map((line) => `[app1] journal ${line}`),
      "[app1] … 4 more lines that a program reads",
    ]);
  });

  it("shortens long commands, unless asked", () => {
    expect(told([started(1, "a\nb\nc")])).toEqual(["[app1] $ a … (2 more lines)"]);
    expect(told([started(1, "a\nb\nc")], { verbosity: 1 })).toEqual(["[app1] $ a", "[app1]   b", "[app1]   c"]);
  });

  it("waits while a question is asked, and says what it could not keep", () => {
    const screen = createTestScreen();
    const reporter = createPlainReporter({ screen, verbosity: 0 });
    reporter.on({ kind: "prompt", state: "opened" });
    for (let line = 1; line <= 2500; line++) reporter.on(output(1, `${line}\n`));
    expect(screen.written()).toBe("");
    reporter.on({ kind: "prompt", state: "closed" });
    expect(screen.seen().slice(0, 2)).toEqual(["… 500 lines not shown", "[app1] 501"]);
    expect(screen.seen()).toHaveLength(2001);
  });

  it("writes what it held back when the run ends during a question", async () => {
    const screen = createTestScreen();
    const reporter = createPlainReporter({ screen, verbosity: 0 });
    reporter.on({ kind: "prompt", state: "opened" });
    reporter.on(output(1, "late"));
    await reporter.end();
    expect(screen.seen()).toEqual(["[app1] late"]);
  });

  it("uses colours where there are some", () => {
    expect(told([started(1, "true")], { color: true })).toHaveLength(1);
    const screen = createTestScreen({ color: true });
    createPlainReporter({ screen, verbosity: 0 }).on(started(1, "true"));
    expect(screen.written()).toBe("\x1b[36m[app1]\x1b[39m \x1b[2m$ true\x1b[22m\n");
  });
});

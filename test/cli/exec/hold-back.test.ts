import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createHoldBack } from "../../../src/cli/exec/hold-back.ts";
import type { Reporter } from "../../../src/report/reporter.ts";
import type { RunEvent } from "../../../src/runner/events.ts";

const about = (host: string) => ({ id: 1, host, task: "exec", quiet: false });
const started = (host: string): RunEvent => ({ kind: "commandStarted", ...about(host), command: "x" });
const output = (host: string, text: string): RunEvent => ({ kind: "commandOutput", ...about(host), stream: "stdout", text });
const finished = (host: string): RunEvent =>
  ({ kind: "taskFinished", task: "exec", host, stage: "exec", outcome: "ok", duration: 1, error: undefined }) as RunEvent;

/** A reporter that only remembers. */
function recorder() {
  const heard: RunEvent[] = [];
  const ends: number[] = [];
  const reporter: Reporter = { on: (event) => void heard.push(event), end: async () => void ends.push(heard.length) };
  const text = (): string => heard.map((event) => (event.kind === "commandOutput" ? event.text : "")).join("");
  return { reporter, ends, text };
}

describe("what is held back on a terminal", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function open() {
    const [stream, fold] = [recorder(), recorder()];
    const holdBack = createHoldBack({
      hosts: ["a", "b"],
      stream: stream.reporter,
      fold: fold.reporter,
      now: () => Date.now(),
    });
    return { stream, fold, ...holdBack };
  }

  it("is folded at the end, once, when every command is quick", async () => {
    const { on, end, stream, fold } = open();
    for (const host of ["a", "b"]) {
      on(started(host));
      on(output(host, host));
      vi.advanceTimersByTime(900);
      on(finished(host));
    }
    await end();
    expect([stream.text(), stream.ends, fold.text(), fold.ends.length]).toEqual(["", [], "ab", 1]);
  });

  it("is shown when one command runs for a second, and what comes then as it comes", async () => {
    const { on, end, stream, fold } = open();
    on(started("a"));
    on(output("a", "1"));
    vi.advanceTimersByTime(999);
    expect(stream.text()).toBe("");
    vi.advanceTimersByTime(1);
    expect(stream.text()).toBe("1");
    on(output("a", "2"));
    expect(stream.text()).toBe("12");
    await end();
    expect([stream.ends.length, fold.ends, fold.text()]).toEqual([1, [], ""]);
  });

  it("is shown three seconds after its first line, when other hosts are still being connected to", () => {
    const { on, stream } = open();
    on(started("a"));
    on(output("a", "1"));
    on(finished("a"));
    vi.advanceTimersByTime(2999);
    expect(stream.text()).toBe("");
    vi.advanceTimersByTime(1001);
    expect(stream.text()).toBe("1");
  });

  it.each<[string, RunEvent]>([
    ["it is much", output("a", "x".repeat(70_000))],
    ["somebody wants to stop", { kind: "interrupted", signal: "SIGINT", count: 1 }],
    ["a question is asked", { kind: "prompt", state: "opened" }],
  ])("is shown at once when %s", (_, event) => {
    const { on, stream } = open();
    on(started("a"));
    on(output("a", "1"));
    on(event);
    expect(stream.text()).toMatch(/^1/);
  });
});

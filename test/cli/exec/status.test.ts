import { describe, expect, it } from "vitest";
import { createStatus } from "../../../src/cli/exec/status.ts";
import type { Reporter } from "../../../src/report/reporter.ts";
import type { RunEvent } from "../../../src/runner/events.ts";
import { createTestScreen } from "../../report/screen.ts";

const HOSTS = ["web1", "web2", "web3", "db1"];
const began: RunEvent = { kind: "runStarted", runId: "x", tasks: ["exec"], hosts: HOSTS, dryRun: false, stages: [] };
const connected = (host: string): RunEvent => ({ kind: "hostConnected", host, duration: 1 });
const finished = (host: string, outcome: "ok" | "failed"): RunEvent =>
  ({ kind: "taskFinished", task: "exec", host, stage: "exec", outcome, duration: 1, error: undefined }) as RunEvent;
const prompt = (state: "opened" | "closed"): RunEvent => ({ kind: "prompt", state });

/** A reporter that writes one line for each host that has finished, with the line below it, on one terminal. */
function open() {
  const terminal = createTestScreen({ isTTY: true });
  const clock = { time: 0, tick: (): void => undefined, isRunning: false };
  const { screens, below } = createStatus({
    stdout: terminal,
    stderr: terminal,
    hosts: HOSTS,
    now: () => clock.time,
    every(_, callback) {
      Object.assign(clock, { tick: callback, isRunning: true });
      return () => void Object.assign(clock, { tick: () => undefined, isRunning: false });
    },
  });
  const reporter: Reporter = {
    on(event) {
      if (event.kind === "taskFinished") screens.stdout.write(`${event.host} has finished\n`);
    },
    end: async () => screens.stderr.write("all has finished\n"),
  };
  const { on, end, restore } = below(reporter);
  const pass = (milliseconds: number): void => {
    clock.time += milliseconds;
    clock.tick();
  };
  return { on, end, restore, pass, terminal, clock };
}

describe("the line below what exec shows on a terminal", () => {
  it("says after a second how many hosts are done, and where it is at work", () => {
    const { on, pass, terminal } = open();
    on(began);
    pass(900);
    expect(terminal.written()).toBe("");
    pass(100);
    expect(terminal.seen()).toEqual(["0 of 4 hosts done, after 1.0s; not begun: web[1-3], db1"]);
    for (const host of ["web1", "web2", "db1"]) on(connected(host));
    on(finished("web1", "ok"));
    on(finished("db1", "failed"));
    pass(1000);
    expect(terminal.seen()).toEqual([
      "web1 has finished",
      "db1 has finished",
      "2 of 4 hosts done, 1 failed, after 2.0s; at work: web2; not begun: web3",
    ]);
  });

  it("makes room for what is written, and is gone at the end", async () => {
    const { on, end, pass, terminal, clock } = open();
    on(began);
    pass(1000);
    on(finished("web1", "ok"));
    expect([terminal.seen(), terminal.cursorShown()]).toEqual([["web1 has finished"], true]);
    pass(200);
    expect([terminal.seen().length, terminal.cursorShown()]).toEqual([2, false]);
    await end();
    expect(terminal.seen()).toEqual(["web1 has finished", "all has finished"]);
    expect([terminal.cursorShown(), clock.isRunning]).toEqual([true, false]);
  });

  it("is not drawn while a question is asked", () => {
    const { on, pass, terminal } = open();
    on(began);
    pass(1000);
    on(prompt("opened"));
    pass(1000);
    expect(terminal.seen()).toEqual([]);
    on(prompt("closed"));
    pass(200);
    expect(terminal.seen()).toHaveLength(1);
  });

  it("gives the terminal back to a process that must go", () => {
    const { on, restore, pass, terminal } = open();
    on(began);
    pass(1000);
    restore?.();
    pass(1000);
    expect([terminal.seen(), terminal.cursorShown()]).toEqual([[], true]);
  });
});

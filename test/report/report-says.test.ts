import { describe, expect, it } from "vitest";
import { createPlainReporter } from "../../src/report/plain.ts";
import { createTreeReporter } from "../../src/report/tree/tree.ts";
import type { RunEvent } from "../../src/runner/events.ts";
import { createClockwork } from "./clockwork.ts";
import { createTestScreen } from "./screen.ts";

/** What is seen of events, 80 ms each, by who watches and by who reads. */
function shown(events: readonly RunEvent[], { rows = 24 } = {}) {
  const screen = createTestScreen({ isTTY: true, columns: 100, rows });
  const paper = createTestScreen();
  const { now, every, pass } = createClockwork();
  const tree = createTreeReporter({ screen, verbosity: 0, now, every });
  const plain = createPlainReporter({ screen: paper, verbosity: 0 });
  for (const event of events) {
    for (const reporter of [tree, plain]) reporter.on(event);
    pass(80);
  }
  return { tree: screen.seen, plain: paper.seen, end: () => Promise.all([tree.end(), plain.end()]) };
}

const HOSTS = ["app1", "app2", "app3", "app4", "app5"];
const begun: RunEvent = {
  kind: "runStarted",
  runId: "r",
  tasks: ["deploy"],
  hosts: HOSTS,
  dryRun: false,
  stages: [{ name: "work", tasks: ["restart"], hosts: HOSTS }],
};

describe("what is shown of a run", () => {
  it("is nothing where it was never begun: the question before it was answered no", async () => {
    const question: readonly RunEvent[] = ["opened", "closed"].map((state) => ({ kind: "prompt", state: state as "opened" }));
    const { tree, plain, end } = shown(question);
    await end();
    expect([tree(), plain()]).toEqual([[], []]);
  });

  it("names the hosts that are being connected to, until they are there or lost", () => {
    const connecting = HOSTS.map((host): RunEvent => ({ kind: "hostConnecting", host }));
    const there: RunEvent = { kind: "hostConnected", host: "app1", duration: 40 };
    const lost: RunEvent = { kind: "hostLost", host: "app2", message: "app2: no answer.", hint: undefined };
    const first = (events: readonly RunEvent[]): string | undefined => shown([begun, ...events]).tree()[0];
    expect(first(connecting.slice(0, 2))).toBe("deploy · 5 hosts · 0.2s · connecting to app1, app2");
    expect(first(connecting)).toBe("deploy · 5 hosts · 0.5s · connecting to app1, app2 and 3 more");
    expect(first([...connecting, there, lost])).toBe("deploy · 5 hosts · 0.6s · connecting to app3, app4, app5 · lost app2");
  });

  it("names the group that is at work, of how many", () => {
    const hosts = HOSTS.slice(2, 4);
    const stage: RunEvent = {
      kind: "stageStarted",
      stage: "work",
      hosts,
      tasks: [{ name: "restart", hosts: 2 }],
      group: { number: 2, of: 3 },
    };
    const { tree, plain } = shown([begun, stage]);
    expect(tree()[1]).toMatch(/^. work, group 2 of 3 0\.1s$/);
    expect(plain()).toEqual(["deploy on 5 hosts: app1, app2, app3, app4, app5", "== work (group 2 of 3: 2 hosts)"]);
  });

  it("counts the debug messages that it leaves out, whoever looks", async () => {
    const debug: RunEvent = { kind: "message", level: "debug", host: "app1", task: "restart", text: "deep" };
    const result = {
      ok: true,
      exitCode: 0,
      hosts: [],
      failures: [],
      duration: 1,
      interrupted: undefined,
      dryRun: false,
    } as const;
    const { tree, plain, end } = shown([begun, debug, { kind: "runFinished", result }]);
    await end();
    const line = "  not shown: 1 debug message (shown with -v, kept with --log-file FILE)";
    expect([tree().at(-1), plain().at(-1)]).toEqual([line, line]);
  });

  it("shows the last line of a command no longer than the command runs", () => {
    const stage: RunEvent = { kind: "stageStarted", stage: "work", hosts: ["app1"], tasks: [{ name: "restart", hosts: 1 }] };
    const task = { task: "restart", host: "app1" };
    const command = { ...task, id: 1, quiet: false, command: "build" };
    const running: readonly RunEvent[] = [
      begun,
      stage,
      { kind: "taskStarted", ...task, stage: "work" },
      { kind: "commandStarted", ...command },
      { kind: "commandOutput", ...command, stream: "stdout", text: "half way\n" },
    ];
    const over = { kind: "commandFinished", ...command, status: "ok", exitCode: 0, signal: undefined, duration: 1 } as const;
    expect(shown(running).tree()).toContain("        half way");
    expect(shown([...running, over]).tree()).not.toContain("        half way");
  });

  it("says this machine of a stage that has nothing to do on hosts", () => {
    const stage: RunEvent = { kind: "stageStarted", stage: "reverting", hosts: [], tasks: [{ name: "choose", hosts: 0 }] };
    const common = { task: "choose", host: "local", stage: "reverting" };
    const { tree, plain } = shown([begun, stage, { kind: "taskStarted", ...common }]);
    expect(plain().at(-1)).toBe("== reverting (this machine)");
    expect(tree()).toContainEqual(expect.stringMatching(/^ {2}. choose on this machine$/));
  });
});

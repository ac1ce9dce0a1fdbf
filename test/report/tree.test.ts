import { describe, expect, it } from "vitest";
import { textWidth } from "../../src/columns.ts";
import type { Reporter } from "../../src/report/reporter.ts";
import { createTreeReporter } from "../../src/report/tree/tree.ts";
import type { RunEvent } from "../../src/runner/events.ts";
import { createClockwork } from "./clockwork.ts";
import { createTestScreen, type TestScreen } from "./screen.ts";
import { simulate } from "./simulate.ts";
import { readStream } from "./streams.ts";

interface Play {
  readonly reporter: Reporter;
  readonly screen: TestScreen;
  readonly writes: () => number;
  readonly pass: (milliseconds?: number) => void;
  readonly ticking: () => number;
  /** Events, with time passing after each. */
  play(events: Iterable<RunEvent>): void;
}

function start(size: { rows?: number; columns?: number; logFile?: string } = {}): Play {
  const screen = createTestScreen({ isTTY: true, columns: size.columns ?? 100, rows: size.rows ?? 24 });
  const { now, every, pass, ticking } = createClockwork();
  let writes = 0;
  const counting = new Proxy(screen, {
    get(target, key: keyof TestScreen) {
      if (key === "write") writes++;
      return target[key];
    },
  });
  const reporter = createTreeReporter({
    screen: counting,
    verbosity: 0,
    now,
    every,
    logFile: size.logFile,
  });
  const playAll = (events: Iterable<RunEvent>): void => {
    for (const event of events) {
      reporter.on(event);
      pass(80);
    }
  };
  return { reporter, screen, writes: () => writes, pass: (milliseconds = 80) => pass(milliseconds), ticking, play: playAll };
}

/** Events up to the first that matches, it included. */
function* until(events: Iterable<RunEvent>, last: (event: RunEvent) => boolean): Generator<RunEvent> {
  for (const event of events) {
    yield event;
    if (last(event)) return;
  }
}

const startedOn = (host: string, task: string) => (event: RunEvent) =>
  event.kind === "commandStarted" && event.host === host && event.task === task;

describe("the tree", () => {
  it("shows the stages, the tasks, the hosts at work and what they run", () => {
    const { play, screen } = start();
    play(until(simulate({ hosts: 2 }), startedOn("app1.example.com", "deploy:create-release")));
    expect(screen.seen()).toEqual([
      "deploy · 2 hosts · 2.5s",
      "✔ deploy:starting 0.9s",
      expect.stringMatching(/^. deploy:updating 0\.3s$/),
      expect.stringMatching(/^ {2}. deploy:create-release 0 of 2 done, 2 at work$/),
      "      app1.example.com 0.1s cd /srv/shop && deploy-create-release --release 20261120101500",
      "      app2.example.com 0.2s",
      "    deploy:symlink:linked-dirs",
      "  then deploy:publishing, deploy:finishing, deploy:finished",
    ]);
  });

  it("shows the last line that a command printed", () => {
    const { play, screen, reporter, pass } = start();
    play(until(simulate({ hosts: 1 }), startedOn("app1.example.com", "deploy:create-release")));
    reporter.on({
      kind: "commandOutput",
      id: 3,
      host: "app1.example.com",
      task: "deploy:create-release",
      stream: "stdout",
      text: "one\ntwo 10%\rtwo 90%\n\n",
      quiet: false,
    });
    pass();
    expect(screen.seen()).toContain("        two 90%");
  });

  it("folds hosts that do the same into one row", () => {
    const { screen, reporter, pass } = start();
    for (const event of until(
      simulate({ hosts: 40 }),
      (event) => event.kind === "taskStarted" && event.host.startsWith("app40."),
    ))
      reporter.on(event);
    for (let id = 1; id <= 38; id++) {
      reporter.on({
        kind: "commandStarted",
        id,
        host: `app${id}.example.com`,
        task: "deploy:lock",
        command: "mkdir lock",
        quiet: false,
      });
    }
    pass(1000);
    expect(screen.seen()).toContain("      38 hosts 1.0s mkdir lock");
    expect(screen.seen().some((line) => line.startsWith("      app39.example.com, app40.example.com"))).toBe(true);
  });

  it("folds hosts whose commands differ in nothing but their names, and shows few rows of what many do", () => {
    const { screen, reporter, pass } = start();
    for (const event of until(
      simulate({ hosts: 40 }),
      (event) => event.kind === "taskStarted" && event.host.startsWith("app40."),
    ))
      reporter.on(event);
    const run = (id: number, command: (host: string) => string): void => {
      const host = `app${id}.example.com`;
      reporter.on({ kind: "commandStarted", id, host, task: "deploy:lock", command: command(host), quiet: false });
    };
    for (let id = 1; id <= 40; id++) run(id, (host) => `mkdir /srv/${host}/lock`);
    pass(1000);
    expect(screen.seen()).toContain("      40 hosts 1.0s mkdir /srv/<host>/lock");
    for (let id = 1; id <= 40; id++) run(id, () => `sleep ${id}`);
    pass(1000);
    const rows = screen.seen().filter((line) => line.startsWith("      "));
    expect([rows.length, rows.at(-1)]).toEqual([8, "      … 33 more rows"]);
  });

  it("tells what is done, failed and skipped apart, and what this machine does", () => {
    const { screen, reporter, pass } = start();
    const on = (task: string, host: string, outcome?: "ok" | "failed" | "skipped"): void => {
      const common = { task, host, stage: "deploy" };
      if (outcome !== "skipped") reporter.on({ kind: "taskStarted", ...common });
      if (outcome !== undefined) reporter.on({ kind: "taskFinished", ...common, outcome, duration: 1, error: undefined });
    };
    const tasks = ["prepare", "build", "link"];
    const stages = [{ name: "deploy", tasks, hosts: ["a", "b", "c"] }];
    reporter.on({ kind: "runStarted", runId: "r", tasks: ["deploy"], hosts: ["a", "b", "c"], dryRun: false, stages });
    const planned = tasks.map((name) => ({ name, hosts: name === "prepare" ? 0 : 3 }));
    reporter.on({ kind: "stageStarted", stage: "deploy", hosts: ["a", "b", "c"], tasks: planned });
    on("prepare", "local", "ok");
    on("build", "a", "ok");
    on("build", "b", "failed");
    on("build", "c");
    on("link", "b", "skipped");
    pass();
    expect(screen.seen().slice(2)).toEqual([
      "  ✔ prepare on this machine",
      expect.stringMatching(/^ {2}. build 1 of 3 done, 1 at work, 1 failed$/),
      "      b: failed",
      "      c 0.1s",
      "    link 0 of 3 done, 1 skipped",
    ]);
    reporter.restore?.();
  });

  it("passes over a stage whose tasks found nothing to do", async () => {
    const { screen, reporter } = start();
    reporter.on({ kind: "runStarted", runId: "r", tasks: ["work"], hosts: ["a"], dryRun: false, stages: [] });
    for (const [stage, outcome] of [
      ["work", "ok"],
      ["on failure: undo", "skipped"],
    ] as const) {
      const common = { task: stage, host: "a", stage };
      reporter.on({ kind: "stageStarted", stage, hosts: ["a"], tasks: [{ name: stage, hosts: 1 }] });
      reporter.on({ kind: "taskStarted", ...common });
      reporter.on({ kind: "taskFinished", ...common, outcome, duration: 1, error: undefined });
      reporter.on({ kind: "stageFinished", stage, ok: true, outcome: "ok", duration: 1 });
    }
    await reporter.end();
    expect(screen.seen().slice(1)).toEqual(["✔ work <0.1s"]);
  });

  it("folds identical failures below their task", () => {
    const { play, screen } = start();
    const fails = new Map([2, 4, 6].map((host) => [host, "deploy:create-release"]));
    play(until(simulate({ hosts: 40, fails }), startedOn("app20.example.com", "deploy:create-release")));
    expect(screen.seen()).toContain("      app3.example.com, app5.example.com, app7.example.com: exit code 28");
  });

  it.each([2, 3, 4, 6, 10, 24])("is never taller than a screen of %i rows, nor wider", (rows) => {
    const { play, screen, reporter } = start({ rows, columns: 50 });
    const fails = new Map([[7, "deploy:symlink:release"]]);
    let tallest = 0;
    for (const event of simulate({ hosts: 60, fails })) {
      play([event]);
      if (event.kind === "runFinished") break;
      const picture = screen.seen();
      tallest = Math.max(tallest, picture.length);
      for (const line of picture) expect(textWidth(line)).toBeLessThan(50);
    }
    expect(tallest).toBeGreaterThan(0);
    expect(tallest).toBeLessThanOrEqual(rows - 1);
    reporter.restore?.();
  });

  it("stays small when a rolling run goes through the same stages hundreds of times", () => {
    const { play, screen, reporter } = start({ rows: 10 });
    const [first] = simulate({ hosts: 1 });
    if (first === undefined) throw new Error("no events");
    play([first]);
    for (let group = 0; group < 300; group++) {
      reporter.on({ kind: "stageStarted", stage: "deploy:publishing", hosts: ["app1.example.com"], tasks: [] });
      reporter.on({ kind: "stageFinished", stage: "deploy:publishing", ok: true, outcome: "ok", duration: 100 });
    }
    play([{ kind: "stageStarted", stage: "deploy:finished", hosts: ["app1.example.com"], tasks: [] }]);
    expect(screen.seen().length).toBeLessThanOrEqual(9);
    expect(screen.seen().join("\n")).toMatch(/… 29\d stages before/);
  });

  it("draws at its pace, however many events come between", () => {
    const { reporter, writes, pass } = start();
    for (const event of simulate({ hosts: 200 })) reporter.on(event);
    const drawn = writes();
    expect(drawn).toBeLessThanOrEqual(2);
    pass();
    pass();
    expect(writes()).toBeLessThanOrEqual(drawn + 2);
  });

  it("says the same message of many hosts once, above the picture", () => {
    const { screen, reporter, pass } = start();
    for (const event of until(simulate({ hosts: 9 }), (event) => event.kind === "taskStarted")) reporter.on(event);
    for (let host = 1; host <= 9; host++) {
      reporter.on({ kind: "message", level: "warn", host: `app${host}`, task: "deploy:check", text: "the disk is nearly full" });
    }
    reporter.on({ kind: "message", level: "debug", host: "app1", task: "deploy:check", text: "not shown" });
    pass();
    expect(screen.seen()[0]).toBe("[app1, app2 and 7 more] warning: the disk is nearly full");
    expect(screen.written()).not.toContain("not shown");
  });

  it("leaves the screen to a question until it is answered", () => {
    const { screen, reporter, pass, play } = start();
    play(until(simulate({ hosts: 2 }), (event) => event.kind === "taskStarted"));
    reporter.on({ kind: "prompt", state: "opened" });
    expect(screen.seen()).toEqual([]);
    expect(screen.cursorShown()).toBe(true);
    const before = screen.written();
    reporter.on({ kind: "message", level: "info", host: undefined, task: undefined, text: "meanwhile" });
    pass();
    expect(screen.written()).toBe(before);
    reporter.on({ kind: "prompt", state: "closed" });
    expect(screen.seen()[0]).toBe("meanwhile");
    expect(screen.seen()).toContain("  then deploy:updating, deploy:publishing, deploy:finishing, deploy:finished");
  });

  it("says what an interruption does, as long as it does it", async () => {
    const { play, screen, reporter } = start();
    play(until(simulate({ hosts: 1 }), (event) => event.kind === "taskStarted"));
    play([{ kind: "interrupted", signal: "SIGINT", count: 1 }]);
    expect(screen.seen()[1]).toBe("SIGINT: stopping when what is under way is done. Once more ends that now.");
    await reporter.end();
    expect(screen.seen()[0]).toMatch(/ · interrupted$/);
  });

  it("stops ticking and gives the cursor back when the process must go at once", () => {
    const { play, screen, reporter, ticking } = start();
    play(until(simulate({ hosts: 1 }), (event) => event.kind === "taskStarted"));
    expect([ticking(), screen.cursorShown()]).toEqual([1, false]);
    reporter.restore?.();
    expect([ticking(), screen.cursorShown()]).toEqual([0, true]);
  });

  it("stops ticking at its end", async () => {
    const { play, reporter, ticking } = start();
    play(until(simulate({ hosts: 1 }), (event) => event.kind === "taskStarted"));
    await reporter.end();
    expect(ticking()).toBe(0);
  });

  it("touches no signal of the process", async () => {
    const count = (): number[] => ["SIGINT", "SIGTERM", "SIGHUP", "exit"].map((name) => process.listenerCount(name));
    const before = count();
    const { play, reporter } = start();
    play(until(simulate({ hosts: 3 }), (event) => event.kind === "taskStarted"));
    expect(count()).toEqual(before);
    await reporter.end();
    expect(count()).toEqual(before);
  });

  it("names the log file for what it does not show", async () => {
    const { reporter, screen, play } = start({ logFile: "deploy.log" });
    play(readStream("one-host"));
    await reporter.end();
    expect(screen.seen()).toContain("  not shown: the output of 9 commands and 1 debug message (see deploy.log)");
  });

  it("lists the commands of a dry run instead", async () => {
    const { reporter, screen, play } = start();
    play(readStream("dry-run"));
    await reporter.end();
    expect(screen.seen()[0]).toBe("dry run of deploy on 2 hosts: app1.example.com, app2.example.com");
    expect(screen.written()).not.toContain("\x1b");
  });
});

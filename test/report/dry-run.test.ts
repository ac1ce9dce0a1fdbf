import { describe, expect, it } from "vitest";
import { createDryRunReporter } from "../../src/report/dry-run.ts";
import type { RunEvent } from "../../src/runner/events.ts";
import { createTestScreen } from "./screen.ts";

const HOSTS = ["app1", "app2", "app3"];

/** A task on a host, with what it tells. */
function task(name: string, host: string, ...inside: readonly (RunEvent | readonly RunEvent[])[]): RunEvent[] {
  const common = { task: name, host, stage: "s" };
  return [
    { kind: "taskStarted", ...common },
    ...inside.flat(),
    { kind: "taskFinished", ...common, outcome: "planned", duration: 0, error: undefined },
  ];
}

function command(name: string, host: string, text: string, title?: string): RunEvent {
  return { kind: "commandStarted", id: 1, host, task: name, command: text, quiet: false, title };
}

function told(events: readonly RunEvent[], verbosity: 0 | 1 = 0): readonly string[] {
  const screen = createTestScreen();
  const reporter = createDryRunReporter({ screen, verbosity });
  reporter.on({ kind: "runStarted", runId: "r", tasks: ["t"], hosts: HOSTS, dryRun: true, stages: [] });
  for (const event of events) reporter.on(event);
  reporter.on({ kind: "stageStarted", stage: "end", hosts: [], tasks: [] });
  return screen.seen().slice(1, -1);
}

describe("a dry run on the screen", () => {
  it("tells hosts that do the same once, but for their own names", () => {
    const all = HOSTS.flatMap((host) => task("a", host, command("a", host, `ping ${host}`)));
    expect(told(all)).toEqual(["  a", "    $ ping <host>"]);
  });

  it("tells hosts apart that do something else, and tasks in order", () => {
    const first = HOSTS.flatMap((host) => task("a", host, command("a", host, host === "app2" ? "two" : "one")));
    expect(told([...first, ...task("b", "app3", command("b", "app3", "x")), ...task("c", "local")])).toEqual([
      ...["  a (app1, app3)", "    $ one", "  a (app2)", "    $ two", "  b (app3)", "    $ x", "  c (this machine)"],
    ]);
  });

  it("has titles, and with -v the text below them", () => {
    const events = HOSTS.flatMap((host) =>
      task("a", host, command("a", host, "one\ntwo\nthree", "do it"), command("a", host, "1\n2\n3")),
    );
    expect(told(events)).toEqual(["  a", "    do it", "    $ 1 … (2 more lines)"]);
    const whole = ["    do it", "      $ one", "        two", "        three", "    $ 1", "      2", "      3"];
    expect(told(events, 1)).toEqual(["  a", ...whole]);
  });

  it("has what a task executes below it, folded as well", () => {
    const local = task(
      "all",
      "local",
      ...HOSTS.map((host) => task("one", host, command("one", host, "x"))),
      command("all", "app2", "y"),
    );
    expect(told(local)).toEqual(["  all (this machine)", "    one", "      $ x", "    [app2] $ y"]);
    const own = HOSTS.flatMap((host) => task("out", host, command("out", host, "a"), task("in", host, command("in", host, "b"))));
    expect(told(own)).toEqual(["  out", "    $ a", "    in", "      $ b"]);
  });

  it("has what is said of a task in its place, harmless", () => {
    const message = { kind: "message", level: "info", host: "app1", task: "a", text: "… the \x1b[31mrest" } as const;
    expect(told(task("a", "app1", command("a", "app1", "x"), message))).toEqual(["  a (app1)", "    $ x", "    … the rest"]);
  });
});

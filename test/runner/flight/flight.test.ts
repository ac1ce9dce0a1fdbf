import { describe, expect, it } from "vitest";
import type { App, TaskDefinition } from "../../../src/dsl/app.ts";
import { LockedError } from "../../../src/errors.ts";
import type { CommandBodyContext } from "../../../src/runner/context.ts";
import { counted } from "../counted-flights.ts";
import { failures, story, storyOf } from "../rig.ts";

const text =
  (...commands: string[]) =>
  (t: CommandBodyContext) =>
    commands.map((command) => t.cmd(command));

describe("neighbouring tasks whose bodies are text", () => {
  const three = ({ task, before: hookBefore }: App): void => {
    task("a", { commands: text("a1", "a2") });
    task("b", { commands: text("b1") });
    task("c", { commands: text("c1") });
    hookBefore("b", "a");
    hookBefore("c", "b");
  };

  it("travel together, and each gets its own events", async () => {
    const { run, flights, events } = counted(three);
    expect((await run("c")).ok).toBe(true);
    expect(flights).toEqual([4]);
    expect(storyOf(events, "web1")).toEqual([
      ...["> a@web1", "$ a1@web1", "$ a2@web1", "ok a@web1"],
      ...["> b@web1", "$ b1@web1", "ok b@web1"],
      ...["> c@web1", "$ c1@web1", "ok c@web1"],
    ]);
  });

  it("travel one by one when told so, with the same events", async () => {
    const together = counted(three);
    const apart = counted(three, { options: { fuse: false } });
    await together.run("c");
    await apart.run("c");
    expect(apart.flights).toEqual([2, 1, 1]);
    expect(story(apart.events)).toEqual(story(together.events));
  });

  it("stop at the first failure: its task fails, those behind are skipped", async () => {
    const { run, memory, events } = counted(three);
    memory.reply("b1", { exitCode: 1 });
    expect(failures(await run("c"))).toEqual(["web1 b: b1: exit code 1"]);
    expect(storyOf(events, "web1").slice(4)).toEqual(["> b@web1", "$ b1@web1", "failed b@web1", "skipped c@web1"]);
  });

  it.each([true, false])("go on behind an accepted exit code above 128: sent together is %s", async (fuse) => {
    const recipe = ({ task, before: hookBefore }: App): void => {
      task("a", { commands: (t) => [t.cmd({ acceptError: true })`exit 143`, t.cmd`true`] });
      task("b", { commands: text("b1") });
      hookBefore("b", "a");
    };
    const { run, memory, events } = counted(recipe, { options: { fuse } });
    memory.reply("exit 143", { exitCode: 143 });
    expect((await run("b")).ok).toBe(true);
    expect(storyOf(events, "web1")).toEqual([
      ...["> a@web1", "$ exit 143@web1", "$ true@web1", "ok a@web1"],
      ...["> b@web1", "$ b1@web1", "ok b@web1"],
    ]);
  });

  it("cross barriers on a single host, and not on several", async () => {
    const recipe = ({ task }: App): void => {
      task("a", { commands: text("a1") });
      task("b", { commands: text("b1") });
    };
    const one = counted(recipe);
    await one.run("a", "b");
    expect(one.flights).toEqual([2]);
    expect(story(one.events).filter((line) => /[[\]]/.test(line))).toEqual(["[a", "a] ok", "[b", "b] ok"]);
    const two = counted(recipe, { hosts: "web1 web2" });
    await two.run("a", "b");
    expect(two.flights).toEqual([1, 1]);
  });

  it("of a later stage are neither skipped nor begun when an earlier stage fails, on one host as on several", async () => {
    const recipe = ({ task }: App): void => {
      task("a", { commands: text("a1") });
      task("b", { commands: text("b1") });
    };
    for (const fuse of [true, false]) {
      const { run, memory, events } = counted(recipe, { options: { fuse } });
      memory.reply("a1", { exitCode: 1 });
      await run("a", "b");
      expect(story(events)).toEqual(["[a", "> a@web1", "$ a1@web1", "failed a@web1", "a] failed"]);
    }
  });

  it("are parted by a function and by a limit of a task's own; a command with input is parted from its neighbours by the transport", async () => {
    const { run, flights } = counted(({ task, before: hookBefore }) => {
      task("a", { commands: text("a1") });
      task("f", (t) => t.run`f1`);
      task("b", { commands: (t) => [t.cmd`b1`, t.cmd({ stdin: "input" })`b2`, t.cmd`b3`] });
      task("c", { timeout: "5m", commands: text("c1") });
      task("d", { commands: text("d1") });
      for (const [target, hook] of ["fa", "bf", "cb", "dc"]) hookBefore(target as string, hook as string);
    });
    expect((await run("d")).ok).toBe(true);
    expect(flights).toEqual([1, 1, 3, 1, 1]);
  });

  const limited = (parallel: TaskDefinition["parallel"]) => {
    return ({ task, before: hookBefore }: App): void => {
      task("a", { commands: text("a1") });
      task("b", { parallel, commands: text("b1") });
      task("c", { commands: text("c1") });
      hookBefore("b", "a");
      hookBefore("c", "b");
    };
  };

  it.each([
    ["travels with its neighbours on a single host", "web1", [3]],
    ["is sent by itself on several", "web1 web2", [1, 1, 1]],
  ])("one with a limit of hosts %s", async (_title, hosts, sent) => {
    const { run, flights } = counted(limited(1), { hosts });
    expect((await run("c")).ok).toBe(true);
    expect(flights).toEqual(sent);
  });

  it("fail with a limit that is none, behind those before them", async () => {
    const { run, events } = counted(limited(() => 0));
    expect(failures(await run("c"))).toEqual(['web1 b: The limit "parallel" of the task "b" is 0.']);
    expect(storyOf(events, "web1").slice(0, 3)).toEqual(["> a@web1", "$ a1@web1", "ok a@web1"]);
  });

  it("keep the limit of hosts where a function runs one of them several times at once", async () => {
    const { run, events } = counted(({ task }) => {
      const b = task("b", { parallel: 1, commands: text("b1", "b2") });
      task("f", async (t) => void (await Promise.all([t.execute(b), t.execute(b)])));
    });
    expect((await run("f")).ok).toBe(true);
    expect(storyOf(events, "web1").filter((line) => line.startsWith("$"))).toEqual([
      "$ b1@web1",
      "$ b2@web1",
      "$ b1@web1",
      "$ b2@web1",
    ]);
  });

  it("may have no commands at all", async () => {
    const { run, events } = counted(({ task, before: hookBefore }) => {
      task("none", { commands: () => [] });
      task("a", { commands: text("a1") });
      task("nothing", { commands: () => [], receive: (t, results) => t.log.info(`${results.length} results`) });
      hookBefore("a", "none");
      hookBefore("nothing", "a");
    });
    expect((await run("nothing")).ok).toBe(true);
    expect(storyOf(events, "web1")).toEqual([
      ...["> none@web1", "ok none@web1", "> a@web1", "$ a1@web1", "ok a@web1", "> nothing@web1", "ok nothing@web1"],
    ]);
  });
});

describe("receive", () => {
  it("gets the results of its own commands, before the next task is sent", async () => {
    const seen: string[] = [];
    const { run, memory, flights } = counted(({ task, before: hookBefore }) => {
      task("probe", {
        commands: text("p1", "p2"),
        receive: (_, results) => void seen.push(...results.map(({ stdout }) => stdout)),
      });
      task("next", { commands: text("n1") });
      hookBefore("next", "probe");
    });
    memory.reply("p1", { stdout: "one" });
    memory.reply("p2", { stdout: "two" });
    await run("next");
    expect(seen).toEqual(["one", "two"]);
    expect(flights).toEqual([2, 1]);
  });

  it("that refuses fails the task, and nothing behind it was sent", async () => {
    const { run, memory } = counted(({ task, before: hookBefore }) => {
      task("check", {
        commands: (t) => [t.cmd({ acceptError: true })`check`],
        receive: (_, [result]) => {
          if (result?.exitCode !== 0) throw new Error("the disk is full");
        },
      });
      task("next", { commands: text("n1") });
      hookBefore("next", "check");
    });
    memory.reply("check", { exitCode: 1 });
    expect(failures(await run("next"))).toEqual(["web1 check: the disk is full"]);
    expect(memory.commandsOn("web1")).toEqual(["check"]);
  });

  it("is not called when a command failed", async () => {
    let calls = 0;
    const { run, memory } = counted(({ task }) => {
      task("probe", { commands: text("p1", "p2"), receive: () => void calls++ });
    });
    memory.reply("p2", { exitCode: 1 });
    await run("probe");
    expect(calls).toBe(0);
  });

  it("may be overtaken where the task says so; a task that reads what it states waits for it", async () => {
    const { run, memory, flights } = counted(({ task, before: hookBefore, settings }) => {
      settings({ rev: { kind: "fact", schema: undefined, desc: "", default: undefined, example: undefined, required: false } });
      task("probe", {
        sendAhead: true,
        commands: text("probe"),
        receive: (t, [result]) => t.env.set("rev" as never, result?.stdout as never),
      });
      task("between", { commands: text("between") });
      task("reads", { commands: (t) => [t.cmd`use ${(t.env as never)["rev"]}`] });
      hookBefore("between", "probe");
      hookBefore("reads", "between");
    });
    memory.reply("probe", { stdout: "1a2b" });
    expect(failures(await run("reads"))).toEqual([]);
    expect(memory.commandsOn("web1")).toEqual(["probe", "between", "use 1a2b"]);
    expect(flights).toEqual([2, 1]);
  });
});

describe("explain", () => {
  it("says in the task's own words what a failed command means", async () => {
    const { run, memory } = counted(({ task }) => {
      task("lock", {
        readOnly: true,
        commands: text("mkdir lock"),
        explain: (_, result) => (result.exitCode === 17 ? new LockedError("LOCKED", `held by ${result.stdout}`) : undefined),
      });
    });
    memory.reply("mkdir lock", { exitCode: 17, stdout: "Ann" }, { times: 1 });
    const result = await run("lock");
    expect(failures(result)).toEqual(["web1 lock: held by Ann"]);
    expect(result.exitCode).toBe(3);
    memory.reply("mkdir lock", { exitCode: 1 });
    expect(failures(await run("lock"))).toEqual(["web1 lock: mkdir lock: exit code 1"]);
  });
});

describe("a body that needs a setting", () => {
  it("waits for one that is being resolved; what it did so far does not count", async () => {
    let calls = 0;
    const { run, memory, flights } = counted(({ task, env, before: hookBefore }) => {
      env.set({ slow: async () => "there" } as never);
      task("a", { commands: text("a1") });
      task("b", {
        commands: (t) => {
          calls++;
          return [t.cmd`use ${(t.env as never)["slow"]}`];
        },
      });
      hookBefore("b", "a");
    });
    expect((await run("b")).ok).toBe(true);
    expect(memory.commandsOn("web1")).toEqual(["a1", "use there"]);
    expect(flights).toEqual([1, 1]);
    expect(calls).toBeGreaterThan(1);
  });

  it("fails with the key of a fact that nothing states", async () => {
    const { run, memory } = counted(({ task, settings }) => {
      settings({ rev: { kind: "fact", schema: undefined, desc: "", default: undefined, example: undefined, required: false } });
      task("reads", { commands: (t) => [t.cmd`use ${(t.env as never)["rev"]}`] });
    });
    const result = await run("reads");
    expect(result.failures[0]?.error.message).toContain('"rev"');
    expect(result.failures[0]?.error.hint).toContain("env.set");
    expect(memory.records).toEqual([]);
  });

  it("fails when it throws, when it gives no list, and when no shell takes its text, after what is before it", async () => {
    for (const commands of [
      () => {
        throw new Error("no");
      },
      async () => [],
      (t: CommandBodyContext) => [t.cmd("x"), { kind: "command", text: "nul\0" }],
    ]) {
      const { run, memory } = counted(({ task, before: hookBefore }) => {
        task("a", { commands: text("a1") });
        task("bad", { commands: commands as never });
        hookBefore("bad", "a");
      });
      const result = await run("bad");
      expect(result.failures.map(({ task }) => task)).toEqual(["bad"]);
      expect(memory.commandsOn("web1")).toEqual(["a1"]);
    }
  });
});

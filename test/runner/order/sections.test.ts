import { describe, expect, it } from "vitest";
import type { TaskDefinition } from "../../../src/dsl/app.ts";
import { failures, latch, rig, statuses, story, storyOf } from "../rig.ts";

describe("barriers between sections", () => {
  it("let no host begin a stage before all hosts have finished the one before", async () => {
    const slow = latch();
    const { run, events } = rig(({ task, flow, before: hookBefore }) => {
      flow("deploy", [task("build", {}), task("publish", {})]);
      task("b", async (t) => {
        if (t.host.name === "web1") await slow.opened;
        else setImmediate(slow.open);
      });
      hookBefore("build", "b");
      task("p", () => undefined);
      hookBefore("publish", "p");
    });
    await run("deploy");
    const lines = story(events);
    expect(lines.indexOf("> p@web2")).toBeGreaterThan(lines.indexOf("ok b@web1"));
    expect(lines.indexOf("[publish")).toBeGreaterThan(lines.indexOf("build] ok"));
  });

  it("let each host go at its own pace within a section", async () => {
    const slow = latch();
    const { run, events } = rig(({ task, before: hookBefore }) => {
      task("first", (t) => (t.host.name === "web1" ? slow.opened : undefined));
      task("second", (t) => {
        if (t.host.name === "web2") setImmediate(slow.open);
      });
      hookBefore("second", "first");
    });
    await run("second");
    const lines = story(events);
    expect(lines.indexOf("ok second@web2")).toBeLessThan(lines.indexOf("ok first@web1"));
  });

  it("stand on both sides of local tasks, which run once on the control machine", async () => {
    const { run, events, memory, control } = rig(({ task }) => {
      task("a", (t) => t.run`a`);
      task("notify", { local: true }, async (t) => {
        await t.run`notify ${t.hosts.map(({ name }) => name)}`;
        expect(t.host.id).toBe("local");
      });
      task("b", (t) => t.run`b`);
    });
    expect((await run("a", "notify", "b")).ok).toBe(true);
    expect(control.commandsOn("local")).toEqual(["notify web1 web2"]);
    expect(memory.commandsOn("web1")).toEqual(["a", "b"]);
    const lines = story(events);
    expect(lines.indexOf("> notify@local")).toBeGreaterThan(lines.indexOf("ok a@web2"));
    expect(lines.indexOf("> b@web1")).toBeGreaterThan(lines.indexOf("ok notify@local"));
  });
});

describe("a failing task", () => {
  it("skips the rest of its section on its host; other hosts finish theirs; no further section begins", async () => {
    const { run, memory, events } = rig(({ task, before: hookBefore }) => {
      task("one", (t) => t.run`one`);
      task("two", (t) => t.run`two`);
      hookBefore("two", "one");
      task("later", (t) => t.run`later`);
    });
    memory.reply("one", { exitCode: 3, stderr: "broken\n" }, { host: "web1" });
    const result = await run("two", "later");
    expect(storyOf(events, "web1")).toEqual(["> one@web1", "$ one@web1", "failed one@web1", "skipped two@web1"]);
    expect(memory.commandsOn("web2")).toEqual(["one", "two"]);
    expect(failures(result)).toEqual(["web1 one: one: exit code 3"]);
    expect(result.failures[0]?.error).toMatchObject({ code: "COMMAND_FAILED", exitCode: 3, stderr: "broken\n", command: "one" });
    expect(statuses(result)).toEqual(["web1: failed", "web2: unfinished"]);
    expect(result.exitCode).toBe(1);
    expect(story(events).filter((line) => line.includes("]"))).toEqual(["two] failed"]);
  });

  it("keeps every failure of every host", async () => {
    const { run } = rig(
      ({ task }) => {
        task("hello", (t) => {
          if (t.host.name !== "web2") throw new Error(`no ${t.host.name}`);
        });
      },
      { hosts: "web1 web2 web3" },
    );
    expect(failures(await run("hello"))).toEqual(["web1 hello: no web1", "web3 hello: no web3"]);
  });

  it("on the control machine stops all hosts", async () => {
    const { run, memory } = rig(({ task }) => {
      task("here", { local: true }, () => {
        throw new Error("not today");
      });
      task("there", (t) => t.run`there`);
    });
    const result = await run("here", "there");
    expect(failures(result)).toEqual(["local here: not today"]);
    expect(memory.records).toEqual([]);
    expect(statuses(result)).toEqual(["web1: skipped", "web2: skipped"]);
  });

  it("may throw anything", async () => {
    const { run } = rig(
      ({ task }) => {
        task("odd", () => {
          throw "just text";
        });
      },
      { hosts: "web1" },
    );
    expect(failures(await run("odd"))).toEqual(["web1 odd: just text"]);
  });
});

describe("a limit of hosts at work", () => {
  const busiest = async (options: { parallel?: number }, own?: TaskDefinition["parallel"]): Promise<number> => {
    let now = 0;
    let most = 0;
    const { run } = rig(
      ({ task }) => {
        task("work", { parallel: own }, async (t) => {
          most = Math.max(most, ++now);
          await t.run`work`;
          now -= 1;
        });
      },
      { hosts: "a b c d e f", options },
    );
    expect((await run("work")).ok).toBe(true);
    return most;
  };

  it("holds for the run with -P, and for a task with its own", async () => {
    expect(await busiest({})).toBe(6);
    expect(await busiest({ parallel: 2 })).toBe(2);
    expect(await busiest({}, 3)).toBe(3);
    expect(await busiest({}, () => 2)).toBe(2);
    expect(await busiest({ parallel: 1 }, 3)).toBe(1);
  });

  it("that is none fails the task", async () => {
    const { run } = rig(({ task }) => void task("work", { parallel: () => 0 }, (t) => t.run`work`), { hosts: "a" });
    expect(failures(await run("work"))).toEqual(['a work: The limit "parallel" of the task "work" is 0.']);
  });

  it.each([
    ["-P 1", { parallel: 1 }, undefined],
    ["parallel: 1", {}, 1],
  ])("keeps hosts that have not begun out of what another one failed at: %s", async (_, options, parallel) => {
    const { run, memory, events } = rig(({ task }) => void task("restart", { parallel }, (t) => t.run`restart`), {
      hosts: "a b c",
      options,
    });
    memory.reply("restart", { exitCode: 1 }, { host: "b" });
    const result = await run("restart");
    expect(memory.records.map(({ host }) => host)).toEqual(["a", "b"]);
    expect(storyOf(events, "c")).toEqual(["skipped restart@c"]);
    expect(statuses(result)).toEqual(["a: ok", "b: failed", "c: skipped"]);
  });

  it("does not hold up a task that executes itself", async () => {
    const { run, memory } = rig(
      ({ task }) => {
        task("again", { parallel: 1 }, async (t) => {
          await t.run`again`;
          if (memory.commandsOn(t.host.id).length < 3) await t.execute("again");
        });
      },
      { hosts: "a b" },
    );
    expect((await run("again")).ok).toBe(true);
    expect(memory.commandsOn("b")).toHaveLength(3);
  });
});

describe("waiting between hosts", () => {
  const ends = async (options: object, own: TaskDefinition): Promise<string[]> => {
    const { run, memory, interrupt } = rig(({ task }) => void task("work", own, (t) => t.run`work`), {
      hosts: "a b c",
      options,
      onEvent: (event) => event.kind === "taskFinished" && event.host === "b" && setTimeout(interrupt, 20),
    });
    await run("work");
    return memory.records.map(({ host }) => host);
  };

  it.each([
    ["-P", { parallel: 2, waitBetween: 100_000_000 }, {}],
    ["parallel of a task", {}, { parallel: 2, waitBetween: "1h" }],
  ])(
    "begins with %s on those that have a place at once, on others after a while, and ends with ctrl-C",
    async (_, options, own) => {
      expect(await ends(options, own)).toEqual(["a", "b"]);
    },
  );

  it.each([
    ["-P", { parallel: 1, waitBetween: 50_000_000 }, {}],
    ["parallel of a task", {}, { parallel: 1, waitBetween: "10h" }],
  ])("does not wait for what is skipped, with %s", async (_, options, own) => {
    const { run, memory } = rig(({ task }) => void task("work", own, (t) => t.run`work`), { hosts: "a b c d", options });
    memory.reply("work", { exitCode: 1 }, { host: "a" });
    expect(statuses(await run("work"))).toEqual(["a: failed", "b: skipped", "c: skipped", "d: skipped"]);
  });

  it.each([
    ["-P", { parallel: 2, waitBetween: 1 }, {}],
    ["parallel of a task", {}, { parallel: 2, waitBetween: 1 }],
  ])("comes to its end with %s", async (_, options, own) => {
    const { run, memory } = rig(({ task }) => void task("work", own, (t) => t.run`work`), { hosts: "a b c d", options });
    expect((await run("work")).ok).toBe(true);
    expect(memory.records.map(({ host }) => host)).toEqual(["a", "b", "c", "d"]);
  });
});

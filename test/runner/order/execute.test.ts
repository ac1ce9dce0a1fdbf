import { describe, expect, it } from "vitest";
import { CommandError } from "../../../src/command-failure.ts";
import { failures, latch, rig, statuses, story, storyOf } from "../rig.ts";

describe("t.execute", () => {
  it("runs another task with its hooks, on this host, shown in the stage at hand; also when it ran before", async () => {
    const { run, memory, events } = rig(
      ({ task, before: hookBefore, after: hookAfter }) => {
        for (const name of ["warm", "restart", "check"]) task(name, (t) => t.run(name));
        hookBefore("restart", "warm");
        hookAfter("restart", "check");
        task("job", async (t) => {
          if (t.host.name === "web1") await t.execute("restart");
        });
      },
      { hosts: "web1 web2" },
    );
    expect((await run("restart", "job")).ok).toBe(true);
    expect(memory.commandsOn("web1")).toEqual(["warm", "restart", "check", "warm", "restart", "check"]);
    expect(memory.commandsOn("web2")).toEqual(["warm", "restart", "check"]);
    expect(story(events).filter((line) => /[[\]]/.test(line))).toEqual(["[restart", "restart] ok", "[job", "job] ok"]);
  });

  it("takes a list of hosts, and nothing else", async () => {
    const { run } = rig(
      ({ task }) => {
        task("x", () => undefined);
        task("job", (t) => t.execute("x", { to: "web2" } as never));
      },
      { hosts: "web1" },
    );
    expect(failures(await run("job"))).toEqual([expect.stringContaining("t.execute: its second value is no list of hosts.")]);
  });

  it("of a flow counts as part of it for hooks that are limited to flows", async () => {
    const { run, memory } = rig(
      ({ task, flow, after: hookAfter }) => {
        for (const name of ["built", "migrate", "compile"]) task(name, (t) => t.run(name));
        hookAfter("built", "migrate", { flows: ["deploy"] });
        hookAfter("built", "compile");
        task("build", (t) => t.execute("built"));
        for (const name of ["deploy", "rollback"]) flow(name, [task(`${name}:build`, { needs: ["build"] })]);
      },
      { hosts: "web1" },
    );
    await run("deploy", "rollback", "build");
    expect(memory.commandsOn("web1").join(" ")).toBe("built migrate compile built compile built compile");
  });

  it("from a local task runs a flow on all hosts, with barriers, fresh instances and t.flow set", async () => {
    const slow = latch();
    const { run, events, memory } = rig(({ task, flow, before: hookBefore }) => {
      flow("deploy", [task("one", {}), task("two", {})]);
      task("a", async (t) => {
        await t.run(`a ${t.flow}`);
        if (t.host.name === "web1") await slow.opened;
        else setImmediate(slow.open);
      });
      hookBefore("one", "a");
      task("b", (t) => t.run(`b ${t.flow}`));
      hookBefore("two", "b");
      task("all", { local: true }, async (t) => {
        await t.execute("deploy");
        await t.execute("deploy");
      });
    });
    expect((await run("all")).ok).toBe(true);
    expect(memory.commandsOn("web2")).toEqual(["a deploy", "b deploy", "a deploy", "b deploy"]);
    const lines = story(events);
    expect(lines.indexOf("> b@web2")).toBeGreaterThan(lines.indexOf("ok a@web1"));
  });

  it("runs on the hosts that a local task names, with barriers among them", async () => {
    const { run, memory } = rig(
      ({ task, after }) => {
        task("first", (t) => t.run(`first of ${t.hosts.length}`));
        after(
          "first",
          task("second", { barrier: true }, (t) => t.run`second`),
        );
        task("some", { local: true }, (t) => t.execute("first", [t.hosts[0] ?? "", "web3"]));
      },
      { hosts: "web1 web2 web3" },
    );
    expect((await run("some")).ok).toBe(true);
    expect(["web1", "web2", "web3"].map((host) => memory.commandsOn(host))).toEqual([
      ["first of 2", "second"],
      [],
      ["first of 2", "second"],
    ]);
  });

  it("fails the task that does not catch it, with the failure of the task inside", async () => {
    const { run, memory, events } = rig(
      ({ task }) => {
        task("inner", (t) => t.run`inner`);
        task("outer", (t) => t.execute("inner"));
      },
      { hosts: "web1" },
    );
    memory.reply("inner", { exitCode: 4 });
    const result = await run("outer");
    expect(failures(result)).toEqual(["web1 inner: inner: exit code 4"]);
    expect(storyOf(events, "web1")).toEqual([
      ...["> outer@web1", "> inner@web1", "$ inner@web1", "failed inner@web1", "failed outer@web1"],
    ]);
  });

  it("leaves the run whole when the task catches it", async () => {
    const caught: unknown[] = [];
    const { run, memory } = rig(({ task, always }) => {
      task("inner", (t) => t.run`inner`);
      task("tidy", (t) => t.run`tidy`);
      always("inner", "tidy");
      task("outer", async (t) => {
        await t.execute("inner").catch((error: unknown) => caught.push(error instanceof CommandError, t.failures.length));
      });
    });
    memory.reply("inner", { exitCode: 4 }, { host: "web1" });
    const result = await run("outer");
    expect(result).toMatchObject({ ok: true, failures: [] });
    expect(caught).toEqual([true, 0]);
    expect(memory.commandsOn("web1")).toEqual(["inner", "tidy"]);
    expect(statuses(result)).toEqual(["web1: ok", "web2: ok"]);
  });

  it("from a local task keeps the failures of all hosts", async () => {
    const { run, memory } = rig(({ task }) => {
      task("inner", (t) => t.run`inner`);
      task("all", { local: true }, (t) => t.execute("inner"));
    });
    memory.reply("inner", { exitCode: 4 });
    const result = await run("all");
    expect(failures(result)).toEqual(["web1 inner: inner: exit code 4", "web2 inner: inner: exit code 4"]);
    expect(statuses(result)).toEqual(["web1: failed", "web2: failed"]);
  });

  it("ends with an error where tasks execute each other without end", async () => {
    const { run } = rig(
      ({ task }) => {
        task("a", (t) => t.execute("b"));
        task("b", (t) => t.execute("a"));
      },
      { hosts: "web1" },
    );
    const result = await run("a");
    expect(failures(result)).toHaveLength(1);
    expect(result.failures[0]?.error.message).toContain("without end: a -> b -> a -> b");
  });

  it("fails with the name of a task that does not exist", async () => {
    const { run } = rig(({ task }) => void task("a", (t) => t.execute("restrat")), { hosts: "web1" });
    expect((await run("a")).failures[0]?.error).toMatchObject({ code: "UNKNOWN_TASK" });
  });
});

describe("t.on", () => {
  it("works on another host of the run, by id, name or view", async () => {
    const { run, memory, events } = rig(({ task }) => {
      task("all", { local: true }, async (t) => {
        for (const host of t.hosts) await t.on(host).within("/srv").run`pwd`;
        expect(await t.on("web2").capture`hostname`).toBe("two");
        expect(t.on("web1").env.host.name).toBe("web1");
      });
    });
    memory.reply("hostname", { stdout: "two\n" }, { host: "web2" });
    expect(failures(await run("all"))).toEqual([]);
    expect(memory.records.map(({ host, text }) => `${host} ${text}`)).toEqual(["web1 pwd", "web2 pwd", "web2 hostname"]);
    expect(storyOf(events, "web2")).toContain("$ hostname@web2");
  });

  it("executes tasks there", async () => {
    const { run, memory } = rig(({ task }) => {
      task("inner", (t) => t.run`inner`);
      task("all", { local: true }, (t) => t.on("web2").execute("inner"));
    });
    expect((await run("all")).ok).toBe(true);
    expect(memory.connects).toEqual(["web2"]);
  });

  it("knows the names", async () => {
    const { run } = rig(({ task }) => void task("all", { local: true }, (t) => t.on("wbe1").run`x`));
    expect((await run("all")).failures[0]?.error).toMatchObject({ code: "UNKNOWN_HOST", hint: 'Did you mean "web1"?' });
  });

  it("says of a command that failed on which machine it was, where the task is another's", async () => {
    const { run, memory, control } = rig(({ task }) => {
      task("all", { local: true }, (t) => t.on("web2").run`git fetch`);
      task("each", (t) => (t.host.id === "web1" ? t.local.run`git push` : t.run`git gc`));
    });
    memory.reply(/git/, { exitCode: 127 });
    control.reply(/git/, { exitCode: 127 });
    const told = async (task: string) => (await run(task)).failures.map(({ host, error }) => [host, error.commandHost]);
    expect(await told("all")).toEqual([["local", "web2"]]);
    expect(await told("each")).toEqual([
      ["web1", "local"],
      ["web2", undefined],
    ]);
  });

  it("marks the host that it lost", async () => {
    const { run, memory } = rig(({ task }) => void task("all", { local: true }, (t) => t.on("web2").run`x`));
    memory.loseLink("web2", 0);
    expect(statuses(await run("all"))).toEqual(["web1: skipped", "web2: unknown"]);
  });
});

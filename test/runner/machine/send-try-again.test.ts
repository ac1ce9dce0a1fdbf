import { describe, expect, it } from "vitest";
import type { CommandOptions } from "../../../src/command/command.ts";
import { type RigOptions, rig, statuses } from "../rig.ts";

/** One task with these commands, sent together. */
function work(commands: readonly (readonly [string, CommandOptions["ifLost"]])[], options: RigOptions = { hosts: "web1" }) {
  return rig(
    ({ task }) => void task("work", { commands: (t) => commands.map(([text, ifLost]) => t.cmd({ ifLost })(text)) }),
    options,
  );
}

describe("commands whose link was lost", () => {
  it("run again when that does no harm, and those behind them", async () => {
    const { run, memory, of } = work([
      ["one", "repeat"],
      ["two", "repeat"],
      ["three", "repeat"],
    ]);
    memory.loseLink("web1", 1);
    const result = await run("work");
    expect(result.ok).toBe(true);
    expect(memory.connects).toEqual(["web1", "web1"]);
    expect(memory.commandsOn("web1")).toEqual(["one", "two", "two", "three"]);
    expect(of("commandFinished").map(({ command, status }) => `${command} ${status}`)).toEqual(["one ok", "two ok", "three ok"]);
  });

  it.each([
    [0, ["one", "look", "two"], true],
    [1, ["one", "look", "one", "two"], true],
    [2, ["one", "look"], false],
  ])("are asked about, where the host can tell: exit code %s", async (exitCode, texts, ok) => {
    const { run, memory } = work([
      ["one", { done: "look" }],
      ["two", "repeat"],
    ]);
    memory.loseLink("web1", 0);
    memory.reply("look", { exitCode });
    expect((await run("work")).ok).toBe(ok);
    expect(memory.commandsOn("web1")).toEqual(texts);
  });

  it("are left to a person when one of them, begun or not, is not for anyone else to judge", async () => {
    const { run, memory } = work([
      ["one", "repeat"],
      ["two", undefined],
    ]);
    memory.loseLink("web1", 0);
    const result = await run("work");
    expect(memory.commandsOn("web1")).toEqual(["one"]);
    expect(result.failures.map(({ error }) => error.code)).toEqual(["COMMAND_UNKNOWN"]);
    expect(statuses(result)).toEqual(["web1: unknown"]);
  });

  it("stay unknown when nobody can connect again, or the link breaks again", async () => {
    const gone = work([["one", "repeat"]]);
    gone.memory.loseLink("web1", 0);
    gone.memory.reply("one", () => {
      gone.memory.refuse("web1");
      return {};
    });
    expect(statuses(await gone.run("work"))).toEqual(["web1: unknown"]);
    expect(gone.of("hostLost")).toHaveLength(1);

    const twice = work([["one", "repeat"]]);
    twice.memory.loseLink("web1", 0);
    twice.memory.reply("one", () => {
      if (twice.memory.records.length === 2) twice.memory.loseLink("web1", 1);
      return {};
    });
    expect(statuses(await twice.run("work"))).toEqual(["web1: unknown"]);
    expect(twice.memory.commandsOn("web1")).toEqual(["one", "one"]);
    expect(twice.of("hostLost")).toHaveLength(1);
  });

  it("stop at one that fails the second time", async () => {
    const { run, memory } = work([
      ["one", "repeat"],
      ["two", "repeat"],
    ]);
    memory.loseLink("web1", 0);
    memory.reply("one", () => ({ exitCode: memory.records.length === 1 ? 0 : 3 }));
    const result = await run("work");
    expect(result.failures.map(({ error }) => error.exitCode)).toEqual([3]);
    expect(memory.commandsOn("web1")).toEqual(["one", "one"]);
  });

  it("are not sent again after a second interrupt", async () => {
    const { run, memory, interrupt } = work([["one", "repeat"]]);
    memory.loseLink("web1", 0);
    memory.reply("one", () => {
      interrupt();
      interrupt();
      return {};
    });
    await run("work");
    expect(memory.commandsOn("web1")).toEqual(["one"]);
  });

  it("hold again first what was held, and give the host up when that is gone", async () => {
    const start = (lostAt: number) => {
      const one = rig(
        ({ task }) =>
          void task("work", {
            commands: (t) => [
              t.cmd({ hold: "/lock" })("take"),
              t.cmd({ ifLost: "repeat" })("build"),
              t.cmd({ ifLost: "repeat", hold: false })("free"),
              t.cmd({ ifLost: "repeat" })("more"),
            ],
          }),
        { hosts: "web1" },
      );
      one.memory.loseLink("web1", lostAt);
      return one;
    };
    const again = "[ -f '/lock' ] || { exec >&2\necho '/lock is gone.'\nexit 1; }\ntake";
    const kept = start(1);
    expect((await kept.run("work")).ok).toBe(true);
    expect(kept.memory.commandsOn("web1")).toEqual(["take", "build", again, "build", "free", "more"]);

    const freed = start(3);
    expect((await freed.run("work")).ok).toBe(true);
    expect(freed.memory.commandsOn("web1")).toEqual(["take", "build", "free", "more", "more"]);

    const gone = start(1);
    gone.memory.reply(again, { exitCode: 1, stderr: "/lock is gone.\n" });
    expect(statuses(await gone.run("work"))).toEqual(["web1: unknown"]);
    expect(gone.memory.commandsOn("web1")).toEqual(["take", "build", again]);
    expect(gone.of("hostLost").map(({ message }) => message)).toEqual([expect.stringContaining("/lock is gone.")]);
  });

  it("make other hosts wait at the barrier until the host is there again, or has failed", async () => {
    const { run, memory } = rig(({ task }) => {
      task("build", { commands: (t) => [t.cmd({ ifLost: "repeat" })`build`] });
      task("publish", { commands: (t) => [t.cmd`publish`] });
    });
    memory.loseLink("web1", 0);
    expect((await run("build", "publish")).ok).toBe(true);
    expect(memory.commandsOn("web1")).toEqual(["build", "build", "publish"]);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { failures, rig, storyOf } from "../rig.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets this much time pass once what is due by now has happened. */
const later = (milliseconds: number): void => void setImmediate(() => vi.advanceTimersByTime(milliseconds));

describe("a task's timeout", () => {
  it.each([
    ["a function", { timeout: "5s" }],
    ["text", { timeout: "5s", commands: (t: { cmd(text: string): never }) => [t.cmd("slow")] }],
  ])("kills what it runs and fails it: %s", async (_, options) => {
    const { run, memory } = rig(
      ({ task }) => {
        if ("commands" in options) task("work", options as never);
        else task("work", options, (t) => t.run`slow`);
      },
      { hosts: "web1" },
    );
    memory.reply("slow", () => {
      later(5_000);
      return { hangs: true };
    });
    const result = await run("work");
    expect(failures(result)).toEqual(['web1 work: The task "work" was not done within 5s.']);
  });

  it("is told to the function, and does not wait for one that never ends", async () => {
    const aborted: boolean[] = [];
    const { run } = rig(
      ({ task }) => {
        task("work", { timeout: 1_000 }, (t) => {
          t.signal.addEventListener("abort", () => {
            aborted.push(t.signal.aborted);
            later(60_000);
          });
          later(1_000);
          return new Promise(() => {});
        });
      },
      { hosts: "web1" },
    );
    expect(failures(await run("work"))).toEqual(['web1 work: The task "work" was not done within 1000 ms.']);
    expect(aborted).toEqual([true]);
  });

  it("leaves nothing behind when the task is done in time", async () => {
    const { run } = rig(({ task }) => void task("work", { timeout: "1h" }, (t) => t.run`fast`), { hosts: "web1" });
    expect((await run("work")).ok).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("retry", () => {
  it.each([
    ["a function", false],
    ["text", true],
  ])("tries again as often as it says, and tells: %s", async (_, asText) => {
    const { run, memory, events, of } = rig(
      ({ task }) => {
        if (asText) task("work", { retry: 2, commands: (t) => [t.cmd`work`] });
        else task("work", { retry: 2 }, (t) => t.run`work`);
      },
      { hosts: "web1" },
    );
    memory.reply("work", { exitCode: 1 }, { times: 2 });
    expect((await run("work")).ok).toBe(true);
    expect(storyOf(events, "web1")).toEqual([...["> work@web1", "$ work@web1", "$ work@web1", "$ work@web1", "ok work@web1"]]);
    expect(of("message").map(({ text }) => text)).toEqual([
      "Trying again (1 of 2): work: exit code 1",
      "Trying again (2 of 2): work: exit code 1",
    ]);
  });

  it("ends with the last failure", async () => {
    const { run, memory } = rig(({ task }) => void task("work", { retry: 1 }, (t) => t.run`work`), { hosts: "web1" });
    memory.reply("work", { exitCode: 5 });
    memory.reply("work", { exitCode: 4 }, { times: 1 });
    expect(failures(await run("work"))).toEqual(["web1 work: work: exit code 5"]);
    expect(memory.records).toHaveLength(2);
  });

  it("does not try again what may have happened, or after an interruption", async () => {
    const lost = rig(({ task }) => void task("work", { retry: 3 }, (t) => t.run`work`), { hosts: "web1" });
    lost.memory.loseLink("web1", 0);
    expect((await lost.run("work")).failures[0]?.error.code).toBe("COMMAND_UNKNOWN");
    expect(lost.memory.records).toHaveLength(1);
    expect(lost.of("message").map(({ text }) => text)).toEqual([
      "The connection was lost. It is made again when it is needed next.",
    ]);

    const stopped = rig(({ task }) => void task("work", { retry: 3 }, (t) => t.run`work`), { hosts: "web1" });
    stopped.memory.reply("work", () => {
      stopped.interrupt();
      return { exitCode: 1 };
    });
    await stopped.run("work");
    expect(stopped.memory.records).toHaveLength(1);
  });
});

describe("a missing await", () => {
  it("does not end the task before what it started, and loses no failure", async () => {
    const { run, memory, events, of } = rig(
      ({ task }) => {
        task("work", (t) => {
          void t.run`one`;
          void t.run`two`;
        });
      },
      { hosts: "web1" },
    );
    memory.reply("two", { exitCode: 1 });
    expect(failures(await run("work"))).toEqual(["web1 work: two: exit code 1"]);
    expect(storyOf(events, "web1").at(-1)).toBe("failed work@web1");
    expect(of("message")[0]?.text).toContain("`await` is missing");
  });

  it("loses no failure that came before the function's end; one that was caught is none", async () => {
    const { run, memory } = rig(
      ({ task }) => {
        task("forgets", async (t) => {
          void t.run`bad`;
          await t.run`slow`;
        });
        task("handles", async (t) => {
          const bad = t.run`bad`;
          await t.run`slow`;
          await bad.catch(() => undefined);
          await Promise.allSettled([t.run`bad`]);
          await t.run`bad`.then(null, () => undefined);
          await Promise.race([t.run`slow`, t.run`bad`]).catch(() => undefined);
          await (async () => t.run`bad`)().catch(() => undefined);
        });
      },
      { hosts: "web1" },
    );
    memory.reply("bad", { exitCode: 1 });
    memory.reply("slow", () => new Promise((resolve) => setImmediate(() => resolve({}))));
    expect(failures(await run("forgets"))).toEqual(["web1 forgets: bad: exit code 1"]);
    expect(failures(await run("handles"))).toEqual([]);
  });

  it("is no failure when all goes well; commands that are started together are awaited when one of them fails", async () => {
    const { run, memory } = rig(
      ({ task }) => {
        task("forgets", (t) => void t.run`one`);
        task("together", (t) => Promise.all([t.run`bad`, t.run`slow`]));
      },
      { hosts: "web1" },
    );
    const ended: string[] = [];
    memory.reply("bad", { exitCode: 1 });
    memory.reply("slow", async () => {
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      ended.push("slow");
      return {};
    });
    expect((await run("forgets")).ok).toBe(true);
    await run("together");
    expect(ended).toEqual(["slow"]);
  });
});

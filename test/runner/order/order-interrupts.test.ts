import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { App } from "../../../src/dsl/app.ts";
import { failures, latch, rig, statuses, storyOf } from "../rig.ts";

function deploy({ task, flow, before: hookBefore, onFailure, always }: App): void {
  flow("deploy", [task("building", {}), task("publishing", {})]);
  for (const name of ["lock", "build", "publish", "clean", "unlock"]) task(name, (t) => t.run(name));
  hookBefore("building", "lock");
  hookBefore("building", "build");
  hookBefore("publishing", "publish");
  onFailure("deploy", "clean");
  always("deploy", "unlock");
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the first interrupt", () => {
  it("stops no stage whose last task comes to its end", async () => {
    const { run, memory, interrupt, of } = rig(deploy, { hosts: "web1" });
    memory.reply("publish", () => {
      interrupt();
      return {};
    });
    await run("deploy");
    const ends = of("stageFinished").map(({ stage, outcome }) => `${stage} ${outcome}`);
    expect(ends.slice(0, 2)).toEqual(["building ok", "publishing ok"]);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)(
    "lets what runs come to its end, starts nothing more, and runs the hooks that free what is held: %s",
    async (signal, code) => {
      const { run, memory, interrupt, of } = rig(deploy, { hosts: "web1" });
      memory.reply("build", () => {
        interrupt(signal);
        return { stdout: "built" };
      });
      const result = await run("deploy");
      expect(memory.commandsOn("web1")).toEqual(["lock", "build", "clean", "unlock"]);
      expect(result).toMatchObject({ ok: false, exitCode: code, interrupted: signal });
      expect(failures(result)).toEqual([`local deploy: Interrupted by ${signal}.`]);
      expect(of("interrupted")).toEqual([{ kind: "interrupted", signal, count: 1 }]);
    },
  );

  it("tells functions through t.signal, and t.failure tells hooks", async () => {
    const seen: unknown[] = [];
    const { run, interrupt, memory } = rig(
      ({ task, always }) => {
        task("wait", async (t) => {
          const aborted = new Promise((resolve) => t.signal.addEventListener("abort", resolve));
          interrupt();
          await aborted;
          await t.run`last words`;
        });
        task("after", (t) => void seen.push(t.failure?.error.code, t.signal.aborted));
        always("wait", "after");
      },
      { hosts: "web1" },
    );
    expect((await run("wait")).exitCode).toBe(130);
    expect(memory.commandsOn("web1")).toEqual(["last words"]);
    expect(seen).toEqual(["INTERRUPTED", false]);
  });

  it("does not undo what was complete", async () => {
    const { run, memory, interrupt } = rig(
      ({ task, onFailure }) => {
        for (const name of ["one", "two", "undo one", "undo two"]) task(name, (t) => t.run(name));
        onFailure("one", "undo one");
        onFailure("two", "undo two");
        task("stop", () => interrupt());
        task("more", { needs: ["stop"] }, (t) => t.run`more`);
        onFailure("more", "undo two");
      },
      { hosts: "web1" },
    );
    await run("one", "more", "two");
    expect(memory.commandsOn("web1")).toEqual(["one", "undo two"]);
  });

  it("while connecting ends the run before anything is sent", async () => {
    const { run, memory, interrupt } = rig(deploy);
    memory.connect = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
        interrupt();
      });
    const result = await run("deploy");
    expect(failures(result)).toEqual(["local deploy: Interrupted by SIGINT."]);
    expect(statuses(result)).toEqual(["web1: skipped", "web2: skipped"]);
  });

  it("does not wait for an open question", async () => {
    const asked = latch();
    const { run, interrupt } = rig(({ task }) => void task("ask", { local: true }, (t) => t.ui.ask("Which?")), {
      prompter: {
        ask: () => {
          asked.open();
          return new Promise(() => {});
        },
      },
    });
    const done = run("ask");
    await asked.opened;
    interrupt();
    expect((await done).exitCode).toBe(130);
  });

  it("does not wait for a setting that is being resolved", async () => {
    const reading = latch();
    const { run, interrupt } = rig(({ task, env }) => {
      env.set({
        slow: () => {
          reading.open();
          return new Promise(() => {});
        },
      } as never);
      task("use", { commands: (t) => [t.cmd`use ${(t.env as never)["slow"]}`] });
    });
    const done = run("use");
    await reading.opened;
    interrupt();
    expect((await done).exitCode).toBe(130);
  });
});

describe("the second interrupt", () => {
  it("kills what runs; hooks that always run are still tried", async () => {
    const { run, memory, interrupt, events } = rig(deploy, { hosts: "web1" });
    memory.reply("build", () => {
      setImmediate(() => {
        interrupt();
        interrupt();
      });
      return { hangs: true };
    });
    const result = await run("deploy");
    expect(memory.commandsOn("web1")).toEqual(["lock", "build", "unlock"]);
    expect(result.failures[0]?.error.message).toContain("build: killed by");
    expect(result.exitCode).toBe(130);
    expect(storyOf(events, "web1").at(-1)).toBe("ok unlock@web1");
  });

  it("does not count a hook that always runs as run when it was killed at its first try", async () => {
    const { run, memory, interrupt } = rig(deploy, { hosts: "web1" });
    let tries = 0;
    memory.reply("unlock", () => {
      if (++tries > 1) return {};
      setImmediate(() => {
        interrupt();
        interrupt();
      });
      return { hangs: true };
    });
    const result = await run("deploy");
    expect(memory.commandsOn("web1")).toEqual(["lock", "build", "publish", "unlock", "unlock"]);
    expect(result.exitCode).toBe(130);
  });

  it("leaves a function alone that does not stop", async () => {
    const { run, interrupt } = rig(
      ({ task }) => {
        task("stuck", () => {
          setImmediate(() => {
            interrupt();
            interrupt();
            setImmediate(() => vi.advanceTimersByTime(60_000));
          });
          return new Promise(() => {});
        });
      },
      { hosts: "web1" },
    );
    const result = await run("stuck");
    expect(failures(result)).toEqual(["web1 stuck: Interrupted by SIGINT.", "local stuck: Interrupted by SIGINT."]);
  });

  it("gives a hook that always runs only a short time", async () => {
    const { run, memory, interrupt } = rig(deploy, { hosts: "web1" });
    memory.reply("build", () => {
      interrupt();
      return {};
    });
    memory.reply("unlock", () => {
      setImmediate(() => {
        interrupt();
        vi.advanceTimersByTime(10_000);
      });
      return { hangs: true };
    });
    const result = await run("deploy");
    expect(result.failures[0]?.error.message).toContain("unlock: killed by");
    expect(result.exitCode).toBe(130);
  });
});

describe("the third interrupt", () => {
  it("ends the run at once", async () => {
    const { run, interrupt, memory } = rig(deploy, { hosts: "web1" });
    memory.reply("build", () => {
      setImmediate(() => {
        for (let count = 0; count < 3; count++) interrupt();
      });
      return new Promise(() => {});
    });
    const result = await run("deploy");
    expect(memory.commandsOn("web1")).toEqual(["lock", "build"]);
    expect(result).toMatchObject({ exitCode: 130, interrupted: "SIGINT" });
  });
});

it("says nothing more when the run is over, and stops listening", async () => {
  const { run, events, interrupt } = rig(({ task }) => void task("a", (t) => t.run`a`));
  await run("a");
  const count = events.length;
  interrupt();
  expect(events).toHaveLength(count);
});

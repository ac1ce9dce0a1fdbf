import { describe, expect, it } from "vitest";
import type { App } from "../../../src/dsl/app.ts";
import type { RunEvent } from "../../../src/runner/events.ts";
import { Fleet } from "../../../src/runner/machine/fleet.ts";
import { createMemoryTransport, fakeHost, type MemoryTransport } from "../../../src/testing.ts";
import { failures, latch, type RigOptions, rig, statuses } from "../rig.ts";

interface Shared {
  readonly memory: MemoryTransport;
  readonly fleet: Fleet;
  /** One run's rig, over the fleet. */
  rig(recipe: (app: App) => void, options?: RigOptions): ReturnType<typeof rig>;
}

/** A fleet for any number of runs on hosts in memory. */
function shared(): Shared {
  const memory = createMemoryTransport();
  const fleet = new Fleet(() => memory, createMemoryTransport());
  return {
    memory,
    fleet,
    rig: (recipe, options = {}) => rig(recipe, { hosts: "web1", ...options, options: { ...options.options, fleet } }),
  };
}

const login = { transport: "ssh", user: undefined, forwardAgent: false };
const hello = ({ task }: App): void => {
  task("hello", { commands: (t) => [t.cmd`hello`] });
};
const connectionEvents = ({ events }: ReturnType<typeof rig>): string[] =>
  events.flatMap(({ kind }) => (kind.startsWith("host") ? [kind] : []));

describe("a fleet", () => {
  it("keeps connections from one run to the next, and ends them when it is closed", async () => {
    const { memory, fleet, rig } = shared();
    const first = rig(hello);
    const second = rig(hello);
    expect([(await first.run("hello")).ok, (await second.run("hello")).ok]).toEqual([true, true]);
    expect(memory.connects).toEqual(["web1"]);
    expect(connectionEvents(first)).toEqual(["hostConnecting", "hostConnected"]);
    expect(connectionEvents(second)).toEqual(["hostConnected"]);
    const machine = fleet.machine(fakeHost("web1"), login);
    expect(machine.connected).toBe(true);
    await fleet.close();
    expect(machine.connected).toBe(false);
  });

  it("ends a connection with the last run on its host", async () => {
    const { fleet, rig } = shared();
    const machine = fleet.machine(fakeHost("web1"), login);
    await rig(hello).run("hello");
    expect(machine.connected).toBe(true);
    await rig(hello, { options: { last: true } }).run("hello");
    expect(machine.connected).toBe(false);
  });

  it("connects anew for another login to the same host", async () => {
    const { memory, rig } = shared();
    const as = (user: string) => (app: App) => {
      app.env.set({ user });
      hello(app);
    };
    for (const user of ["ann", "eve", "ann"]) await rig(as(user)).run("hello");
    expect(memory.connects).toEqual(["web1", "web1"]);
  });

  it("connects once for runs at the same time, and one that is cancelled while it connects does not stop the other", async () => {
    const { memory, rig } = shared();
    const cancel = new AbortController();
    const asked = latch();
    const connect = memory.connect.bind(memory);
    let attempts = 0;
    memory.connect = async (host, options) => {
      attempts += 1;
      if (attempts > 1) return connect(host, options);
      asked.open();
      return new Promise((_, reject) => options.signal.addEventListener("abort", () => reject(options.signal.reason)));
    };
    const first = rig(hello, { options: { signal: cancel.signal } }).run("hello");
    await asked.opened;
    const waiting = latch();
    const onEvent = ({ kind }: RunEvent): void => void (kind === "hostConnecting" && waiting.open());
    const second = rig(hello, { onEvent }).run("hello");
    await waiting.opened;
    cancel.abort(new Error("not needed"));
    expect(failures(await first)).toEqual(["local hello: Cancelled: not needed"]);
    expect((await second).ok).toBe(true);
    expect(attempts).toBe(2);
  });

  it("tries once for all that want the connection at the same time, and again for who comes later", async () => {
    const { memory, fleet } = shared();
    memory.refuse("web1");
    let attempts = 0;
    const connect = memory.connect.bind(memory);
    memory.connect = (host, options) => {
      attempts += 1;
      return connect(host, options);
    };
    const machine = fleet.machine(fakeHost("web1"), login);
    const { signal } = new AbortController();
    const wanted = Array.from({ length: 5 }, () => machine.connection(login, signal));
    const password = machine.connection({ ...login, password: true }, signal);
    const outcomes = await Promise.allSettled([...wanted, password]);
    expect(outcomes.map(({ status }) => status)).toEqual(Array(6).fill("rejected"));
    expect(attempts).toBe(2);
    await expect(machine.connection(login, signal)).rejects.toThrow();
    expect(attempts).toBe(3);
  });

  it("lets each run repair a lost connection once", async () => {
    const { memory, rig } = shared();
    const again = ({ task }: App): void => {
      task("build", { commands: (t) => [t.cmd({ ifLost: "repeat" })`build`] });
    };
    memory.loseLink("web1", 0);
    const first = rig(again);
    expect((await first.run("build")).ok).toBe(true);
    expect(connectionEvents(first)).toEqual(["hostConnecting", "hostConnected", "hostConnecting", "hostConnected"]);
    memory.loseLink("web1", 2);
    expect((await rig(again).run("build")).ok).toBe(true);
    expect(memory.connects).toEqual(["web1", "web1", "web1"]);
  });

  it("is asked again for a host that an earlier run has lost for good", async () => {
    const { memory, rig } = shared();
    memory.loseLink("web1", 0);
    const lost = await rig(({ task }) => void task("once", (t) => t.run`once`)).run("once");
    expect(statuses(lost)).toEqual(["web1: unknown"]);
    expect((await rig(hello).run("hello")).ok).toBe(true);
  });

  it("passes on what was started over a lost connection, so that a later run waits for it", async () => {
    const { memory, rig } = shared();
    const after: unknown[] = [];
    const connect = memory.connect.bind(memory);
    memory.connect = async (host, options) => {
      after.push(options.after);
      return connect(host, options);
    };
    memory.loseLink("web1", 0);
    await rig(({ task }) => void task("once", (t) => t.run`once`)).run("once");
    await rig(hello).run("hello");
    expect(after).toEqual([undefined, expect.objectContaining({ host: expect.objectContaining({ id: "web1" }) })]);
  });

  it("ends the connection of a run that still holds something, and does not hold it again", async () => {
    const { memory, rig } = shared();
    await rig(({ task }) => void task("take", { commands: (t) => [t.cmd({ hold: "/lock" })`take`] })).run("take");
    expect((await rig(hello).run("hello")).ok).toBe(true);
    expect(memory.connects).toEqual(["web1", "web1"]);
    expect(memory.commandsOn("web1")).toEqual(["take", "hello"]);
  });

  it("keeps the connection of a run that let go of what it held", async () => {
    const { memory, rig } = shared();
    const work = ({ task }: App): void => {
      task("work", { commands: (t) => [t.cmd({ hold: "/lock" })`take`, t.cmd({ hold: false })`free`] });
    };
    await rig(work).run("work");
    await rig(hello).run("hello");
    expect(memory.connects).toEqual(["web1"]);
  });

  it("ends the connection of a run that was given up while something ran there", async () => {
    const { memory, rig } = shared();
    const started = latch();
    const stuck = rig(({ task }) => void task("stuck", (t) => t.run`stuck`));
    memory.reply("stuck", () => {
      started.open();
      return new Promise(() => {});
    });
    const result = stuck.run("stuck");
    await started.opened;
    for (let count = 0; count < 3; count++) stuck.interrupt();
    expect((await result).exitCode).toBe(130);
    expect((await rig(hello).run("hello")).ok).toBe(true);
    expect(memory.connects).toEqual(["web1", "web1"]);
  });
});

describe("a run that is cancelled", () => {
  it("starts nothing more, runs the hooks that free what is held, and says why", async () => {
    const cancel = new AbortController();
    const { run, memory, of } = rig(
      ({ task, always, before: hookBefore }) => {
        for (const name of ["build", "publish", "unlock"]) task(name, (t) => t.run(name));
        hookBefore("publish", "build");
        always("publish", "unlock");
      },
      { hosts: "web1", options: { signal: cancel.signal } },
    );
    memory.reply("build", () => {
      cancel.abort(new Error("a newer commit is there"));
      return {};
    });
    const result = await run("publish");
    expect(memory.commandsOn("web1")).toEqual(["build", "unlock"]);
    expect(result).toMatchObject({ ok: false, exitCode: 1, interrupted: "cancel" });
    expect(failures(result)).toEqual(["local publish: Cancelled: a newer commit is there"]);
    expect(of("interrupted")).toEqual([{ kind: "interrupted", signal: "cancel", count: 1 }]);
  });

  it("before it began connects nowhere", async () => {
    const { run, memory, events } = rig(hello, { options: { signal: AbortSignal.abort(new Error("too late")) } });
    expect(failures(await run("hello"))).toEqual(["local hello: Cancelled: too late"]);
    expect(memory.records).toEqual([]);
    expect(events[0]?.kind).toBe("runStarted");
  });
});

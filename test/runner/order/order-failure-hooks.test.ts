import { describe, expect, it } from "vitest";
import type { App } from "../../../src/dsl/app.ts";
import type { MemoryTransport } from "../../../src/transport/memory/transport.ts";
import { failures, rig, statuses, story, storyOf } from "../rig.ts";

/** The link goes down during a command, and nobody can connect again. */
function loseForGood(memory: MemoryTransport, host: string, at: number): void {
  memory.loseLink(host, at);
  memory.reply(
    /./,
    () => {
      if (memory.commandsOn(host).length > at) memory.refuse(host);
      return {};
    },
    { host },
  );
}

/** deploy: build (fails on web1 when asked), publish, with hooks around. */
function deploy({ task, flow, before: hookBefore, onFailure, always }: App): void {
  flow("deploy", [task("starting", {}), task("building", {}), task("publishing", {}), task("finished", {})]);
  for (const name of ["lock", "build", "publish", "clean", "unlock", "undo"]) task(name, (t) => t.run(`${name} ${t.flow}`));
  hookBefore("starting", "lock");
  hookBefore("building", "build");
  hookBefore("publishing", "publish");
  onFailure("deploy", "clean");
  onFailure("publishing", "undo");
  always("deploy", "unlock");
}

describe("hooks after a failure", () => {
  it("do not run when all went well, but for those that always do", async () => {
    const { run, memory } = rig(deploy);
    expect((await run("deploy")).ok).toBe(true);
    expect(memory.commandsOn("web1")).toEqual(["lock deploy", "build deploy", "publish deploy", "unlock deploy"]);
  });

  it("run on every reachable host, onFailure before always, in the flow that failed", async () => {
    const { run, memory } = rig(deploy);
    memory.reply("build deploy", { exitCode: 1 }, { host: "web1" });
    const result = await run("deploy");
    expect(memory.commandsOn("web1")).toEqual(["lock deploy", "build deploy", "clean deploy", "unlock deploy"]);
    expect(memory.commandsOn("web2")).toEqual(["lock deploy", "build deploy", "clean deploy", "unlock deploy"]);
    expect(failures(result)).toEqual(["web1 build: build deploy: exit code 1"]);
    expect(statuses(result)).toEqual(["web1: failed", "web2: unfinished"]);
  });

  it("find settings that they want to have at hand resolved", async () => {
    const seen: unknown[] = [];
    const { run } = rig(({ env, task, onFailure }) => {
      env.set({ token: async () => "abc", gone: () => Promise.reject(new Error("no vault")) } as object);
      task("fail", () => Promise.reject(new Error("no")));
      task("tell", { prefetch: ["token"], once: "run" }, (t) => void seen.push((t.env as unknown as { token: string }).token));
      task("other", { prefetch: ["gone"], once: "run" }, () => void seen.push("ran"));
      onFailure("fail", "tell");
      onFailure("fail", "other");
    });
    expect(failures(await run("fail"))).toHaveLength(2);
    expect(seen).toEqual(["abc", "ran"]);
  });

  it("run only in the flows that they are limited to, and so do hooks on them", async () => {
    const { run, memory } = rig((app) => {
      deploy(app);
      for (const name of ["tell", "page"]) app.task(name, (t) => t.run(name));
      app.onFailure("deploy", "tell", { flows: ["deploy"] });
      app.before("tell", "page", { flows: ["deploy"] });
      app.before("clean", "page", { flows: ["rollback"] });
      app.flow("rollback", ["publishing"]);
      app.onFailure("publishing", "tell", { flows: ["deploy"] });
    });
    memory.reply(/^publish/, { exitCode: 1 });
    await run("rollback");
    expect(memory.commandsOn("web1")).toEqual(["publish rollback", "undo rollback"]);
    await run("deploy");
    expect(memory.commandsOn("web1").slice(2).join()).toBe(
      "lock deploy,build deploy,publish deploy,undo deploy,page,tell,clean deploy,unlock deploy",
    );
  });

  it("run for each scope that holds the failure, innermost first, and for no other", async () => {
    const { run, memory } = rig(deploy);
    memory.reply("publish deploy", { exitCode: 1 }, { host: "web2" });
    await run("deploy");
    const hooks = ["undo deploy", "clean deploy", "unlock deploy"];
    expect(memory.commandsOn("web1")).toEqual(["lock deploy", "build deploy", "publish deploy", ...hooks]);
  });

  it("run also when the scope's first task fails", async () => {
    const { run, memory } = rig(deploy);
    memory.reply("lock deploy", { exitCode: 1 });
    await run("deploy");
    expect(memory.commandsOn("web1")).toEqual(["lock deploy", "clean deploy", "unlock deploy"]);
  });

  it("know what failed first", async () => {
    const seen: unknown[] = [];
    const { run, memory } = rig(({ task, onFailure, before: hookBefore }) => {
      task("a", (t) => t.run`a`);
      task("b", (t) => t.run`b`);
      hookBefore("b", "a");
      task(
        "report",
        (t) => void seen.push([t.host.name, t.failure?.host, t.failure?.task, t.failure?.error.exitCode, t.failures.length]),
      );
      onFailure("b", "report");
    });
    memory.reply("a", { exitCode: 7 }, { host: "web2" });
    await run("b");
    expect(seen).toEqual([
      ["web1", "web2", "a", 7, 1],
      ["web2", "web2", "a", 7, 1],
    ]);
  });

  it("that fail are kept as failures and do not stop the others", async () => {
    const { run, memory } = rig(deploy);
    memory.reply("build deploy", { exitCode: 1 }, { host: "web1" });
    memory.reply("clean deploy", { exitCode: 2 }, { host: "web1" });
    memory.reply("unlock deploy", { exitCode: 3 }, { host: "web2" });
    const result = await run("deploy");
    expect(memory.commandsOn("web1").slice(2)).toEqual(["clean deploy", "unlock deploy"]);
    expect(memory.commandsOn("web2").slice(2)).toEqual(["clean deploy", "unlock deploy"]);
    expect(result.failures.map(({ host, task }) => `${host} ${task}`)).toEqual(["web1 build", "web1 clean", "web2 unlock"]);
  });

  it("let each host go on for itself, also behind a leader that fails", async () => {
    const { run, memory } = rig(({ task, always }) => {
      task("work", (t) => t.run`work`);
      task("unlock", { leaderFirst: true, commands: (t) => [t.cmd`unlock`] });
      always("work", "unlock");
    });
    memory.reply("work", { exitCode: 1 }, { host: "web2" });
    memory.reply("unlock", { exitCode: 1 }, { host: "web1" });
    await run("work");
    expect(memory.commandsOn("web2")).toEqual(["work", "unlock"]);
  });

  it("that always run do so once: not again where they ran before something else failed", async () => {
    const { run, memory } = rig(({ task, always }) => {
      for (const name of ["a", "freeA", "b", "freeB"]) task(name, (t) => t.run(name));
      always("a", "freeA");
      always("b", "freeB");
    });
    memory.reply("b", { exitCode: 1 }, { host: "web1" });
    await run("a", "b");
    expect(memory.commandsOn("web1")).toEqual(["a", "freeA", "b", "freeB"]);
    expect(memory.commandsOn("web2")).toEqual(["a", "freeA", "b", "freeB"]);
  });

  it("of several scopes run once for one failure; of a flow that is started again, again", async () => {
    const { run, memory } = rig(
      ({ task, flow, before: hookBefore, onFailure, always }) => {
        flow("deploy", [task("one", {}), task("two", {})]);
        for (const name of ["a", "b", "tell", "free"]) task(name, (t) => t.run(name));
        hookBefore("one", "a");
        hookBefore("two", "b");
        for (const target of ["deploy", "two", "b"]) onFailure(target, "tell");
        for (const target of ["deploy", "one", "two", "b"]) always(target, "free");
      },
      { hosts: "web1" },
    );
    memory.reply("b", { exitCode: 1 });
    await run("deploy");
    expect(memory.commandsOn("web1")).toEqual(["a", "free", "b", "tell"]);
    memory.reply("b", {}, { times: 1 });
    await run("deploy", "deploy");
    expect(memory.commandsOn("web1").slice(4)).toEqual(["a", "free", "b", "a", "free", "b", "tell"]);
  });

  it("that always run are owed to whatever was begun, also where it did not fail itself", async () => {
    const { run, memory } = rig(({ task, always, before: hookBefore }) => {
      for (const name of ["take", "work", "use", "free"]) task(name, { barrier: name === "use" }, (t) => t.run(name));
      task("job", {});
      hookBefore("job", "work");
      hookBefore("job", "use");
      hookBefore("use", "take");
      always("use", "free");
    });
    // web2 has begun `use` (its hook `take`) in the section in which web1 fails in `work`.
    memory.reply("work", { exitCode: 1 }, { host: "web1" });
    await run("job");
    expect(memory.commandsOn("web1")).toEqual(["work", "free"]);
    expect(memory.commandsOn("web2")).toEqual(["work", "take", "free"]);
  });

  it("that always run are outside of what they watch over", async () => {
    const { run, memory } = rig(deploy);
    memory.reply("unlock deploy", { exitCode: 1 }, { host: "web1" });
    const result = await run("deploy");
    expect(memory.commandsOn("web1")).not.toContain("clean deploy");
    expect(failures(result)).toEqual(["web1 unlock: unlock deploy: exit code 1"]);
  });

  it("on the control machine run once", async () => {
    const { run, control, memory } = rig(({ task, onFailure, always }) => {
      task("work", (t) => t.run`work`);
      task("tell", { local: true }, (t) => t.run`tell ${t.failure?.host ?? "nobody"}`);
      task("close", { local: true }, (t) => t.run`close`);
      onFailure("work", "tell");
      always("work", "close");
    });
    memory.reply("work", { exitCode: 1 }, { host: "web2" });
    await run("work");
    expect(control.commandsOn("local")).toEqual(["tell web2", "close"]);
  });

  it("show as stages of their own", async () => {
    const { run, memory, events } = rig(
      ({ task, onFailure }) => {
        task("work", (t) => t.run`work`);
        task("tell", (t) => t.run`tell`);
        onFailure("work", "tell");
      },
      { hosts: "web1" },
    );
    memory.reply("work", { exitCode: 1 });
    await run("work");
    expect(story(events)).toEqual([
      ...["[work", "> work@web1", "$ work@web1", "failed work@web1", "work] failed"],
      ...["[on failure: tell", "> tell@web1", "$ tell@web1", "ok tell@web1", "on failure: tell] ok"],
    ]);
  });
});

describe("a lost connection", () => {
  it("leaves the outcome unknown; others go on to the barrier; hooks run where they can", async () => {
    const { run, memory, of } = rig(deploy);
    loseForGood(memory, "web1", 1);
    const result = await run("deploy");
    expect(result.failures.map(({ host, task, error }) => `${host} ${task} ${error.code}`)).toEqual([
      "web1 build COMMAND_UNKNOWN",
    ]);
    expect(statuses(result)).toEqual(["web1: unknown", "web2: unfinished"]);
    expect(of("hostLost").map(({ host }) => host)).toEqual(["web1"]);
    expect(of("message").map(({ text }) => text)).toEqual([
      "The connection was lost. It is made again when it is needed next.",
      '"unlock" did not run on web1: the connection is lost. What it would have freed may still be held there.',
    ]);
    expect(memory.commandsOn("web1")).toEqual(["lock deploy", "build deploy"]);
    expect(memory.commandsOn("web2")).toEqual(["lock deploy", "build deploy", "clean deploy", "unlock deploy"]);
  });

  it("is made again once: what was under way is unknown, hooks run there", async () => {
    const { run, memory, of } = rig(deploy);
    memory.loseLink("web1", 1);
    const result = await run("deploy");
    expect(result.failures.map(({ host, task, error }) => `${host} ${task} ${error.code}`)).toEqual([
      "web1 build COMMAND_UNKNOWN",
    ]);
    expect(statuses(result)).toEqual(["web1: unknown", "web2: unfinished"]);
    expect(of("hostLost")).toEqual([]);
    expect(memory.connects).toEqual(["web1", "web2", "web1"]);
    expect(memory.commandsOn("web1")).toEqual(["lock deploy", "build deploy", "clean deploy", "unlock deploy"]);
  });

  it("between two sections fails the host before the others go on without it", async () => {
    const { run, memory, events } = rig(({ task }) => {
      task("build", async (t) => {
        await t.run`build`;
        if (t.host.name === "web1") await lose();
      });
      task("publish", (t) => t.run`publish`);
    });
    const connect = memory.connect.bind(memory);
    let lose = async (): Promise<void> => {};
    memory.connect = async (host, options) => {
      const connection = await connect(host, options);
      if (host.id !== "web1") return connection;
      memory.refuse("web1");
      let end: (reason: Error) => void = () => {};
      const closed = new Promise<Error | undefined>((resolve) => {
        end = resolve;
      });
      lose = async () => {
        end(new Error("reset by peer"));
        await new Promise(setImmediate);
      };
      return Object.assign(Object.create(connection), {
        closed,
        flight: connection.flight.bind(connection),
        close: async () => {},
      });
    };
    const result = await run("build", "publish");
    expect(memory.commandsOn("web2")).toEqual(["build"]);
    expect(failures(result)).toEqual([
      "web1 publish: The connection to web1 was lost: reset by peer. It could not be made again: Nothing accepts connections on web1.",
    ]);
    expect(statuses(result)).toEqual(["web1: unreachable", "web2: unfinished"]);
    expect(storyOf(events, "web1").at(-1)).toBe("failed publish@web1");
  });
});

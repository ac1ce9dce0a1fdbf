import { describe, expect, it } from "vitest";
import type { App } from "../../../src/dsl/app.ts";
import { toGroups } from "../../../src/runner/order/groups.ts";
import { rig, statuses, storyOf } from "../rig.ts";

/** lock and build on all hosts; publish and finish in groups. */
function deploy({ task, flow, before: hookBefore, onFailure, always }: App): void {
  flow("deploy", [task("updating", {}), task("publishing", {}), task("finished", {})], { rollingFrom: "publishing" });
  for (const name of ["build", "publish", "finish", "unlock", "undo"]) task(name, (t) => t.run(name));
  task("drain", { local: true }, (t) => t.run`drain ${t.hosts.map(({ id }) => id)}`);
  hookBefore("updating", "build");
  hookBefore("publishing", "drain");
  hookBefore("publishing", "publish");
  hookBefore("finished", "finish");
  onFailure("publishing", "undo");
  always("deploy", "unlock");
}

const hosts = "a b c d e";

describe("--batch", () => {
  it("rolls the end of a flow over one group of hosts after another", async () => {
    const { run, memory, control } = rig(deploy, { hosts, options: { batch: 2 } });
    const result = await run("deploy");
    expect(result.ok).toBe(true);
    const order = memory.records.map(({ host, text }) => `${text} ${host}`);
    expect(order.slice(0, 5).toSorted()).toEqual(["build a", "build b", "build c", "build d", "build e"]);
    for (const [earlier, later] of [
      ["finish a", "publish c"],
      ["finish b", "publish c"],
      ["finish d", "publish e"],
    ]) {
      expect(order.indexOf(earlier as string)).toBeLessThan(order.indexOf(later as string));
    }
    expect(control.commandsOn("local")).toEqual(["drain a b", "drain c d", "drain e"]);
  });

  it("stops at the first group that fails: the groups before stay live, those behind are not begun", async () => {
    const { run, memory, of } = rig(deploy, { hosts, options: { batch: "40%" } });
    memory.reply("publish", { exitCode: 1 }, { host: "d" });
    const result = await run("deploy");
    expect(statuses(result)).toEqual(["a: ok", "b: ok", "c: unfinished", "d: failed", "e: unfinished"]);
    expect(memory.commandsOn("a")).toEqual(["build", "publish", "finish", "unlock"]);
    expect(memory.commandsOn("c")).toEqual(["build", "publish", "undo", "unlock"]);
    expect(memory.commandsOn("d")).toEqual(["build", "publish", "undo", "unlock"]);
    expect(memory.commandsOn("e")).toEqual(["build", "unlock"]);
    expect(of("message").map(({ text }) => text)).toEqual([
      "Stopped at group 2 of 3. Done: a, b. Failed: d. Not finished: c. Not reached: e.",
    ]);
  });

  it("counts what comes behind the groups for no part of them", async () => {
    const later = (app: App): void => {
      deploy(app);
      app.task("announce", (t) => t.run("announce"));
    };
    const { run, memory, of } = rig(later, { hosts, options: { batch: 2 } });
    memory.reply("finish", { exitCode: 1 }, { host: "c" });
    await run("deploy", "announce");
    expect(of("message").map(({ text }) => text)).toEqual(["Stopped at group 2 of 3. Done: a, b, d. Failed: c. Not reached: e."]);
  });

  it("puts right on the groups behind what was done there before the rolling part", async () => {
    const { run, memory, control } = rig(
      (app) => {
        deploy(app);
        app.task("discard", (t) => t.run`discard`);
        app.task("blame", { local: true }, (t) => t.run`blame ${t.hosts.map(({ id }) => id)}`);
        app.onFailure("deploy", "discard");
        app.onFailure("deploy", "blame");
      },
      { hosts: "a b c", options: { batch: 1 } },
    );
    memory.reply("publish", { exitCode: 1 }, { host: "b" });
    await run("deploy");
    expect(memory.commandsOn("a")).toEqual(["build", "publish", "finish", "unlock"]);
    expect(memory.commandsOn("b")).toEqual(["build", "publish", "undo", "discard", "unlock"]);
    expect(memory.commandsOn("c")).toEqual(["build", "discard", "unlock"]);
    expect(control.commandsOn("local")).toEqual(["drain a", "drain b", "blame b"]);
  });

  it("frees what a local hook frees for each group, also for the one that failed", async () => {
    const { run, memory, control } = rig(
      ({ task, flow, before: hookBefore, always }) => {
        flow("deploy", [task("publishing", {})], { rollingFrom: "publishing" });
        task("publish", (t) => t.run`publish`);
        hookBefore("publishing", "publish");
        task("undrain", { local: true }, (t) => t.run`undrain ${t.hosts.map(({ id }) => id)}`);
        always("publishing", "undrain");
      },
      { hosts: "a b c", options: { batch: 1 } },
    );
    memory.reply("publish", { exitCode: 1 }, { host: "b" });
    await run("deploy");
    expect(control.commandsOn("local")).toEqual(["undrain a", "undrain b"]);
  });

  it("does not free again what a local hook freed before the rolling part", async () => {
    const { run, memory, control } = rig(
      ({ task, flow, before: hookBefore, always }) => {
        flow("deploy", [task("updating", {}), task("publishing", {})], { rollingFrom: "publishing" });
        for (const name of ["build", "publish"]) task(name, (t) => t.run(name));
        hookBefore("updating", "build");
        hookBefore("publishing", "publish");
        task("close", { local: true }, (t) => t.run`close`);
        always("updating", "close");
      },
      { hosts: "a b", options: { batch: 1 } },
    );
    memory.reply("publish", { exitCode: 1 }, { host: "b" });
    await run("deploy");
    expect(control.commandsOn("local")).toEqual(["close"]);
  });

  it("does not call again what a hook with repeat did before the rolling part, when the first group fails before the hook", async () => {
    const { run, memory, control } = rig(
      ({ task, flow, before: hookBefore, always }) => {
        flow("deploy", [task("updating", {}), task("publishing", {})], { rollingFrom: "publishing" });
        for (const name of ["build", "publish"]) task(name, (t) => t.run(name));
        hookBefore("updating", "build");
        hookBefore("publishing", "publish");
        task("close", { local: true, repeat: true }, (t) => t.run`close ${t.hosts.map(({ id }) => id)}`);
        always("updating", "close");
        always("publishing", "close");
      },
      { hosts: "a b c", options: { batch: 1 } },
    );
    memory.reply("publish", { exitCode: 1 }, { host: "a" });
    await run("deploy");
    expect(control.commandsOn("local")).toEqual(["close a b c"]);
  });

  it("changes nothing about a failure before it", async () => {
    const { run, memory } = rig(deploy, { hosts, options: { batch: 1 } });
    memory.reply("build", { exitCode: 1 }, { host: "e" });
    const result = await run("deploy");
    expect(statuses(result)).toEqual(["a: unfinished", "b: unfinished", "c: unfinished", "d: unfinished", "e: failed"]);
    expect(memory.commandsOn("a")).toEqual(["build", "unlock"]);
  });

  it("shows the stages of each group", async () => {
    const { run, of, events } = rig(deploy, { hosts: "a b", options: { batch: 1 } });
    await run("deploy");
    const stages = of("stageStarted").map(({ stage, hosts: on }) => `${stage} ${on.join(",")}`);
    expect(stages.slice(0, 5)).toEqual(["updating a,b", "publishing a", "finished a", "publishing b", "finished b"]);
    expect(storyOf(events, "b").at(-1)).toBe("ok unlock@b");
  });

  it("waits between groups, and says for which", async () => {
    const { run, memory, of, events } = rig(deploy, { hosts: "a b c", options: { batch: [1, 2], waitBetween: 20 } });
    const began = performance.now();
    expect((await run("deploy")).ok).toBe(true);
    // One time only: nothing is behind the last group.
    expect(of("message").map(({ text }) => text)).toEqual(["Group 1 of 2 is done. Waiting 0.02 s before the next: b, c."]);
    expect(performance.now() - began).toBeGreaterThan(15);
    const at = events.findIndex(({ kind }) => kind === "message");
    expect(storyOf(events.slice(0, at), "b").join()).not.toContain("publish");
    expect(memory.commandsOn("c")).toContain("publish");
  });

  it("does not wait any longer once somebody wants to stop: what is behind is not begun", async () => {
    const blame = (app: App): void => {
      deploy(app);
      for (const [name, target] of [
        ["discard", "deploy"],
        ["undrain", "publishing"],
      ] as const) {
        app.task(name, (t) => t.run(name));
        app.task(`tell-${name}`, { local: true }, (t) => t.run`${name} ${t.hosts.map(({ id }) => id)}`);
        for (const hook of [name, `tell-${name}`]) app.onFailure(target, hook);
      }
    };
    const { run, memory, control, of, interrupt } = rig(blame, {
      hosts: "a b",
      options: { batch: 1, waitBetween: 100_000_000 },
      onEvent: (event) => event.kind === "message" && event.text.includes("Waiting") && setImmediate(interrupt),
    });
    const result = await run("deploy");
    expect([result.interrupted, result.exitCode]).toEqual(["SIGINT", 130]);
    // What is done stays: put right is what was made ready on those behind.
    expect(memory.commandsOn("a")).toEqual(["build", "publish", "finish", "unlock"]);
    expect(memory.commandsOn("b")).toEqual(["build", "discard", "unlock"]);
    expect(control.commandsOn("local")).toEqual(["drain a", "discard b"]);
    expect(of("message").at(-1)?.text).toBe("Stopped after group 1 of 2. Done: a. Not reached: b.");
    expect(statuses(result)).toEqual(["a: ok", "b: unfinished"]);
  });

  it("takes a list of sizes, the last of which goes on", () => {
    const all = Array.from({ length: 20 }, (_, at) => at);
    const sizes = (batch: Parameters<typeof toGroups>[1], hosts = all): number[] =>
      toGroups(hosts, batch).map(({ length }) => length);
    expect(sizes([1, "10%", "50%"])).toEqual([1, 2, 10, 7]);
    expect(sizes([1, 3])).toEqual([1, 3, 3, 3, 3, 3, 3, 1]);
    expect(sizes([1, "10%", "50%"], [1, 2])).toEqual([1, 1]);
    expect(sizes(["100%"])).toEqual([20]);
    expect(toGroups(all, [7, "30%"]).flat()).toEqual(all);
  });

  it("counts hosts or a share of them, at least one", () => {
    const all = ["a", "b", "c", "d", "e"];
    expect(toGroups(all, 2)).toEqual([["a", "b"], ["c", "d"], ["e"]]);
    expect(toGroups(all, "50%")).toEqual([
      ["a", "b", "c"],
      ["d", "e"],
    ]);
    expect(toGroups(all, "1%")).toEqual([["a"], ["b"], ["c"], ["d"], ["e"]]);
    expect(toGroups(all, 9)).toEqual([all]);
    expect(toGroups([], 2)).toEqual([]);
  });
});

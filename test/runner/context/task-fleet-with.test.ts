import { describe, expect, it } from "vitest";
import { defineDeployfile } from "../../../src/index.ts";
import type { TaskContext } from "../../../src/runner/context.ts";
import { createTestRun } from "../../../src/testing.ts";
import { rig, statuses } from "../rig.ts";
import { once } from "./on-fleet.ts";

/** Runs a body over "web", of a deployfile that has more. */
function overWeb(body: (t: TaskContext) => unknown, given: object = {}) {
  const deployfile = defineDeployfile(({ env, role, task }) => {
    env.set({ user: "deployer" });
    role("web", ["web1", "web2"]);
    role("db", { hosts: [{ host: "db1", address: "10.0.0.9" }], zone: "b" } as never);
    task("other", (t) => t.run`other`);
    task("work", { local: true }, body as never);
  });
  return createTestRun(deployfile, { roles: ["web"], tasks: ["work"], ...given });
}

describe("t.fleet.with", () => {
  it("adds hosts that were not selected, says so, and tells what became of them", async () => {
    const run = await overWeb(async (t) => {
      const all = t.fleet.filter("web").with("root@cache1", "db1");
      expect([...all].map(({ host, effectiveRoles }) => [host.id, host.address, host.user, host.roles, effectiveRoles])).toEqual([
        ["web1", "web1", undefined, ["web"], ["web"]],
        ["web2", "web2", undefined, ["web"], ["web"]],
        ["cache1", "cache1", "root", [], []],
        ["db1", "10.0.0.9", undefined, ["db"], []],
      ]);
      await all.run`flush`;
      await t.fleet.with("cache1").filter("*").run`again`;
      expect([all.filter("db").one().env, t.fleet.size]).toMatchObject([{ zone: "b", user: "deployer" }, 2]);
    });
    expect(run.result.failures).toEqual([]);
    expect(run.commands("cache1")).toEqual(["flush", "again"]);
    expect(run.commands("db1")).toEqual(["flush"]);
    expect(run.of("message").map(({ level, host, text }) => [level, host, text])).toEqual([
      ["info", "cache1", 'cache1 was not selected for this run: "work" works on it by t.fleet.with.'],
      ["info", "db1", 'db1 was not selected for this run: "work" works on it by t.fleet.with.'],
    ]);
    expect(run.result.hosts.map(({ host, status }) => `${host}: ${status}`)).toEqual([
      "web1: ok",
      "web2: ok",
      "cache1: ok",
      "db1: ok",
    ]);
  });

  it("takes those that are there as they are, ranges, and names that look like others", async () => {
    const run = await overWeb(async (t) => {
      const names = (...hosts: string[]) => [...t.fleet.with(...hosts)].map(({ host }) => host.id);
      expect(names("web2", "web1")).toEqual(["web1", "web2"]);
      expect(names("web3", "cache[1:2]:2222")).toEqual(["web1", "web2", "web3", "cache1:2222", "cache2:2222"]);
      expect([...t.fleet.filter("db").with("web1")].map(({ host }) => host.id)).toEqual(["web1"]);
    });
    expect(run.result.failures).toEqual([]);
    expect(run.memory.connects).toEqual([]);
    expect(run.result.hosts.map(({ host }) => host)).toEqual(["web1", "web2"]);
  });

  it("has what is stated for all hosts, before and after, and asks nobody what all agree on", async () => {
    const run = await overWeb(async (t) => {
      t.env.setForRun("zone" as never, "before" as never);
      const [cache] = t.fleet.filter("db").with("cache1");
      expect(cache?.env).toMatchObject({ zone: "before" });
      t.env.setForRun("zone" as never, "after" as never);
      expect(cache?.env).toMatchObject({ zone: "after" });
      cache?.env.set("zone" as never, "own" as never);
      expect([cache?.env, t.env]).toMatchObject([{ zone: "own" }, { zone: "after" }]);
    });
    expect(run.result.failures).toEqual([]);
  });

  it("fails its own host, and no other", async () => {
    const { result, memory } = await once(
      async (t) => {
        const outcomes = await t.fleet.filter("db").with("cache1", "cache2").acceptFailures().run`flush`;
        expect(outcomes.map(({ host, ok }) => [host.id, ok])).toEqual([
          ["db1", true],
          ["cache1", false],
          ["cache2", true],
        ]);
        await t.fleet.with("cache1").run`flush`;
      },
      {},
      ({ memory: hosts }) => hosts.refuse("cache1"),
    );
    expect(result.failures.map(({ host }) => host)).toEqual(["cache1"]);
    expect(statuses(result)).toEqual(["web1: ok", "web2: ok", "db1: ok", "cache1: unreachable", "cache2: ok"]);
    expect(memory.commandsOn("cache2")).toEqual(["flush"]);
  });

  it("names a host of the run that is in another group", async () => {
    const made = rig(
      ({ task, flow, after }) => {
        flow("roll", [task("stage", {})], { rollingFrom: "stage" });
        task("look", { local: true, needs: ["each"] }, (t) => t.fleet.with("web2").run`look`);
        task("each", (t) => t.run`x`);
        after("stage", "look");
      },
      { hosts: "web1 web2", options: { batch: 1 } },
    );
    expect((await made.run("roll")).ok).toBe(true);
    expect(made.memory.commandsOn("web2")).toEqual(["look", "x", "look"]);
    expect(made.of("message").map(({ text }) => text)).toEqual([
      'web2 is not one of the hosts at hand: "look" works on it by t.fleet.with.',
    ]);
  });

  it.each<[string, string, (t: TaskContext) => unknown]>([
    ["no name", "FLEET_WITH", (t) => t.fleet.with()],
    ["no text", "FLEET_WITH", (t) => t.fleet.with({ host: "cache1" } as never)],
    ["no host", "BAD_HOST", (t) => t.fleet.with("http://cache1")],
    ["a role", "UNKNOWN_HOST", (t) => t.fleet.with("db")],
    ["a pattern that matches nothing", "UNKNOWN_HOST", (t) => t.fleet.with("cache*")],
    ["another user of a host of the run", "FLEET_LOGIN", (t) => t.fleet.with("root@web1")],
    ["another port of a host of the run", "FLEET_LOGIN", (t) => t.fleet.with("web1:2222")],
    ["another user of the same host", "FLEET_LOGIN", (t) => t.fleet.with("root@cache1").with("me@cache1")],
    ["to execute a task on it", "NOT_SELECTED", (t) => [...t.fleet.with("cache1")].at(-1)?.execute("other")],
  ])("refuses %s", async (_, code, body) => {
    const run = await overWeb(body);
    expect(run.result.failures.map(({ error }) => error.code)).toEqual([code]);
    expect(run.memory.connects).toEqual([]);
  });

  it("is told in a dry run, and connects nowhere", async () => {
    const run = await overWeb((t) => t.fleet.filter("db").with("cache1").run`flush`, { dryRun: true });
    expect(run.of("message").map(({ text }) => text)).toEqual([
      'cache1 was not selected for this run: "work" works on it by t.fleet.with.',
    ]);
    expect(run.of("commandStarted").map(({ host, command }) => [host, command])).toEqual([["cache1", "flush"]]);
    expect(run.memory.connects).toEqual([]);
  });
});

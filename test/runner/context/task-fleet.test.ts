import { describe, expect, it } from "vitest";
import { failures, latch, rig } from "../rig.ts";
import { HOSTS, ok } from "./on-fleet.ts";

const valuesOf = (outcomes: readonly { readonly host: { readonly id: string }; readonly value: unknown }[]): unknown[] =>
  outcomes.map(({ host, value }) => [host.id, value]);

describe("t.fleet", () => {
  it("has the hosts of the task in their order, to count, to go through and to pick from", async () => {
    const { memory } = await ok(async (t) => {
      expect(t.fleet.size).toBe(3);
      expect([...t.fleet].map(({ host }) => host.id)).toEqual(t.hosts.map(({ id }) => id));
      const [first, ...rest] = t.fleet;
      expect([first?.host.id, rest.length]).toEqual(["web1", 2]);
      for (const web of t.fleet.filter("web")) await web.run`restart ${web.host.name}`;
    });
    expect(memory.records.map(({ host, text }) => `${host} ${text}`)).toEqual(["web1 restart web1", "web2 restart web2"]);
  });

  it("gives a result of each host, in order, whoever is first", async () => {
    const slow = latch();
    const { memory } = await ok(
      async (t) => {
        expect(valuesOf(await t.fleet.capture`uptime`)).toEqual([
          ["web1", "up web1"],
          ["web2", "up web2"],
          ["db1", "up db1"],
        ]);
        const [first] = await t.fleet.run`uptime`;
        expect([first?.ok, first?.host.roles, first?.value.stdout]).toEqual([true, ["web"], "up web1\n"]);
        expect((await t.fleet.test`probe`).map(({ value }) => value)).toEqual([true, false, true]);
        expect(valuesOf(await t.fleet.exists("/etc/motd"))).toHaveLength(3);
        expect((await t.fleet.hasCommand("rsync")).map(({ value }) => value)).toEqual([true, false, true]);
      },
      {},
      ({ memory: hosts }) => {
        hosts.reply("uptime", async ({ host: { id } }) => {
          if (id === "web1") await slow.opened;
          else slow.open();
          return { stdout: `up ${id}\n` };
        });
        for (const command of ["probe", /^command -v/]) hosts.reply(command, { exitCode: 1 }, { host: "web2" });
      },
    );
    expect(memory.connects.toSorted()).toEqual(["db1", "web1", "web2"]);
  });

  it("takes within, vars, prefix, umask and users for all of its hosts, and sudo is root", async () => {
    const { memory } = await ok(async (t) => {
      const app = t.fleet.within("/srv").vars({ A: 1 }).prefix("p").umask("027");
      await app.filter("db").run`a`;
      await app.as("app").filter("db").run`b`;
      await app.filter("db").sudo({ quiet: true })`c`;
      for (const host of app.filter("db")) await host.run`d`;
      await app.one("db").run`e`;
      await app.filter("db").exists("here");
      await t.within("/not-for-the-fleet").fleet.filter("db").run`f`;
    });
    const shared = { cwd: "/srv", vars: { A: "1" }, prefixes: ["p"], umask: "027" };
    expect(
      memory.records.map(({ text, command: { cwd, vars, prefixes, umask, user } }) => [
        text,
        { cwd, vars, prefixes, umask },
        user,
      ]),
    ).toEqual([
      ["a", shared, undefined],
      ["b", shared, "app"],
      ["c", shared, "root"],
      ["d", shared, undefined],
      ["e", shared, undefined],
      ["[ -e './here' ]", shared, undefined],
      ["f", { cwd: undefined, vars: undefined, prefixes: undefined, umask: undefined }, undefined],
    ]);
  });

  it("filters by any role of a host, and knows a role that there is not", async () => {
    await ok((t) => {
      const names = (...roles: string[]) => [...t.fleet.filter(...roles)].map(({ host }) => host.id);
      expect(names("db", "canary")).toEqual(["web2", "db1"]);
      expect(names("*")).toEqual(["web1", "web2", "db1"]);
      expect([...t.fleet.filter("web").filter("canary")].map(({ host }) => host.id)).toEqual(["web2"]);
      expect(() => t.fleet.filter("wbe")).toThrow(
        expect.objectContaining({ code: "UNKNOWN_ROLE", message: expect.stringContaining('Did you mean "web"?') }),
      );
      for (const wrong of [[], [() => true], [["web"]]])
        expect(() => t.fleet.filter(...(wrong as never[]))).toThrow(expect.objectContaining({ code: "FLEET_FILTER" }));
    });
  });

  it("does nothing on no hosts", async () => {
    const { memory } = await ok(async (t) => {
      const none = t.fleet.filter("db").filter("web");
      expect([none.size, await none.run`a`, await none.capture`b`]).toEqual([0, [], []]);
    });
    expect(memory.connects).toEqual([]);
  });

  it("gives the one host that there is, or says which there are", async () => {
    const { memory } = await ok(async (t) => {
      expect(await t.fleet.one("db").capture`dump`).toBe("");
      expect(t.fleet.filter("canary").one().host.id).toBe("web2");
      expect(() => t.fleet.one("web")).toThrow("One host with the role web is wanted, and there are 2: web1, web2.");
      expect(() => t.fleet.one()).toThrow("One host is wanted, and there are 3: web1, web2, db1.");
      expect(() => t.fleet.filter("web").one("db")).toThrow(
        "One host with the role db is wanted, and there is none, of web1, web2.",
      );
      expect(() => t.fleet.one("bd")).toThrow(expect.objectContaining({ code: "UNKNOWN_ROLE" }));
    });
    expect(memory.commandsOn("db1")).toEqual(["dump"]);
  });

  it("has the hosts of the group at hand with --batch", async () => {
    const seen: string[][] = [];
    const made = rig(
      ({ task, flow, after }) => {
        flow("roll", [task("stage", {})], { rollingFrom: "stage" });
        task("look", { local: true, needs: ["each"] }, (t) => void seen.push([...t.fleet].map(({ host }) => host.id)));
        task("each", (t) => t.run`x`);
        after("stage", "look");
      },
      { hosts: HOSTS, options: { batch: 2 } },
    );
    expect(failures(await made.run("roll"))).toEqual([]);
    expect(seen).toEqual([["web1", "web2"], ["db1"]]);
  });

  it("has all hosts in a task that runs on each of them, too", async () => {
    const { memory, run } = rig(
      ({ task }) => void task("drain", { roles: "web" }, (t) => t.fleet.filter("db").run`drain ${t.host.name}`),
      { hosts: HOSTS },
    );
    expect(failures(await run("drain"))).toEqual([]);
    expect(memory.commandsOn("db1").toSorted()).toEqual(["drain web1", "drain web2"]);
  });
});

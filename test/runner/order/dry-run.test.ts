import { describe, expect, it } from "vitest";
import { secret } from "../../../src/env/secret.ts";
import { failures, rig, statuses, story } from "../rig.ts";

const dryRun = { dryRun: true };

describe("a dry run", () => {
  it("shows commands as they would be sent, functions too, and connects nowhere", async () => {
    const { run, memory, control, events, of } = rig(
      ({ task, env, before: hookBefore }) => {
        env.set({ path: "/srv/it's", token: secret("hunter22") } as never);
        task("a", {
          commands: (t) => [
            t
              .within(String((t.env as never)["path"]))
              .vars({ TOKEN: (t.env as never)["token"] })
              .cmd({ title: "nice", quiet: true })`npm ci`,
          ],
          receive: () => {
            throw new Error("not called");
          },
        });
        task("b", async (t) => {
          await t.run`there`;
        });
        task("c", { local: true, commands: (t) => [t.cmd`say ${t.hosts.map(({ id }) => id)}`] });
        hookBefore("b", "a");
      },
      { options: dryRun },
    );
    const result = await run("b", "c");
    expect(memory.connects).toEqual([]);
    expect(control.connects).toEqual([]);
    const shown = "cd '/srv/it'\\''s' && export TOKEN=[redacted] && npm ci";
    expect(story(events)).toEqual([
      "[b",
      ...["> a@web1", `$ ${shown}@web1`, "planned a@web1"],
      ...["> a@web2", `$ ${shown}@web2`, "planned a@web2"],
      ...["> b@web1", "$ there@web1", "planned b@web1", "> b@web2", "$ there@web2", "planned b@web2"],
      "b] ok",
      ...["[c", "> c@local", "$ say web1 web2@local", "planned c@local", "c] ok"],
    ]);
    expect(of("commandStarted").map(({ title }) => title)).toEqual(["nice", "nice", undefined, undefined, undefined]);
    expect(of("message")).toEqual([]);
    expect(of("commandStarted").every(({ quiet }) => !quiet)).toBe(true);
    expect(result).toMatchObject({ ok: true, exitCode: 0, dryRun: true });
    expect(statuses(result)).toEqual(["web1: ok", "web2: ok"]);
  });

  it("shows facts that only a host can know by name", async () => {
    const { run, of } = rig(
      ({ task, settings, env }) => {
        settings({ rev: { kind: "fact", schema: undefined, desc: "", default: undefined, example: undefined, required: false } });
        env.set({ path: (e: never) => `/srv/${e["rev"]}` } as never);
        task("a", { commands: (t) => [t.cmd(`use ${(t.env as never)["path"]}`)] });
      },
      { options: dryRun, hosts: "web1" },
    );
    expect(failures(await run("a"))).toEqual([]);
    expect(of("commandStarted").map(({ command }) => command)).toEqual(["use /srv/<rev>"]);
  });

  it("waits for settings, and fails with those that cannot be had", async () => {
    const { run, of } = rig(
      ({ task, env }) => {
        env.set({
          slow: async () => "there",
          bad: async () => {
            throw new Error("no such branch");
          },
        } as never);
        task("a", { commands: (t) => [t.cmd(`use ${(t.env as never)["slow"]}`)] });
        task("b", { commands: (t) => [t.cmd(`use ${(t.env as never)["bad"]}`)] });
      },
      { options: dryRun, hosts: "web1" },
    );
    const result = await run("a", "b");
    expect(of("commandStarted").map(({ command }) => command)).toEqual(["use there"]);
    expect(result.exitCode).toBe(2);
    expect(result.failures[0]?.error.message).toContain("no such branch");
  });

  it("tells tasks that it is one", async () => {
    const { run, of } = rig(({ task }) => void task("a", { commands: (t) => [t.cmd`dry ${t.dryRun}`] }), {
      options: dryRun,
      hosts: "a",
    });
    await run("a");
    expect(of("commandStarted")[0]?.command).toBe("dry true");
  });
});

import { describe, expect, it } from "vitest";
import type { App } from "../../../src/dsl/app.ts";
import { secret } from "../../../src/env/secret.ts";
import { failures, rig } from "../rig.ts";

const showing = (app: App): void => {
  app.task("show", { commands: (t) => [t.cmd`env`, t.vars({ A: "own" }).cmd({ timeout: "9s" })`own`] });
  app.task("run", async (t) => {
    await t.run`env`;
    await t.within("/tmp").capture`pwd`;
    await t.local.run`here`;
  });
};

describe("the environment setting", () => {
  it("is there in every command on hosts, under what the command says itself", async () => {
    const { run, memory, control } = rig(
      (app) => {
        showing(app);
        app.env.set({ environment: { A: "1", B: "it's", C: true, D: 4 } });
      },
      { hosts: "a" },
    );
    expect(failures(await run("show", "run"))).toEqual([]);
    const all = { A: "1", B: "it's", C: "true", D: "4" };
    expect(memory.records.map(({ text, command }) => [text, command.vars, command.cwd])).toEqual([
      ["env", all, undefined],
      ["own", { ...all, A: "own" }, undefined],
      ["env", all, undefined],
      ["pwd", all, "/tmp"],
    ]);
    expect(control.commandsOn("local")).toEqual(["here"]);
  });

  it("is that of each host, and may be computed", async () => {
    const { run, memory } = rig(
      ({ env, task }) => {
        task("show", { commands: (t) => [t.cmd`env`] });
        env.set({ environment: async (env: { host: { name: string } }) => ({ NAME: env.host.name }) });
      },
      { hosts: "web1 web2" },
    );
    await run("show");
    expect(memory.records.map(({ host, command }) => [host, command.vars]).toSorted()).toEqual([
      ["web1", { NAME: "web1" }],
      ["web2", { NAME: "web2" }],
    ]);
  });

  it("shows no secret", async () => {
    const { run, events } = rig(
      (app) => {
        showing(app);
        app.env.set({ environment: { TOKEN: secret("hunter2") } });
      },
      { hosts: "a" },
    );
    await run("show");
    expect(JSON.stringify(events)).not.toContain("hunter2");
    expect(JSON.stringify(events)).toContain("TOKEN=[redacted]");
  });

  it("is part of what a dry run shows", async () => {
    const { run, of } = rig(
      (app) => {
        showing(app);
        app.env.set({ environment: { A: "1" } });
      },
      { hosts: "a", options: { dryRun: true } },
    );
    await run("show");
    expect(of("commandStarted")[0]?.command).toBe("export A=1 && env");
  });
});

describe("the commandTimeout setting", () => {
  const limits = async (commandTimeout: string | number): Promise<unknown> => {
    const { run, memory } = rig(
      ({ env, task }) => {
        env.set({ commandTimeout });
        task("show", {
          commands: (t) => [
            t.cmd`plain`,
            t.cmd({ timeout: "9s" })`own`,
            t.cmd({ timeout: 0 })`none`,
            t.cmd({ idle: true })`waits`,
          ],
        });
      },
      { hosts: "a" },
    );
    expect(failures(await run("show"))).toEqual([]);
    return memory.records.map(({ command }) => command.timeout);
  };

  it("is the limit of commands that have none of their own, and do more than wait", async () => {
    expect(await limits("5m")).toEqual(["5m", "9s", 0, undefined]);
    expect(await limits(2000)).toEqual([2000, "9s", 0, undefined]);
  });

  it.each([0, "0"])("is none with %j", async (off) => {
    expect(await limits(off)).toEqual([undefined, "9s", 0, undefined]);
  });
});

describe("the setting becomeMethod", () => {
  it("is that of each host, for commands of another user, and wins over no command's own", async () => {
    const { run, memory, of } = rig(
      ({ task, env }) => {
        task("show", {
          commands: (t) => [t.cmd`ours`, t.as("www").cmd`theirs`, t.cmd({ ...t.as("www").cmd`own`, becomeMethod: "sudo" })],
        });
        const methods = { web1: "doas", web2: "su", web3: "sudo" } as const;
        env.set({ becomeMethod: (e) => methods[e.host.name as keyof typeof methods] });
      },
      { hosts: "web1 web2 web3" },
    );
    expect(failures(await run("show"))).toEqual([]);
    const methods = (name: string) =>
      memory.records.filter(({ host }) => host === name).map(({ command }) => command.becomeMethod);
    expect(methods("web1")).toEqual([undefined, "doas", "sudo"]);
    expect(methods("web2")).toEqual([undefined, "su", "sudo"]);
    expect(methods("web3")).toEqual([undefined, undefined, "sudo"]);
    const shown = of("commandStarted").filter(({ host }) => host === "web2");
    expect(shown.map(({ command }) => command)).toEqual([
      "ours",
      "su -s /bin/sh www -c 'theirs'",
      "sudo -u www -H -- sh -c 'own'",
    ]);
  });
});

import { describe, expect, it } from "vitest";
import type { Secret } from "../../../src/command/secret.ts";
import { secret } from "../../../src/env/secret.ts";
import { failures, latch, rig, statuses, story, storyOf } from "../rig.ts";

describe("a run", () => {
  it("connects to each host once and runs its commands there", async () => {
    const { run, memory } = rig(({ task }) => {
      task("hello", async (t) => {
        await t.run`echo ${t.host.name}`;
        await t.run`echo again`;
      });
    });
    const result = await run("hello");
    expect(memory.connects).toEqual(["web1", "web2"]);
    expect(memory.commandsOn("web1")).toEqual(["echo web1", "echo again"]);
    expect(result).toMatchObject({ ok: true, exitCode: 0, failures: [], interrupted: undefined });
    expect(statuses(result)).toEqual(["web1: ok", "web2: ok"]);
  });

  it("tells what it will do, what happens, and how it ended", async () => {
    const { run, events } = rig(({ task }) => task("hello", (t) => t.run`echo 1`), { hosts: "web1" });
    const result = await run("hello");
    expect(events[0]).toEqual({
      kind: "runStarted",
      runId: "run1",
      tasks: ["hello"],
      hosts: ["web1"],
      dryRun: false,
      stages: [{ name: "hello", tasks: ["hello"], hosts: ["web1"] }],
    });
    expect(story(events)).toEqual(["[hello", "> hello@web1", "$ echo 1@web1", "ok hello@web1", "hello] ok"]);
    expect(events.at(-1)).toEqual({ kind: "runFinished", result });
  });

  it("emits plain data", async () => {
    const { run, events, memory } = rig(({ task }) => task("hello", (t) => t.run`false`));
    memory.reply("false", { exitCode: 1, stderr: "no\n" });
    await run("hello");
    const defined = JSON.parse(JSON.stringify(events));
    expect(JSON.parse(JSON.stringify(structuredClone(events)))).toEqual(defined);
    expect(events.map(({ kind }) => kind)).toContain("commandOutput");
  });

  it("tells of each command what it is, what it prints, and how it ended, once", async () => {
    const { run, events, memory } = rig(({ task }) => task("hello", (t) => t.run({ quiet: true })`hi`), { hosts: "web1" });
    memory.reply("hi", { stdout: "out\n", stderr: "err\n", exitCode: 3 });
    await run("hello");
    const common = { id: 1, host: "web1", task: "hello", quiet: true };
    expect(events.filter(({ kind }) => kind.startsWith("command"))).toEqual([
      { kind: "commandStarted", ...common, command: "hi" },
      { kind: "commandOutput", ...common, stream: "stdout", text: "out\n" },
      { kind: "commandOutput", ...common, stream: "stderr", text: "err\n" },
      {
        ...{ kind: "commandFinished", ...common, command: "hi", status: "failed" },
        ...{ exitCode: 3, signal: undefined, duration: 0 },
      },
    ]);
  });

  it("says of a command what is a title, and of its output what a program reads", async () => {
    const options = { title: "look around", quiet: "output" } as const;
    const { run, memory, of } = rig(({ task }) => task("hello", (t) => t.run(options)`hi`), { hosts: "web1" });
    memory.reply("hi", { stdout: "out\n", exitCode: 3 });
    const result = await run("hello");
    expect(of("commandStarted")).toMatchObject([{ command: "look around", titled: true, quiet: false }]);
    expect(of("commandOutput")).toMatchObject([{ text: "out\n", quiet: true }]);
    expect(of("commandFinished")).toMatchObject([{ quiet: false }]);
    expect(result.failures[0]?.error).toMatchObject({ command: "look around", titled: true });
  });

  it("takes a task that skips itself for done: not tried again, and its hooks run", async () => {
    const { run, events } = rig(
      ({ task, after }) => {
        task("hello", { retry: 2 }, async (t) => {
          await t.run`look`;
          if (t.host.name === "web1") t.skip();
          await t.run`work`;
        });
        task("read", { commands: (t) => [t.cmd`read`], receive: (t) => t.skip() });
        after("hello", "read");
      },
      { hosts: "web1 web2" },
    );
    expect((await run("hello")).ok).toBe(true);
    expect(storyOf(events, "web1")).toEqual([
      ...["> hello@web1", "$ look@web1", "skipped hello@web1"],
      ...["> read@web1", "$ read@web1", "ok read@web1"],
    ]);
    expect(storyOf(events, "web2").slice(0, 4)).toEqual(["> hello@web2", "$ look@web2", "$ work@web2", "ok hello@web2"]);
  });

  it("does not connect to hosts that have nothing to run", async () => {
    const { run, memory } = rig(
      ({ task }) => {
        task("web", { roles: "web" }, (t) => t.run`web`);
        task("here", { local: true }, (t) => t.run`here`);
      },
      { hosts: "web1:web db1:db" },
    );
    expect((await run("web", "here")).ok).toBe(true);
    expect(memory.connects).toEqual(["web1"]);
  });

  it("stops before any change when hosts cannot be reached, and names all of them", async () => {
    const { run, memory, of } = rig(({ task }) => task("hello", (t) => t.run`echo`), { hosts: "web1 web2 web3" });
    memory.refuse("web1");
    memory.refuse("web3");
    const result = await run("hello");
    expect(memory.records).toEqual([]);
    expect(of("hostLost").map(({ host }) => host)).toEqual(["web1", "web3"]);
    expect(failures(result)).toEqual([
      "web1 connect: Nothing accepts connections on web1.",
      "web3 connect: Nothing accepts connections on web3.",
    ]);
    expect(statuses(result)).toEqual(["web1: unreachable", "web2: skipped", "web3: unreachable"]);
    expect(result.exitCode).toBe(1);
  });

  it("goes on without such hosts when that is asked for: what runs once runs on the first that is there", async () => {
    const { run, memory, of } = rig(
      ({ task }) => {
        task("hello", { once: "run" }, (t) => t.run`hello`);
        task("all", { needs: ["hello"] }, (t) => t.run`all`);
      },
      { hosts: "web1 web2 web3", options: { skipUnreachable: true } },
    );
    memory.refuse("web1");
    const result = await run("all");
    expect(memory.records.map(({ host, text }) => `${host} ${text}`).toSorted()).toEqual(["web2 all", "web2 hello", "web3 all"]);
    expect(of("message").map(({ host, text }) => `${host}: ${text}`)).toEqual([
      "web1: The run goes on without this host. Nothing accepts connections on web1.",
    ]);
    expect(failures(result)).toEqual(["web1 connect: Nothing accepts connections on web1."]);
    expect(statuses(result)).toEqual(["web1: unreachable", "web2: ok", "web3: ok"]);
    expect(result.exitCode).toBe(1);
  });

  it("stops at a failing setting that must be there first, with the exit code of its error", async () => {
    const { run, memory } = rig(({ task, env }) => {
      env.set({
        revision: async () => {
          throw new Error("no such branch");
        },
      });
      task("hello", { prefetch: ["revision"] }, (t) => t.run`echo`);
    });
    const result = await run("hello");
    expect(memory.records).toEqual([]);
    expect(result.exitCode).toBe(2);
    expect(result.failures).toHaveLength(1);
    expect(result.failures[0]?.error.message).toContain("no such branch");
    expect(statuses(result)).toEqual(["web1: skipped", "web2: skipped"]);
  });

  it("resolves such settings while it connects", async () => {
    const connecting = latch();
    const { run, of } = rig(({ task, env }) => {
      env.set({
        revision: async () => {
          await connecting.opened;
          return "1a2b";
        },
      });
      task("hello", { prefetch: ["revision"] }, (t) => t.run`echo ${t.env.revision}`);
    });
    const done = run("hello");
    connecting.open();
    expect((await done).ok).toBe(true);
    expect(of("settingsResolved")).toMatchObject([{ keys: ["revision"] }]);
  });

  it("logs in with the user of the settings where a host names none", async () => {
    const users: unknown[] = [];
    const { run, memory } = rig(
      ({ task, env }) => {
        env.set({ user: (e) => `on-${e.host.name}`, forwardAgent: true, fastLogin: (e) => e.host.name !== "web2" });
        task("hello", (t) => t.run`echo`);
      },
      { hosts: "web1 me@web2" },
    );
    const connect = memory.connect.bind(memory);
    memory.connect = (host, options) => {
      users.push([options.user, options.forwardAgent, options.fastLogin]);
      return connect(host, options);
    };
    await run("hello");
    expect(users.toSorted()).toEqual([
      ["me", true, false],
      ["on-web1", true, true],
    ]);
  });

  it("connects over the transport that the settings of a host name", async () => {
    const wanted: unknown[] = [];
    const { run } = rig(
      ({ task, env }) => {
        env.set({ transport: (e) => (e.host.name === "web2" ? "openssh" : "ssh") });
        task("hello", (t) => t.run`echo`);
      },
      { hosts: "web1 web2", onTransport: (host, name) => wanted.push(`${host} ${name}`) },
    );
    await run("hello");
    expect(wanted.toSorted()).toEqual(["web1 ssh", "web2 openssh"]);
  });

  it("keeps secrets out of all parts of an error", async () => {
    const { run } = rig(
      ({ task, env }) => {
        env.set({ token: secret("hunter2hunter2") } as never);
        task("hello", async (t) => {
          const text = ((await t.env.get("token")) as Secret).reveal();
          throw Object.assign(new Error(text, { cause: text }), { name: text, code: text, hint: text });
        });
      },
      { hosts: "web1" },
    );
    expect(JSON.stringify(await run("hello"))).not.toContain("hunter2");
  });

  it("ends in exit code 2 or 3 only when all failures say so", async () => {
    const { LockedError } = await import("../../../src/errors.ts");
    const fail = (kind: (host: string) => Error) =>
      rig(({ task }) => {
        task("hello", (t) => {
          throw kind(t.host.name);
        });
      }).run("hello");
    expect((await fail(() => new LockedError("LOCKED", "locked"))).exitCode).toBe(3);
    expect((await fail((host) => (host === "web1" ? new LockedError("LOCKED", "locked") : new Error("x")))).exitCode).toBe(1);
    expect((await fail(() => new Error("x"))).exitCode).toBe(1);
  });

  it("keeps what tasks say has changed, and the last word on where the host stands", async () => {
    const { run, of } = rig(
      ({ task }) => {
        task("hello", (t) => {
          t.log.changed("one");
          t.log.standing("half way");
          t.log.changed("two");
          t.log.standing("live");
        });
        task("here", { local: true }, (t) => t.log.changed("a file here"));
      },
      { hosts: "web1" },
    );
    const result = await run("hello", "here");
    expect(result.hosts).toEqual([
      { host: "web1", status: "ok", changed: ["one", "two"], standing: "live" },
      { host: "local", status: "ok", changed: ["a file here"], standing: undefined },
    ]);
    expect(of("changed").map(({ host, text }) => `${host}: ${text}`)).toEqual(["web1: one", "web1: two", "local: a file here"]);
  });

  it("closes every connection before it says that it is finished, where it is the last on its hosts", async () => {
    const { run, memory, events } = rig(({ task }) => task("hello", (t) => t.run`echo`), { options: { last: true } });
    const closed: (string | undefined)[] = [];
    const connect = memory.connect.bind(memory);
    memory.connect = async (host, options) => {
      const connection = await connect(host, options);
      void connection.closed.then(() => closed.push(events.at(-1)?.kind));
      return connection;
    };
    await run("hello");
    expect(closed).toHaveLength(2);
    expect(closed).not.toContain("runFinished");
  });

  it("keeps the order of a host's own commands", async () => {
    const { run, events } = rig(({ task }) => {
      task("a", (t) => t.run`a`);
      task("b", (t) => t.run`b`);
    });
    await run("a", "b");
    expect(storyOf(events, "web2")).toEqual(["> a@web2", "$ a@web2", "ok a@web2", "> b@web2", "$ b@web2", "ok b@web2"]);
  });
});

import { describe, expect, it } from "vitest";
import { Secret } from "../../../src/command/secret.ts";
import type { TaskContext } from "../../../src/runner/context.ts";
import { delegate } from "../../../src/transport/delegate.ts";
import { failures, type Rig, type RigOptions, rig } from "../rig.ts";

async function inTask(body: (t: TaskContext) => unknown, given: Parameters<typeof rig>[1] = {}) {
  const made = rig(({ task }) => void task("work", body), { hosts: "web1:web,app db1:db", ...given });
  const result = await made.run("work");
  expect(failures(result)).toEqual([]);
  return made;
}

describe("the task context", () => {
  it("says where, for what and with what it runs", async () => {
    const seen: unknown[] = [];
    await inTask(
      (t) => {
        const { host, hosts, flow, effectiveRoles, args, failure, failures: all, runId, dryRun, signal } = t;
        seen.push([host.name, host.roles, hosts.map(({ id }) => id), flow, effectiveRoles, args]);
        expect([failure, all, runId, dryRun, signal.aborted]).toEqual([undefined, [], "run1", false, false]);
      },
      { args: { work: { to: "1" } } },
    );
    expect(seen).toEqual([
      ["web1", ["web", "app"], ["web1", "db1"], undefined, ["web", "app"], { to: "1" }],
      ["db1", ["db"], ["web1", "db1"], undefined, ["db"], { to: "1" }],
    ]);
  });

  it("cannot be changed, and wrappers leave it as it is", async () => {
    await inTask((t) => {
      expect(() => Object.assign(t, { flow: "x" })).toThrow(TypeError);
      expect(t.within("/srv").cmd`x`.cwd).toBe("/srv");
      expect(t.cmd`x`.cwd).toBeUndefined();
      expect(t.as("app").umask("027").prefix("p").vars({ A: 1 }).within("/a").within("b").cmd`x`).toMatchObject({
        ...{ user: "app", umask: "027", prefixes: ["p"], vars: { A: "1" }, cwd: "/a/b", text: "x" },
      });
    });
  });

  it("gives text bodies what they need to write text, and nothing that acts", async () => {
    const { run } = rig(({ task }) => {
      task("text", {
        commands: (t) => {
          expect(Object.keys(t).toSorted()).toEqual([
            ...["args", "as", "cmd", "dryRun", "effectiveRoles", "env", "failure", "flow", "host", "hosts", "prefix"],
            ...["runId", "umask", "vars", "within"],
          ]);
          return [];
        },
      });
    });
    expect(failures(await run("text"))).toEqual([]);
  });

  it("logs under the host's and the task's name, redacted", async () => {
    const { of } = await inTask(
      async (t) => {
        await t.vars({ TOKEN: new Secret("hunter22") }).run`use`;
        t.log.debug("d");
        t.log.info("the token is hunter22");
        t.log.warn("w");
        t.log.changed("wrote hunter22");
      },
      { hosts: "web1" },
    );
    expect(of("message").map(({ level, host, task, text }) => [level, host, task, text])).toEqual([
      ["debug", "web1", "work", "d"],
      ["info", "web1", "work", "the token is [redacted]"],
      ["warn", "web1", "work", "w"],
    ]);
    expect(of("changed").map(({ text }) => text)).toEqual(["wrote [redacted]"]);
  });

  it("passes questions on", async () => {
    const asked: unknown[] = [];
    await inTask(
      async (t) => {
        expect(await t.ui.ask("Who?", { default: "me" })).toBe("you");
        expect(await t.ui.confirm("Sure?")).toBe(true);
        expect(await t.ui.choice("Which?", ["a", "b"])).toBe("b");
      },
      {
        hosts: "web1",
        prompter: {
          ask: async (...question) => {
            asked.push(question);
            return "you";
          },
          confirm: async () => true,
          choice: async (_, choices) => choices.at(-1) as never,
        },
      },
    );
    expect(asked).toEqual([["Who?", expect.objectContaining({ default: "me" })]]);
  });

  it("lets a host state facts that its later tasks read, and the run facts for all", async () => {
    const fact = { kind: "fact", schema: undefined, desc: "", default: undefined, example: undefined, required: false } as const;
    const { run, memory } = rig(({ task, settings }) => {
      settings({ own: fact, shared: fact });
      task("state", (t) => t.env.set("own" as never, t.host.name as never));
      task("once", { once: "run" }, (t) => t.env.setForRun("shared" as never, `from ${t.host.name}` as never));
      task("read", { commands: (t) => [t.cmd`read ${Reflect.get(t.env, "own")} ${Reflect.get(t.env, "shared")}`] });
    });
    expect(failures(await run("state", "once", "read"))).toEqual([]);
    expect(memory.commandsOn("web2")).toEqual(["read web2 'from web1'"]);
  });

  it("keeps sudo's password from commands that run as the one who logged in", async () => {
    const made = rig(({ task, env }) => {
      env.set({ sudoPassword: true });
      task("work", (t) => t.run`work`);
    }, SUDO);
    const offered = offeredPasswords(made);
    expect(failures(await made.run("work"))).toEqual([]);
    expect(await offered()).toEqual([undefined]);
  });

  it("hands sudo's password to the transport, out of sight from then on", async () => {
    const made = rig(({ task, env }) => {
      env.set({ sudoPassword: true });
      task("work", (t) => t.as("root").run`work`);
    }, SUDO);
    const offered = offeredPasswords(made);
    made.memory.reply("work", { stdout: "hunter22\n" });
    expect(failures(await made.run("work"))).toEqual([]);
    expect(await offered()).toEqual(["hunter22"]);
    expect(made.of("commandOutput").map(({ text }) => text)).toEqual(["[redacted]\n"]);
  });

  it.each([
    ["su", { suPassword: true, sudoPassword: new Secret("other") }, "hunter22"],
    ["su", { suPassword: new Secret("own") }, "own"],
    ["su", { sudoPassword: new Secret("other") }, undefined],
    ["sudo", { suPassword: new Secret("other") }, undefined],
    ["doas", { suPassword: new Secret("other") }, undefined],
  ] as const)("hands %s its own password, of %o", async (becomeMethod, settings, password) => {
    const made = rig(({ task, env }) => {
      env.set({ becomeMethod, ...settings });
      task("work", (t) => t.as("root").run`work`);
    }, SUDO);
    const offered = offeredPasswords(made);
    expect(failures(await made.run("work"))).toEqual([]);
    expect(await offered()).toEqual([password]);
  });

  it("hands su the password of the user that each command runs as, also where they are sent together", async () => {
    const ask = async ({ method, user }: { method: string; user: string }) => new Secret(`${method} ${user}`);
    const made = rig(
      ({ task, env }) => {
        env.set({ becomeMethod: "su", suPassword: true });
        task("work", { commands: (t) => [t.as("root").cmd`a`, t.cmd`b`, t.as("postgres").cmd`c`] });
      },
      { hosts: "web1", options: { becomePassword: ask } },
    );
    const offered = offeredPasswords(made);
    expect(failures(await made.run("work"))).toEqual([]);
    expect(await offered()).toEqual(["su root", undefined, "su postgres"]);
  });

  it.each([
    [{ sudoPassword: true }, "There is nobody to ask for sudoPassword, to run as root on web1."],
    [{ sudoPassword: new Secret("") }, "sudoPassword, to run as root on web1, is empty."],
  ] as const)("sends nothing where there is no password though the setting says so: %o", async (settings, message) => {
    const made = rig(
      ({ task, env }) => {
        env.set(settings);
        task("work", (t) => t.as("root").run`work`);
      },
      { hosts: "web1" },
    );
    offeredPasswords(made);
    expect(failures(await made.run("work"))).toEqual([expect.stringContaining(message)]);
    expect(made.memory.commandsOn("web1")).toEqual([]);
  });

  it("asks for no password where the setting does not say that sudo wants one", async () => {
    const made = rig(({ task }) => void task("work", (t) => t.as("root").run`work`), SUDO);
    const offered = offeredPasswords(made);
    expect(failures(await made.run("work"))).toEqual([]);
    expect(await offered()).toEqual([undefined]);
  });
});

const SUDO: RigOptions = { hosts: "web1", options: { becomePassword: async () => new Secret("hunter22") } };

/** What the transport was given to answer with, by command. */
function offeredPasswords({ memory }: Rig): () => Promise<readonly (string | undefined)[]> {
  const offered: Promise<string | undefined>[] = [];
  const connect = memory.connect.bind(memory);
  memory.connect = async (host, options) => {
    const connection = await connect(host, options);
    const flight: typeof connection.flight = async (commands, given) => {
      for (const command of commands)
        offered.push(Promise.resolve(given.becomePassword?.(command)?.()).then((password) => password?.reveal()));
      await Promise.all(offered);
      return connection.flight(commands, given);
    };
    return delegate(connection, { flight });
  };
  return () => Promise.all(offered);
}

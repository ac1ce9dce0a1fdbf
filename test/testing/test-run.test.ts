import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type App, defineDeployfile, fact, ProblemsError, secret, setting, TaskError, UsageError } from "../../src/index.ts";
import { createTestRun } from "../../src/testing.ts";

const WEB = ["app1.example.com", "app2.example.com"];

const shop = defineDeployfile<{ keep: number; version: string; path: string }>((app) => {
  app.settings({
    keep: setting(z.int().min(1), { desc: "How many to keep", default: 5 }),
    version: fact("What runs there"),
  });
  app.env.set({ path: (env) => `/srv/${env.keep}` });
  app.role("web", ["app1.example.com", "deployer@app2.example.com:2222"]);
  app.role("db", { hosts: ["db1.example.com"], keep: 2 });
  const tell = app.task("tell", { local: true }, async ({ local }) => void (await local.run`echo told`));
  const build = app.task("build", { commands: (t) => [t.within(t.env.path).cmd`make ${"a b"}`] });
  app.after(build, tell);
  app.task("show", async ({ env, capture, run }) => {
    env.set("version", await capture`cat VERSION`);
    await run`echo ${env.version}`;
  });
});

describe("createTestRun", () => {
  it("runs tasks with their hooks, and tells the commands of each host", async () => {
    const run = await createTestRun(shop, { roles: ["web"], tasks: ["build"] });
    expect(run.result).toMatchObject({ ok: true, exitCode: 0 });
    expect(run.result.hosts.map(({ host }) => host)).toEqual(WEB);
    for (const host of WEB) expect(run.commands(host)).toEqual(["cd /srv/5 && make 'a b'"]);
    expect(run.commands("local")).toEqual(["echo told"]);
    expect([...run.memory.connects].sort()).toEqual([...WEB, "local"]);
  });

  it("lets a hook see the env of the task that it hangs on, settings of its role and its host too", async () => {
    const run = await createTestRun(
      defineDeployfile<{ region: string; zone: string }>(({ env, role, host, task, before, after }) => {
        env.set({ region: "eu", zone: "1" });
        role("web", { hosts: ["a", "b"], region: "us" });
        host("b", { zone: "2" });
        const look = (name: string) => task(name, async (t) => void (await t.run`${name} ${t.env.region} ${t.env.zone}`));
        const work = look("work");
        before(work, look("before"));
        after(work, look("after"));
      }),
      { roles: ["web"], tasks: ["work"] },
    );
    expect(run.commands("a")).toEqual(["before us 1", "work us 1", "after us 1"]);
    expect(run.commands("b")).toEqual(["before us 2", "work us 2", "after us 2"]);
  });

  it("selects hosts as the command line does", async () => {
    const hosts = async (selection: object): Promise<readonly string[]> => {
      const { result } = await createTestRun(shop, { ...selection, tasks: ["show"] });
      return result.hosts.map(({ host }) => host);
    };
    expect(await hosts({ all: true })).toEqual([...WEB, "db1.example.com"]);
    expect(await hosts({ roles: ["web"], exclude: ["app1*"] })).toEqual(["app2.example.com"]);
    expect(await hosts({ hosts: ["db1.example.com"] })).toEqual(["db1.example.com"]);
    await expect(hosts({})).rejects.toMatchObject({ code: "NO_HOSTS", hint: expect.stringContaining("web, db") });
  });

  it("reads settings of roles, and those that it is given", async () => {
    const commands = async (options: object): Promise<readonly string[]> =>
      (await createTestRun(shop, { roles: ["db"], tasks: ["build"], ...options })).commands("db1.example.com");
    expect(await commands({})).toEqual(["cd /srv/2 && make 'a b'"]);
    expect(await commands({ set: { keep: 7 } })).toEqual(["cd /srv/7 && make 'a b'"]);
    expect(await commands({ set: { path: () => "/opt", keep: undefined } })).toEqual(["cd /opt && make 'a b'"]);
    await expect(commands({ set: { kep: 7 } })).rejects.toThrow("`kep` (-s) is not a setting");
    await expect(commands({ set: { keep: "8" } })).rejects.toThrow("`keep` (-s) is not right");
  });

  it("answers as it is told, host by host", async () => {
    const replies = [
      { command: "cat VERSION", reply: { stdout: "1\n" }, host: "app1.example.com" },
      { command: /VERSION$/, reply: { exitCode: 1, stderr: "no such file\n" } },
    ];
    const run = await createTestRun(shop, { roles: ["web"], tasks: ["show"], replies });
    expect(run.commands("app1.example.com")).toEqual(["cat VERSION", "echo 1"]);
    expect(run.commands("app2.example.com")).toEqual(["cat VERSION"]);
    expect(run.result).toMatchObject({ ok: false, exitCode: 1 });
    expect(run.result.failures).toMatchObject([
      { host: "app2.example.com", task: "show", error: { name: "CommandError", exitCode: 1, stderr: "no such file\n" } },
    ]);
  });

  it("tells everything that happened, in order", async () => {
    const { events, of } = await createTestRun(shop, { hosts: ["db1.example.com"], tasks: ["build"] });
    expect(events[0]).toMatchObject({ kind: "runStarted", tasks: ["build"] });
    expect(of("taskStarted").map(({ host, task }) => `${task}@${host}`)).toEqual(["build@db1.example.com", "tell@local"]);
    expect(events.at(-1)?.kind).toBe("runFinished");
  });

  it("is the same each time: no clock, one run id", async () => {
    const run = () => createTestRun(shop, { roles: ["web"], tasks: ["build", "show"] });
    expect((await run()).events).toEqual((await run()).events);
  });

  it("leaves out what reporters do not show", async () => {
    const probing = (app: App): void => {
      app.task("probe", { commands: (t) => [t.cmd({ quiet: true })`probe`, t.cmd({ title: "the work" })`work --hard`] });
      app.host("a");
    };
    const run = await createTestRun(probing, { all: true, tasks: ["probe"] });
    expect(run.commands("a")).toEqual(["the work"]);
    expect(run.memory.commandsOn("a")).toEqual(["probe", "work --hard"]);
  });

  it("shows secrets as reporters do, and hands them over on standard input", async () => {
    const careful = (app: App): void => {
      app.env.set({ token: secret("hunter2") } as never);
      app.task("use", async (t) => {
        const token = await t.env.get("token");
        await t.run({ stdin: token })`login`;
        await t.run`echo hunter2`;
      });
      app.host("a");
    };
    const run = await createTestRun(careful, { all: true, tasks: ["use"] });
    expect(run.commands("a")).toEqual(["login", "echo [redacted]"]);
    expect(run.memory.records[0]?.stdin?.toString()).toBe("hunter2");

    const other = await createTestRun(careful, { all: true, tasks: ["use"], set: { token: "other" } as never });
    expect(other.memory.records[0]?.stdin?.toString()).toBe("other");
    expect(other.events).not.toContainEqual(expect.objectContaining({ text: expect.stringContaining("other") }));
  });

  describe("arguments that stand for settings", () => {
    const args = z.object({ color: z.optional(z.string()) });
    const sets = ({ color }: { color?: string }) => ({ color });
    const painting = (app: App): void => {
      app.env.set({ color: "red" } as never);
      app.task("paint", { args, sets, commands: (t) => [t.cmd`paint ${String(t.env["color" as never])}`] });
      app.flow("all", ["paint"], { args, sets });
      app.host("a", { color: "blue" } as never);
    };
    const paint = async (tasks: string[], given: Record<string, object>, set = {}) =>
      (await createTestRun(painting, { all: true, tasks, args: given as never, set })).commands("a");

    it("win over all others, of a task and of a flow", async () => {
      expect(await paint(["paint"], {})).toEqual(["paint blue"]);
      expect(await paint(["paint"], { paint: { color: "green" } })).toEqual(["paint green"]);
      expect(await paint(["all"], { all: { color: "green" } })).toEqual(["paint green"]);
    });

    it("are refused beside the same setting", async () => {
      await expect(paint(["paint"], { paint: { color: "green" } }, { color: "grey" })).rejects.toThrow(
        '`color` is set twice: with -s, and by an argument of "paint".',
      );
    });
  });

  it("uses the hosts that tasks name, where none are selected", async () => {
    const own = (app: App): void => {
      app.task("a", { hosts: ["db1"] }, async ({ run }) => void (await run`here`));
      app.role("db", ["db1", "db2"]);
    };
    const run = await createTestRun(own, { tasks: ["a"] });
    expect(run.commands("db1")).toEqual(["here"]);
    expect(() => run.commands("db2")).toThrow("is not a host of this run");
  });

  it("looks into functions in a dry run, until they need an answer", async () => {
    const run = await createTestRun(shop, { hosts: ["db1.example.com"], tasks: ["build", "show"], dryRun: true });
    expect(run.commands("db1.example.com")).toEqual(["cd /srv/2 && make 'a b'", "cat VERSION"]);
    expect(run.commands("local")).toEqual(["echo told"]);
    expect(run.memory.connects).toEqual([]);
    expect(run.of("message").map(({ text }) => text)).toEqual(["… the rest depends on the answer of `cat VERSION`"]);
  });

  it("keeps what a task throws as the run's result", async () => {
    const failing = (app: App): void => {
      app.task("fail", () => {
        throw new TaskError("The queue is not empty.");
      });
      app.host("a");
    };
    const { result } = await createTestRun(failing, { all: true, tasks: ["fail"] });
    expect(result.failures).toMatchObject([{ task: "fail", error: { code: "TASK_FAILED", message: "The queue is not empty." } }]);
  });

  it("takes deployfiles that are async", async () => {
    const { result } = await createTestRun(
      async (app) => {
        await Promise.resolve();
        app.task("a", { local: true }, () => undefined);
      },
      { tasks: ["a"] },
    );
    expect(result.ok).toBe(true);
  });

  it("refuses to speak of a host that is not in the run", async () => {
    const run = await createTestRun(shop, { roles: ["web"], tasks: ["build"] });
    expect(() => run.commands("app1.example.co")).toThrow(UsageError);
    expect(() => run.commands("app1.example.co")).toThrow(expect.objectContaining({ hint: "Did you mean app1.example.com?" }));
  });
});

describe("arguments", () => {
  const taking = (app: App): void => {
    app.task("go", { args: z.object({ to: z.string(), times: z.int().default(2) }), aliases: ["g"] }, async ({ args, run }) => {
      await run`go ${args.to} ${args.times}`;
    });
    app.host("a");
  };
  const commands = async (args: object): Promise<readonly string[]> =>
    (await createTestRun(taking, { all: true, tasks: ["g"], args: args as never })).commands("a");

  it("reach their task, validated", async () => {
    expect(await commands({ go: { to: "x" } })).toEqual(["go x 2"]);
    expect(await commands({ g: { to: "x", times: 3 } })).toEqual(["go x 3"]);
  });

  it.each([
    [{}, "needs to:"],
    [{ go: { to: "x", times: "3" } }, '(got "3")'],
    [{ go: { to: "x", tme: 3 } }, 'takes no argument "tme"'],
    [{ go: { to: "x" }, stop: {} }, 'arguments for "stop"'],
  ])("%j are refused", async (args, says) => {
    await expect(commands(args)).rejects.toThrow(says);
    await expect(commands(args)).rejects.toThrow(ProblemsError);
  });
});

describe("questions", () => {
  const asking = (app: App): void => {
    app.task("ask", { local: true, confirm: true }, async ({ ui, local }) => {
      const name = await ui.ask("Who?", { default: "nobody" });
      const colour = await ui.choice("Colour?", ["red", "blue"], { default: "red" });
      if (await ui.confirm("Sure?")) await local.run`paint ${name} ${colour}`;
    });
  };

  it("have the answers they are given, or their default", async () => {
    const run = await createTestRun(asking, { tasks: ["ask"], answers: { "Sure?": true, "Who?": "ada", "Colour?": "blue" } });
    expect(run.commands("local")).toEqual(["paint ada blue"]);
  });

  it("fail without either, naming what they ask", async () => {
    const run = await createTestRun(asking, { tasks: ["ask"], answers: { "Sure?": true } });
    expect(run.commands("local")).toEqual(["paint nobody red"]);
    const { result } = await createTestRun(asking, { tasks: ["ask"], answers: { "Who?": "ada" } });
    expect(result.failures).toMatchObject([{ error: { code: "NO_TERMINAL", message: expect.stringContaining("Sure?") } }]);
  });

  it.each<[Readonly<Record<string, string | boolean>>, string]>([
    [{ "Sure?": "yes" }, 'The answer "yes" to "Sure?" must be true or false.'],
    [{ "Sure?": true, "Who?": true }, 'The answer true to "Who?" must be a text.'],
    [{ "Sure?": true, "Colour?": "green" }, 'The answer "green" to "Colour?" must be one of red, blue.'],
  ])("of the wrong kind fail the task that asks: %j", async (answers, message) => {
    const { result } = await createTestRun(asking, { tasks: ["ask"], answers });
    expect(result.failures).toMatchObject([{ error: { message } }]);
  });
});

describe("problems of a deployfile", () => {
  it("are thrown all at once, as the command line reports them", async () => {
    const wrong = (app: App): void => {
      app.task("deploy", () => undefined);
      app.task("deploy", () => undefined);
      app.task("plan", () => undefined);
      app.before("deploi", "deploy");
      app.settings({ keep: setting(z.int(), { desc: "How many", default: 5 }) });
      app.env.set({ keep: "many" } as never);
      app.host("-oProxyCommand=x");
    };
    const error = await createTestRun(wrong, { all: true, tasks: ["restart"], args: { restart: {} } }).catch((each) => each);
    expect(error).toBeInstanceOf(ProblemsError);
    const told = (error as ProblemsError).problems.map(({ message }) => message).join("\n");
    for (const each of ["deploy", "plan", "deploi", "`keep`", "-oProxyCommand=x", '"restart"']) expect(told).toContain(each);
    expect((error as ProblemsError).problems[0]?.where?.file).toContain("test-run.test.ts");
  });

  it("include settings that must be set", async () => {
    const needing = (app: App): void => {
      app.settings({ url: setting(z.string(), { desc: "Where", required: true }) });
      app.task("a", { local: true }, () => undefined);
    };
    await expect(createTestRun(needing, { tasks: ["a"] })).rejects.toThrow("url");
  });

  it("include a task that is not named, and a deployfile that is none", async () => {
    await expect(createTestRun(shop, { all: true, tasks: [] })).rejects.toThrow("No task was named.");
    await expect(createTestRun(undefined as never, { tasks: ["a"] })).rejects.toMatchObject({
      code: "NO_DEPLOYFILE",
      hint: expect.stringContaining("exports by default"),
    });
  });

  it("are what it throws itself", async () => {
    const throwing = (): void => {
      throw new TypeError("oops");
    };
    await expect(createTestRun(throwing, { tasks: ["a"] })).rejects.toThrow(TypeError);
  });
});

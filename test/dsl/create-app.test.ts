import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createApp } from "../../src/dsl/create-app.ts";
import { setting } from "../../src/env/declare.ts";
import { planFor } from "../../src/graph/build-plan.ts";
import { fill, messages, reader, type Untyped } from "./fill.ts";

const body = (): void => undefined;

describe("task", () => {
  it("takes a name, a description and a body", () => {
    const task = fill(({ task }) => task("restart", "Restart the app", body)).graph.get("restart");
    expect(task).toMatchObject({
      options: { desc: "Restart the app" },
      body: { kind: "function", run: body },
      where: { line: 1 },
    });
  });

  it("takes a name and a body", () => {
    expect(fill(({ task }) => task("restart", body)).graph.get("restart")).toMatchObject({
      options: {},
      body: { kind: "function", run: body },
    });
  });

  it("takes options and a body", () => {
    const task = fill(({ task }) => task("restart", { desc: "Restart", roles: "web" }, body)).graph.get("restart");
    expect(task).toMatchObject({ options: { desc: "Restart", roles: "web" }, body: { kind: "function", run: body } });
  });

  it("takes commands for a body, with what reads their results", () => {
    const parts = { commands: () => [], receive: body, sendAhead: true, explain: () => undefined };
    const task = fill(({ task }) => task("check", { desc: "Check", ...parts })).graph.get("check");
    expect(task.body).toEqual({ kind: "commands", ...parts });
    expect(task.options).toEqual({ desc: "Check" });
  });

  it("without a body is a place to hang work on", () => {
    const sealed = fill(({ task, after }) => after(task("starting", { desc: "Before anything" }), task("lock", body)));
    expect(messages(sealed)).toEqual([]);
    expect(planFor(sealed.graph, ["starting"], [{ id: "h1", roles: [] }]).sections[0]?.steps).toMatchObject([
      { task: { name: "lock" } },
    ]);
  });

  it("keeps the schema of its arguments for the command line", () => {
    const schema = z.object({ to: z.string().optional() });
    const sealed = fill(({ task }) => task("rollback", { args: schema, aliases: ["back"] }, body));
    expect(sealed.argsSchema("back")).toBe(schema);
    expect(sealed.graph.get("rollback").options).not.toHaveProperty("args");
    expect(fill(({ task }) => task("a", body)).argsSchema("a")).toBeUndefined();
  });

  it("that is defined twice keeps what the first one said", () => {
    const schema = z.object({});
    const sealed = fill((app) => [
      app.task("a", { args: schema }, body),
      app.task("a", { args: z.object({ x: z.string() }) }, body),
    ]);
    expect(sealed.argsSchema("a")).toBe(schema);
  });

  it("gives a frozen handle", () => {
    const { app } = createApp({ locate: () => undefined });
    const handle = app.task("restart", body);
    expect(handle).toEqual({ kind: "task", name: "restart" });
    expect(Object.isFrozen(handle)).toBe(true);
  });
});

describe("replace", () => {
  it("gives a task another body, and keeps its options and hooks", () => {
    const other = (): void => undefined;
    const sealed = fill(({ task, after, replace }) => {
      const check = task("check", { desc: "Check", roles: "web", aliases: ["c"] }, body);
      after(check, task("log", body));
      expect(replace("c", other)).toEqual(check);
    });
    expect(sealed.graph.get("check")).toMatchObject({
      options: { desc: "Check", roles: "web" },
      body: { run: other },
      where: { line: 4 },
    });
    expect(sealed.graph.hooksOf("check").after).toEqual(["log"]);
    expect(messages(sealed)).toEqual([]);
  });

  it("gives a task other options, and keeps its body", () => {
    const sealed = fill(({ task, replace }) => replace(task("check", { desc: "Check", roles: "web" }, body), { roles: "db" }));
    expect(sealed.graph.get("check")).toMatchObject({ options: { desc: "Check", roles: "db" }, body: { run: body } });
  });

  it("takes an option away with undefined", () => {
    const sealed = fill(({ task, replace }) => replace(task("check", { roles: "web" }, body), { roles: undefined }));
    expect(sealed.graph.get("check").options.roles).toBeUndefined();
  });

  it("puts commands in the place of a function", () => {
    const commands = () => [];
    const sealed = fill(({ task, replace }) => replace(task("check", body), { commands }));
    expect(sealed.graph.get("check").body).toEqual({ kind: "commands", commands });
  });

  it("with a body makes a plain task of a flow", () => {
    const sealed = fill(({ task, flow, replace }) => replace(flow("deploy", [task("s", {})]), body));
    expect(sealed.graph.get("deploy")).toMatchObject({ stages: undefined, body: { run: body } });
    expect(messages(sealed)).toEqual([]);
  });

  it("with options only leaves a flow a flow", () => {
    const sealed = fill(({ task, flow, replace }) => replace(flow("deploy", [task("s", {})]), { desc: "Ours" }));
    expect(sealed.graph.get("deploy")).toMatchObject({ stages: ["s"], options: { desc: "Ours" } });
  });

  it("of a task that is not there is a problem", () => {
    const [problem] = fill(({ task, replace }) => [task("check", body), replace("chek", body)]).problems();
    expect(problem).toMatchObject({
      message: 'replace: there is no task "chek" at that point.',
      hint: 'Did you mean "check"?',
      where: { line: 2 },
    });
  });
});

describe("flow", () => {
  it("lists stages by handle or by name, in any order of definition", () => {
    const sealed = fill(({ task, flow }) => {
      const started = task("started", {});
      flow("deploy", ["starting", started], { desc: "Deploy", rollingFrom: "started", confirm: true, prefetch: ["branch"] });
      task("starting", {});
    });
    expect(sealed.graph.get("deploy")).toMatchObject({
      stages: ["starting", "started"],
      rollingFrom: "started",
      options: { desc: "Deploy", confirm: true, prefetch: ["branch"] },
      body: undefined,
    });
    expect(messages(sealed)).toEqual([]);
  });

  it("may take arguments", () => {
    const args = z.object({});
    expect(fill(({ task, flow }) => flow("rollback", [task("s", {})], { args })).argsSchema("rollback")).toBe(args);
  });
});

describe("hooks", () => {
  it("are recorded by kind, in order, with their place", () => {
    const sealed = fill((app) => {
      const [a, b, c] = [app.task("a", body), app.task("b", body), app.task("c", body)];
      app.before(a, b);
      app.after("a", c);
      app.after(a, "b");
      app.onFailure(a, c);
      app.always(a, c);
    });
    expect(sealed.graph.hooksOf("a")).toEqual({ before: ["b"], after: ["c", "b"], onFailure: ["c"], always: ["c"] });
  });

  it("may name tasks that are defined later", () => {
    const sealed = fill((app) => {
      app.before("a", "b");
      app.task("a", body);
      app.task("b", body);
    });
    expect(messages(sealed)).toEqual([]);
  });
});

describe("env.set", () => {
  it("records layers in order with their place, without keys that are undefined", () => {
    const branch = (): string => "main";
    const { deployfile } = fill(({ env }) => {
      env.set({ application: "shop", branch, region: undefined } as never);
      env.set({ application: "store" });
    }).env();
    expect(deployfile).toStrictEqual([
      { values: { application: "shop", branch }, where: { file: "deployfile.ts", line: 1 } },
      { values: { application: "store" }, where: { file: "deployfile.ts", line: 2 } },
    ]);
  });

  it("passes on what the command line sets", () => {
    const options = [{ key: "branch", raw: "1.10" }];
    expect(fill(() => undefined).env(options).options).toBe(options);
  });
});

describe("settings", () => {
  it("are declared with their place", () => {
    const keepReleases = setting(z.int(), { desc: "Releases that are kept", default: 5 });
    const sealed = fill(({ settings }) => settings({ keepReleases }));
    expect(sealed.declarations.get("keepReleases")).toEqual({
      declaration: keepReleases,
      recipe: undefined,
      where: { file: "deployfile.ts", line: 1 },
    });
    expect(sealed.env().declarations).toBe(sealed.declarations);
  });
});

describe("role", () => {
  it("has hosts and settings of its own", () => {
    const sealed = fill(({ role }) => {
      role("staging", { hosts: ["s1"], branch: "staging" });
      role("production", ["p1", "p2"]);
    });
    expect(sealed.roles).toEqual(["staging", "production"]);
    expect([...sealed.env().roles]).toEqual([
      ["staging", { name: "staging", values: { branch: "staging" }, where: { file: "deployfile.ts", line: 1 } }],
      ["production", { name: "production", values: {}, where: { file: "deployfile.ts", line: 2 } }],
    ]);
  });

  it("lists a host together with other roles and with settings of its own", async () => {
    const sealed = fill(({ role, host }) => {
      role("web", ["deployer@app1:2222", "app2"]);
      role("db", [{ host: "app2", slots: 2 }]);
      host("app1", { slots: 8, weight: 1 } as never);
      host({ host: "app3", rack: "b" });
    });
    const { hosts } = await sealed.inventory(reader);
    expect(hosts.map(({ id, roles, settings }) => ({ id, roles, settings }))).toEqual([
      { id: "app1", roles: ["web"], settings: { slots: 8, weight: 1 } },
      { id: "app2", roles: ["web", "db"], settings: { slots: 2 } },
      { id: "app3", roles: [], settings: { rack: "b" } },
    ]);
  });
});

describe("an app", () => {
  it("can be taken apart", () => {
    const { app, seal } = createApp({ locate: () => undefined });
    const { env, settings, role, host, task, replace, flow, before, after, onFailure, always, use } = app;
    const { set } = env;
    set({ a: 1 } as never);
    settings({});
    role("web", []);
    host("h1");
    const [a, b] = [task("a", body), replace(task("b", body), { desc: "B" })];
    flow("f", [task("s", {})]);
    for (const hook of [before, after, onFailure, always]) hook(a, b);
    expect(use(() => ({ a }))).toEqual({ a });
    expect(messages(seal())).toEqual([]);
  });

  it("tells by itself where it was called from", () => {
    const { app, seal } = createApp();
    app.task("a", body);
    expect(seal().graph.get("a").where?.file).toMatch(/create-app\.test\.ts$/);
  });

  it("is sealed once", () => {
    const { seal } = createApp();
    expect(seal()).toBe(seal());
  });

  it.each([
    ["task", (app: Untyped) => app.task("x", body), /t\.execute/],
    ["replace", (app: Untyped) => app.replace("x", body), /t\.execute/],
    ["flow", (app: Untyped) => app.flow("x", []), /t\.execute/],
    ["before", (app: Untyped) => app.before("a", "b"), /t\.execute/],
    ["always", (app: Untyped) => app.always("a", "b"), /t\.execute/],
    ["env.set", (app: Untyped) => app.env.set({ a: 1 }), /t\.env\.set/],
    ["settings", (app: Untyped) => app.settings({}), /env\.set/],
    ["role", (app: Untyped) => app.role("web", []), /hosts: async/],
    ["host", (app: Untyped) => app.host("h1"), /hosts: async/],
    ["use", (app: Untyped) => app.use(() => ({})), /env\.set/],
  ])("takes no %s when it is sealed, and says what to do instead", (member, call, hint) => {
    const { app, seal } = createApp({ locate: () => ({ file: "deployfile.ts", line: 7 }) });
    seal();
    expect(() => call(app)).toThrowError(
      expect.objectContaining({
        code: "APP_SEALED",
        exitCode: 2,
        message: `${member} was called after the deployfile had been read (deployfile.ts:7).`,
        hint: expect.stringMatching(hint),
      }),
    );
  });
});

import {
  type App,
  type Callable,
  type CommandBodyContext,
  type CommandResult,
  defineDeployfile,
  type EnvReader,
  fact,
  fresh,
  quote,
  type Recipe,
  raw,
  Secret,
  type SettingInputs,
  type SettingsOf,
  secret,
  setting,
  sh,
  type TaskContext,
  type TaskHandle,
} from "fake-deploy";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import "./settings.ts";

declare const app: App;
declare const t: TaskContext;

describe("the env of a task", () => {
  it("has declared settings by their type", () => {
    expectTypeOf(t.env.typedKeep).toEqualTypeOf<number>();
    expectTypeOf(t.env.typedDirs).toEqualTypeOf<readonly string[]>();
  });

  it("refuses a setting that nobody declares", () => {
    // @ts-expect-error no recipe declares it
    t.env.typedKeeep;
  });

  it("gives undeclared settings by name only", () => {
    expectTypeOf(t.env.get("anything")).resolves.toBeAny();
    expectTypeOf(t.env.has("anything")).toEqualTypeOf<boolean>();
  });

  it("cannot be assigned to", () => {
    // @ts-expect-error values are stated with env.set
    t.env.typedKeep = 1;
    expectTypeOf(t.env.set("typedKeep", 1)).toEqualTypeOf<void>();
  });

  it("knows the host", () => {
    expectTypeOf(t.env.host.roles).toEqualTypeOf<readonly string[]>();
    expectTypeOf(t.host.name).toEqualTypeOf<string>();
  });
});

describe("a deployfile", () => {
  it("sees declared settings in its tasks and callables", () => {
    defineDeployfile(({ env, task }) => {
      env.set({ typedKeep: (reader) => reader.typedDirs.length });
      task("show", ({ env }) => expectTypeOf(env.typedKeep).toEqualTypeOf<number>());
    });
  });

  it("types settings of its own", () => {
    defineDeployfile<{ region: string }>(({ env, role, task }) => {
      env.set({ region: "eu", typedKeep: 3 });
      env.set({ region: (reader) => (reader.typedKeep > 3 ? "eu" : "us") });
      role("staging", { hosts: ["s1"], region: "us" });
      // @ts-expect-error the region is text
      env.set({ region: 5 });
      // @ts-expect-error the region is text, of a role too
      role("production", { hosts: ["p1"], region: 5 });
      task("show", ({ env, run }) => {
        expectTypeOf(env.region).toEqualTypeOf<string>();
        // @ts-expect-error nobody declares it
        env.regoin;
        return run`echo ${env.region}`;
      });
    });
  });

  it("knows settings by the types of their declarations", () => {
    const declared = {
      keep: setting(z.int(), { desc: "Keep", default: 5 }),
      mode: setting(z.enum(["fast", "slow"]), { desc: "Mode", default: "fast" }),
      path: setting(z.string(), { desc: "Path", default: (env): string => `/srv/${env.typedKeep}` }),
      found: fact<readonly string[]>("Found"),
      said: fact("Said", { default: "" }),
    };
    type Declared = { keep: number; mode: "fast" | "slow"; path: string; found: readonly string[]; said: string };
    expectTypeOf<SettingsOf<typeof declared>>().toEqualTypeOf<Declared>();
    // @ts-expect-error the default is none of the modes
    setting(z.enum(["fast", "slow"]), { desc: "Mode", default: "quick" });
  });

  it("refuses a declared key of another type, values and callables alike", () => {
    // @ts-expect-error a number is declared
    app.env.set({ typedKeep: "5" });
    // @ts-expect-error a number is declared
    app.env.set({ typedKeep: () => "5" });
    app.env.set({ typedKeep: async () => 5 });
    app.env.set({ typedKeep: fresh(() => 5) });
  });

  it("uses recipes and gets their handles typed", () => {
    const recipe: Recipe<{ readonly finished: TaskHandle }> = ({ task }) => ({ finished: task("finished", {}) });
    expectTypeOf(app.use(recipe).finished).toEqualTypeOf<TaskHandle>();
    defineDeployfile<{ region: string }>(({ use }) => {
      const { finished } = use(recipe);
      expectTypeOf(finished).toEqualTypeOf<TaskHandle>();
      // @ts-expect-error the recipe gives no such handle
      use(recipe).finishd;
    });
  });

  it("may be async", () => {
    defineDeployfile(async ({ task }) => {
      task("a", async () => undefined);
    });
  });
});

describe("task", () => {
  it("gives a handle that hooks take", () => {
    const handle = app.task("a", "Desc", async () => undefined);
    expectTypeOf(handle).toEqualTypeOf<TaskHandle>();
    app.before(handle, "b");
    app.flow("f", [handle, "b"], { rollingFrom: "b" });
    // @ts-expect-error a hook is a task
    app.after(handle, async () => undefined);
    // @ts-expect-error stages are tasks
    app.flow("f", "a b");
  });

  it("takes options that exist", () => {
    app.task("a", { desc: "A", roles: "web", once: "run", needs: ["b"], args: z.object({ to: z.string() }) }, () => undefined);
    // @ts-expect-error there is no such option
    app.task("a", { role: "web" }, () => undefined);
    // @ts-expect-error once is "run" or "role"
    app.task("a", { once: "host" }, () => undefined);
    // @ts-expect-error a body is a function
    app.task("a", "Desc", Promise.resolve());
  });

  it("takes commands that see what text needs and do nothing", () => {
    app.task("a", {
      commands: (body) => {
        expectTypeOf(body).toEqualTypeOf<CommandBodyContext>();
        // @ts-expect-error text only
        body.run;
        return [body.within("/srv").cmd`ls ${body.env.typedDirs}`];
      },
      receive: (context, results) => {
        expectTypeOf(context).toEqualTypeOf<TaskContext>();
        expectTypeOf(results).toEqualTypeOf<readonly CommandResult[]>();
      },
    });
  });
});

describe("commands", () => {
  it("take texts, numbers and lists", () => {
    expectTypeOf(t.run`ls ${"a"} ${1} ${["b", "c"]}`).toEqualTypeOf<Promise<CommandResult>>();
    expectTypeOf(t.capture`ls`).toEqualTypeOf<Promise<string>>();
    expectTypeOf(t.test(["ls", 1])).toEqualTypeOf<Promise<boolean>>();
    expectTypeOf(t.run({ timeout: "5m" })`ls`).toEqualTypeOf<Promise<CommandResult>>();
  });

  it("refuse a secret, which would be seen by every user of the host", () => {
    const token = new Secret("x");
    // @ts-expect-error pass it with vars() or stdin
    t.run`curl -H ${token}`;
    // @ts-expect-error pass it with vars() or stdin
    t.cmd`curl -H ${token}`;
    t.vars({ TOKEN: token }).run`curl`;
    t.run({ stdin: token })`cat`;
  });

  it("refuse what has no place in a command", () => {
    // @ts-expect-error an object is not a word
    t.run`ls ${{ a: 1 }}`;
    // @ts-expect-error undefined is not a word
    t.run`ls ${undefined}`;
    // @ts-expect-error a value that is not there yet is not a word
    t.run`ls ${t.capture`pwd`}`;
  });

  it("keep the kind of context through wrappers", () => {
    expectTypeOf(t.within("/srv").as("www").umask("027").prefix("nice").vars({ A: 1 })).toEqualTypeOf<TaskContext>();
  });
});

describe("a secret", () => {
  const token = secret("x");

  it("is made of text, of what a function gives, and of text with secrets in it", () => {
    expectTypeOf(secret("x")).toEqualTypeOf<Secret>();
    expectTypeOf(secret(token)).toEqualTypeOf<Secret>();
    expectTypeOf(secret(async () => "x")).toExtend<Callable<Secret>>();
    expectTypeOf(secret`URL=https://${"ci"}:${token}@db:${5432}\n`).toEqualTypeOf<Secret>();
    expectTypeOf<ReturnType<typeof secret>>().toEqualTypeOf<Secret>();
    // @ts-expect-error a variable that may be missing is not text
    secret`TOKEN=${process.env["TOKEN"]}`;
    // @ts-expect-error a secret that is not read yet is not text
    secret`TOKEN=${secret(() => "x")}`;
    // @ts-expect-error a value that is not there yet is not text
    secret`TOKEN=${t.capture`pwd`}`;
  });

  it("goes where it is kept", () => {
    t.writeFile(".env", token);
    t.run({ stdin: token })`cat`;
    t.vars({ TOKEN: secret`Bearer ${token}` });
    t.template(".env.template", ".env", { token });
  });

  it("is no text", () => {
    // @ts-expect-error take it with reveal()
    token satisfies string;
    // @ts-expect-error never the same
    token === "x";
    // @ts-expect-error a path is text
    t.writeFile(token, "x");
    // @ts-expect-error a path is text
    t.exists(token);
    // @ts-expect-error a path is text
    t.upload(token, "x");
    // @ts-expect-error a mode is text
    t.writeFile("x", "x", { mode: token });
    // @ts-expect-error a directory is text
    t.within(token);
    // @ts-expect-error a user is text
    t.as(token);
    // @ts-expect-error a command is text
    t.prefix(token);
    // @ts-expect-error a command is text
    t.run(token);
    // @ts-expect-error an argument is text
    t.run(["login", token]);
    // @ts-expect-error a command is text
    t.batch([token]);
    // @ts-expect-error a title is text
    t.run({ title: token });
    // @ts-expect-error a log line is text
    t.log.info(token);
    // @ts-expect-error a question is text
    t.ui.ask(token);
    // @ts-expect-error what is quoted is text
    quote(token);
    // @ts-expect-error what stands in a command is text
    raw(token);
    // @ts-expect-error what stands in a script is text
    sh`login ${token}`;
  });

  it("is set only where one is read", () => {
    defineDeployfile<{ region: string; token: Secret; url: string | Secret }>(({ env, role }) => {
      env.set({ token, url: (reader) => secret`https://${reader.token}@example.com` });
      env.set({ token: secret(() => process.env["TOKEN"] ?? ""), url: "https://example.com" });
      // @ts-expect-error whoever reads the region reads text
      env.set({ region: token });
      // @ts-expect-error whoever reads the region reads text
      env.set({ region: secret(() => "eu") });
      // @ts-expect-error whoever reads the region reads text
      env.set({ region: (reader) => secret`${reader.token}` });
      // @ts-expect-error whoever reads the region reads text
      role("web", { hosts: ["a"], region: token });
    });
  });
});

describe("declarations", () => {
  it("take settings and facts of any type", () => {
    app.settings({
      keep: setting(z.int(), { desc: "Kept", default: 5 }),
      name: setting(z.string(), { desc: "Name", default: (env: EnvReader) => `n${env.typedKeep}` }),
      id: fact<string>("Id"),
    });
    // @ts-expect-error the default is a number
    setting(z.int(), { desc: "Kept", default: "5" });
    // @ts-expect-error a setting has a description
    setting(z.int(), {});
    // @ts-expect-error a schema is no declaration
    app.settings({ keep: z.int() });
  });
});

describe("values", () => {
  it("may be secrets and callables", () => {
    expectTypeOf(secret(() => "x")).toExtend<SettingInputs<{ password: Secret }>["password"]>();
    expectTypeOf((env: EnvReader) => env.typedKeep).toExtend<Callable<number>>();
  });
});

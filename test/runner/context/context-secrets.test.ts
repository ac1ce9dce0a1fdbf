/** Every place of a task that takes text: a secret arrives there whole, is refused there, or is only shown there. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Secret } from "../../../src/command/secret.ts";
import type { App } from "../../../src/dsl/app.ts";
import { secret } from "../../../src/env/secret.ts";
import type { EnvReader } from "../../../src/env/settings.ts";
import type { TaskContext } from "../../../src/runner/context.ts";
import { failures } from "../rig.ts";
import { type OnHost, onHost } from "./on-host.ts";

const TOKEN = 'it\'s "$(hunter2)" \\ token';
/** What arrives. */
const LINES = `TOKEN=${TOKEN}\nDB=postgres://ci:${TOKEN}@db:5432/shop\n`;

let host: OnHost;
beforeEach(async () => {
  host = await onHost();
  await writeFile(join(host.folder, "given"), "{{ all }}");
  await writeFile(join(host.folder, "settings"), "TOKEN={{ token }}\nDB={{ url }}\n");
});
afterEach(() => host.remove());

type Secrets = Readonly<Record<string, Secret>>;

function settings({ env }: App): void {
  env.set({
    token: secret(() => TOKEN),
    db: secret(async () => secret`ci:${TOKEN}@db`),
    url: (reader: Secrets) => secret`postgres://${reader["db"] ?? ""}:${5432}/shop`,
    later: async (reader: EnvReader) => secret`TOKEN=${await reader.get("token")}\nDB=${await reader.get("url")}\n`,
    registry: (reader: Secrets) => ({ user: "ci", password: reader["token"] }),
  } as never);
}

/** The two lines, as a task puts them together. */
async function lines({ env }: TaskContext): Promise<Secret> {
  return secret`TOKEN=${await env.get("token")}\nDB=${await env.get("url")}\n`;
}

const CARRIED: Readonly<Record<string, (t: TaskContext) => Promise<unknown>>> = {
  writeFile: async (t) => t.writeFile("out", await lines(t)),
  "writeFile on this machine": async (t) => t.local.writeFile("out", await lines(t)),
  stdin: async (t) => t.umask("077").run({ stdin: await lines(t) })`cat >out`,
  "stdin of one of several commands": async (t) => t.batch(["true", t.umask("077").cmd({ stdin: await lines(t) })`cat >out`]),
  vars: async (t) => t.umask("077").vars({ ALL: await lines(t) }).run`printf '%s' "$ALL" >out`,
  "a value of a template": async (t) => t.template(join(host.folder, "given"), "out", { all: await lines(t) }),
  "the settings of a template": async (t) => t.template(join(host.folder, "settings"), "out"),
  "a setting": async (t) => t.writeFile("out", await t.env.get("later")),
  "a part of a setting": async (t) => {
    const { password } = await t.env.get("registry");
    await t.writeFile("out", secret`TOKEN=${password}\nDB=${await t.env.get("url")}\n`);
  },
  "a fact": async (t) => {
    t.env.set("stated" as never, (await lines(t)) as never);
    await t.writeFile("out", await t.env.get("stated"));
  },
  "text that was revealed": async (t) => t.writeFile("out", secret((await lines(t)).reveal())),
};

describe("a secret put together from others", () => {
  it.each(Object.entries(CARRIED))("arrives whole, for nobody else to read: %s", async (_, body) => {
    const result = await host.work(async (t) => {
      await body(t);
      await t.run`cat out`;
      await t.run`sed 's/TOKEN=//' out`;
    }, settings);
    expect(failures(result)).toEqual([]);
    expect(await readFile(join(host.folder, "out"), "utf8")).toBe(LINES);
    expect(((await stat(join(host.folder, "out"))).mode & 0o7777).toString(8)).toBe("600");
    const printed = result.rig.of("commandOutput").map(({ text }) => text);
    expect(printed.join("")).toMatch(/^(?:(?:TOKEN=|DB=)?\[redacted\]\n?)+$/);
    expect(JSON.stringify(result.rig.events)).not.toContain("hunter2");
  });
});

/** @param untyped the secret as JavaScript passes it */
type Misuse = (t: TaskContext, token: Secret, untyped: string) => unknown;

const REFUSED: Readonly<Record<string, readonly [code: string, Misuse]>> = {
  "text of a file": ["SECRET_AS_TEXT", (t, token) => t.writeFile("out", `TOKEN=${token}\n`)],
  "JSON of a file": ["SECRET_AS_TEXT", (t, token) => t.writeFile("out", JSON.stringify({ token }))],
  "bytes of a file": ["SECRET_AS_TEXT", (t, _, untyped) => t.writeFile("out", Buffer.from(untyped))],
  "text of stdin": ["SECRET_AS_TEXT", (t, token) => t.run({ stdin: `${token}\n` })`cat >out`],
  "text of a variable": ["SECRET_AS_TEXT", (t, token) => t.vars({ A: `Bearer ${token}` }).run`true`],
  "a list as a variable": ["COMMAND_VARIABLE", (t, _, untyped) => t.vars({ A: [untyped] as never }).run`true`],
  "text of a template's value": ["SECRET_AS_TEXT", (t, token) => t.template("given", "out", { all: `${token}` })],
  "text of a fact": ["SECRET_AS_TEXT", (t, token) => t.env.set("url" as never, `https://${token}@example.com` as never)],
  "text of a log line": ["SECRET_AS_TEXT", (t, token) => t.log.info(`the token is ${token}`)],
  "text of a question": ["SECRET_AS_TEXT", (t, token) => t.ui.ask(`Use ${token}?`, { default: "" })],
  "a header of a request": [
    "SECRET_AS_TEXT",
    (_, token) => fetch("http://127.0.0.1:1", { headers: { authorization: `Bearer ${token}` } }),
  ],
  "text of an error": ["SECRET_AS_TEXT", (_, token) => Promise.reject(new Error(`refused: ${token}`))],
  "a word of a command": ["SECRET_IN_COMMAND", (t, _, untyped) => t.run`login ${untyped}`],
  "text of a command": ["SECRET_AS_TEXT", (t, token) => t.run(`login ${token}`)],
  "an argument": ["SECRET_IN_COMMAND", (t, _, untyped) => t.run(["login", untyped])],
  "all of a command": ["SECRET_IN_COMMAND", (t, _, untyped) => t.run(untyped)],
  "one of several commands": ["SECRET_IN_COMMAND", (t, _, untyped) => t.batch(["true", untyped])],
  "an option of a command": ["SECRET_IN_COMMAND", (t, _, untyped) => t.run({ title: untyped })`true`],
  within: ["SECRET_IN_COMMAND", (t, _, untyped) => t.within(untyped).run`true`],
  as: ["SECRET_IN_COMMAND", (t, _, untyped) => t.as(untyped).run`true`],
  umask: ["SECRET_IN_COMMAND", (t, _, untyped) => t.umask(untyped).run`true`],
  prefix: ["SECRET_IN_COMMAND", (t, _, untyped) => t.prefix(untyped).run`true`],
  "a path": ["SECRET_IN_COMMAND", (t, _, untyped) => t.writeFile(untyped, "x")],
  "a path that is looked for": ["SECRET_IN_COMMAND", (t, _, untyped) => t.exists(untyped)],
  "a command that is looked for": ["SECRET_IN_COMMAND", (t, _, untyped) => t.hasCommand(untyped)],
  "a mode": ["SECRET_AS_TEXT", (t, _, untyped) => t.writeFile("out", "x", { mode: untyped })],
  "a list in a template": ["TASK_FAILED", (t, token) => t.template(join(host.folder, "given"), "out", { all: [token] })],
};

describe("a secret in the place of plain text", () => {
  it.each(Object.entries(REFUSED))("is refused, naming the line, before anything is done: %s", async (_, [code, misuse]) => {
    const result = await host.work((t) => misuse(t, secret(TOKEN), secret(TOKEN) as never), settings);
    expect(result.failures.map(({ error }) => error.code)).toEqual([code]);
    expect(result.failures[0]?.error.where).toMatch(/context-secrets\.test\.ts:\d+$/);
    expect(result.rig.of("commandStarted")).toEqual([]);
    expect(JSON.stringify(result.rig.events)).not.toMatch(/hunter2|\[redacted\]/);
  });

  it("is refused in the function of a setting, naming the setting", async () => {
    const result = await host.work(
      (t) => t.env.get("url"),
      ({ env }) => env.set({ token: secret(TOKEN), url: (reader: Secrets) => `https://${reader["token"]}@db` } as never),
    );
    const { message, where, hint } = result.failures[0]?.error ?? {};
    expect(message).toMatch(/^`url` \(env\.set, .*\) threw: A secret cannot be put into plain text/);
    expect(where).toMatch(/context-secrets\.test\.ts:\d+$/);
    expect(hint).toContain("value.reveal()");
  });
});

it("a secret that a log is given is hidden there", async () => {
  const result = await host.work((t) => {
    t.log.info(secret(TOKEN) as never);
    t.log.changed(secret`wrote ${TOKEN}` as never);
  });
  expect(failures(result)).toEqual([]);
  expect(result.rig.of("message").map(({ text }) => text)).toEqual(["[redacted]"]);
  expect(result.rig.of("changed").map(({ text }) => text)).toEqual(["[redacted]"]);
});

import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { createApp } from "../../src/dsl/create-app.ts";
import { setting } from "../../src/env/declare.ts";
import { EnvError, ProblemsError } from "../../src/errors.ts";
import { fill, reader, type Untyped } from "./fill.ts";

async function problemsOf(deployfile: (app: Untyped) => unknown): Promise<unknown> {
  const error: unknown = await fill(deployfile)
    .inventory(reader)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ProblemsError);
  return (error as ProblemsError).problems;
}

describe("lists of hosts that are functions", () => {
  it("are called with the settings, sync or async", async () => {
    const sealed = fill(({ role }: Untyped) => {
      role("web", (env: Untyped) => [`web1.${env.region}`]);
      role("db", { hosts: async (env: Untyped) => [{ host: `db1.${env.region}`, slots: 2 }, "web1.eu"], branch: "x" });
    });
    const { hosts, roles } = await sealed.inventory(reader);
    expect(hosts.map(({ id, roles }) => `${id}: ${roles}`)).toEqual(["web1.eu: web,db", "db1.eu: db"]);
    expect(roles).toEqual(["web", "db"]);
  });

  it("are called once", async () => {
    let calls = 0;
    const sealed = fill(({ role }) => role("web", () => [`h${++calls}`]));
    const [first, second] = await Promise.all([sealed.inventory(reader), sealed.inventory(reader)]);
    expect(first).toBe(second);
    expect(calls).toBe(1);
  });

  it("may be empty: the role exists", async () => {
    const inventory = await fill(({ role }) => role("web", () => [])).inventory(reader);
    expect(inventory).toMatchObject({ hosts: [], roles: ["web"] });
  });

  it("are not called to find problems", () => {
    const sealed = fill(({ role }) =>
      role("web", () => {
        throw new Error("called");
      }),
    );
    expect(sealed.problems()).toEqual([]);
  });
});

describe("what is wrong with hosts", () => {
  it("comes all at once, named by role and place", async () => {
    const problems = await problemsOf(({ role, host }) => {
      role("thrown", () => {
        throw new Error("no network");
      });
      role("rejected", { hosts: () => Promise.reject(new EnvError("X", "region is not set", ["region"], { hint: "Set it." })) });
      role("undefined", () => undefined);
      role("text", async () => "h1");
      role("static", ["-oProxyCommand=x"]);
      host({ host: "h:99999" });
    });
    expect(problems).toMatchObject([
      { message: 'Role "thrown": its function for hosts threw: no network', subject: "thrown", where: { line: 1 } },
      { message: 'Role "rejected": its function for hosts threw: region is not set', hint: "Set it.", where: { line: 2 } },
      { message: 'Role "undefined": its function for hosts gave undefined.', where: { line: 3 } },
      { message: "Role \"text\": its function for hosts gave 'h1'.", hint: expect.stringContaining("list of hosts") },
      { message: 'The host "-oProxyCommand=x" starts with a dash.', where: { line: 5 } },
      { where: { line: 6 } },
    ]);
  });

  it("includes settings of a host with a reserved name", async () => {
    const problems = await problemsOf(({ role }) => role("web", [{ host: "h1", hosts: ["h2"] }]));
    expect(problems).toMatchObject([{ message: 'Host h1: "hosts" cannot be a setting.', where: { line: 1 } }]);
  });
});

describe("keys of a host's object", () => {
  const keysOf = async (host: unknown, declare: Readonly<Record<string, unknown>> = {}): Promise<readonly string[]> => {
    const sealed = fill(({ settings, role }: Untyped) => {
      settings(declare);
      role("web", [host]);
    });
    const problems = await sealed.inventory(reader).then(
      () => [],
      (error: ProblemsError) => error.problems,
    );
    return problems.map(({ message, hint }) => `${/^[^ ]+/.exec(message)?.[0]} ${/Did you mean [^ ]+/.exec(hint ?? "")?.[0]}`);
  };

  it.each([
    ["prot", 22, "port"],
    ["prto", 22, "port"],
    ["Port", 22, "port"],
    ["PORT", "22", "port"],
    ["addres", "10.0.0.1", "address"],
    ["adress", "10.0.0.1", "address"],
    ["hostnme", "10.0.0.1", "address"],
    ["HostName", "10.0.0.1", "address"],
    ["usr", "me", "user"],
    ["userName", "me", "user"],
    ["nmae", "db1", "name"],
    ["transprot", "local", "transport"],
    ["Host", "b", "host"],
    ["fastLogn", true, "fastLogin"],
    ["user_", () => "me", "user"],
  ])("are refused when misspelt: %s, %j", async (key, value, meant) => {
    expect(await keysOf({ host: "a", [key]: value })).toEqual([`\`${key}\` Did you mean \`${meant}\`?`]);
    expect(await keysOf({ host: "a", [key]: undefined })).toEqual([]);
    expect(await keysOf({ host: "a", [key]: value }, { [key]: setting(z.any(), { desc: "Own" }) })).toEqual([]);
  });

  it.each([
    ["proxyJump", "ProxyJump"],
    ["IdentityFile", "IdentityFile"],
    ["identity_file", "IdentityFile"],
    ["stricthostkeychecking", "StrictHostKeyChecking"],
  ])("are refused when they are ssh's: %s", async (key, option) => {
    const problems = await problemsOf(({ role }) => role("web", [{ host: "a", [key]: "x" }]));
    expect(problems).toMatchObject([
      {
        message: `\`${key}\` (host a) is not a setting that a recipe knows.`,
        hint: expect.stringContaining(`Write ${option} for this host`),
      },
    ]);
    expect(await keysOf({ host: "a", [key]: "x" }, { [key]: setting(z.any(), { desc: "Own" }) })).toEqual([]);
  });

  it.each([
    ["compression", "on"],
    ["zone", "b"],
    ["weight", 5],
    ["ports", [80, 81]],
    ["names", ["a"]],
    ["vhost", "www"],
    ["cost", 5],
    ["export", "x"],
    ["report", "x"],
    ["dbname", "x"],
    ["primary", true],
    ["id", "x"],
  ])("are settings of one's own otherwise: %s, %j", async (key, value) => {
    expect(await keysOf({ host: "a", [key]: value })).toEqual([]);
  });

  it("are meant to be no key that is there", async () => {
    expect(await keysOf({ host: "a", port: 22, post: "x" })).toEqual([]);
    expect(await keysOf({ host: "a", post: "x" })).toEqual(["`post` Did you mean `port`?"]);
  });

  it("may stand in place of `host`", async () => {
    for (const key of ["hostnme", "hostname", "Host", "hst"]) {
      const problems = await problemsOf(({ role }) => role("web", [{ [key]: "a", prot: 22 }]));
      expect(problems).toMatchObject([
        { message: 'A host\'s "host" is missing.', hint: expect.stringContaining(`Did you mean "host" by "${key}"?`) },
        { message: "`prot` (host without a name) is not a setting that a recipe knows." },
      ]);
    }
  });

  it("are looked at wherever hosts are given, all at once, each with the line of its key", async () => {
    const text = `role("a", [
  { host: "a1", addres: "x" },
  { host: "a2",
    prot: 22 },
]);
role("b", { hosts: async () => [{ host: "web[1:3]", usr: "me", get: 1 }, shared] });
role("c", () => [shared, { host: "-x" }]);
host("a1", { prot: 22 });
host({ host: "a3", nmae: "x" });
`;
    const lines = [1, 6, 7, 8, 9];
    const { app, seal } = createApp({ locate: () => ({ file: "deployfile.ts", line: lines.shift() ?? 0 }) });
    new Function("role", "host", "shared", text)(app.role, app.host, { host: "s", Port: 22 });
    const source = { readSource: () => text };
    const error = await seal()
      .inventory(reader, source)
      .catch((thrown: unknown) => thrown);
    expect((error as ProblemsError).problems.map(({ message, where }) => `${where?.line}: ${message.split(" is ")[0]}`)).toEqual([
      '7: The host "-x" starts with a dash.',
      "2: `addres` (host a1)",
      "4: `prot` (host a2)",
      "6: `usr` (host web[1:3])",
      '6: Host web[1:3]: "get" cannot be a setting.',
      "6: `Port` (host s)",
      "8: `prot` (host a1)",
      "9: `nmae` (host a3)",
    ]);
  });
});

describe("words for completion", () => {
  it("are names and aliases of tasks that are not hidden", () => {
    const sealed = fill(({ task }) => {
      task("build", { desc: "Build it", aliases: ["b"] }, () => undefined);
      task("inner", { hidden: true, aliases: ["i"] }, () => undefined);
    });
    expect(sealed.words()).toEqual(["build", "b"]);
  });
});

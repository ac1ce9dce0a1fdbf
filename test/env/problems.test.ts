import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fact, setting } from "../../src/env/declare.ts";
import { secret } from "../../src/env/secret.ts";
import { declared, envOf } from "./build.ts";

const declare = {
  keepReleases: setting(z.int().min(1), { desc: "Releases that are kept", default: 5 }),
  repoUrl: setting(z.string(), { desc: "Where the code is", required: true, example: 'repoUrl: "git@example.com:shop.git"' }),
  releaseId: fact("Id of the release"),
};

describe("problems", () => {
  it("are none when all is well", () => {
    const set = { keepReleases: 3, repoUrl: () => "x", region: "eu", token: secret("x") };
    expect(envOf({ declare, set, roles: { web: { region: "us" } }, options: ["region=asia"] }).problems()).toEqual([]);
  });

  it("report two settings that do not go together, once for all hosts", () => {
    const faults = (low: number, high: unknown): readonly string[] => (low > Number(high) ? [`${low} is over ${high}`] : []);
    const limits = {
      high: setting(z.int(), { desc: "Most" }),
      low: setting(z.int(), { desc: "Least", default: 1, beside: { key: "high", faults } }),
    };
    const hosts = { one: {}, two: {}, three: { settings: { high: 9 } } };
    const env = envOf({ declare: limits, set: [{ values: { high: 2 } }, { values: { low: 3 } }], hosts });
    expect(env.problems()).toMatchObject([{ message: "`low` and `high`: 3 is over 2.", subject: "low", where: { line: 5 } }]);
    expect(envOf({ declare: limits, set: { high: () => 2, low: 3 } }).problems()).toEqual([]);
    expect(envOf({ declare: limits, set: { low: 3 } }).problems()).toEqual([]);
  });

  it("report a value that is wrong in every layer, all at once", () => {
    const env = envOf({
      declare: { ...declare, broken: declared<unknown>(z.number(), "no number") },
      set: [{ values: { keepReleases: 0 } }, { values: { keepReleases: "5x" } }],
      roles: { web: { keepReleases: -1 }, unselected: { keepReleases: null } },
      hosts: { one: { roles: ["web"], settings: { keepReleases: 1.5 } } },
      options: ["keepReleases=many"],
    });
    expect(env.problems().map(({ message }) => message)).toEqual([
      "`broken` (default of shop, recipe.ts:3) is not right: expected number, received string.",
      "`keepReleases` (env.set, deployfile.ts:5) is not right: Too small: expected number to be >=1.",
      "`keepReleases` (env.set, deployfile.ts:5) is not right: expected number, received string.",
      "`keepReleases` (role web, deployfile.ts:20) is not right: Too small: expected number to be >=1.",
      "`keepReleases` (role unselected, deployfile.ts:20) is not right: expected number, received null.",
      "`keepReleases` (host one) is not right: expected int, received number.",
      '`keepReleases` (-s) is not right: expected number, received string (-s gave the text "many").',
    ]);
    expect(env.problems()[1]).toMatchObject({
      subject: "keepReleases",
      where: { file: "deployfile.ts", line: 5 },
      hint: "Releases that are kept.",
    });
  });

  it("call no function", () => {
    const set = {
      repoUrl: () => {
        throw new Error("called");
      },
    };
    expect(envOf({ declare, set }).problems()).toEqual([]);
  });

  it("point at the line of the key where the source can be read", () => {
    const text = "\n\n\n\nenv.set({\n  repoUrl: 'x',\n  keepReleases: 0,\n});\n";
    const env = envOf(
      { declare, set: { repoUrl: "x", keepReleases: 0 } },
      { readSource: (file) => (file === "deployfile.ts" ? text : undefined) },
    );
    expect(env.problems()).toMatchObject([
      { message: expect.stringContaining("deployfile.ts:7"), where: { file: "deployfile.ts", line: 7 } },
    ]);
  });

  const NEAR: readonly (readonly [string, boolean])[] = [
    ["keepRelease", true],
    ["keepreleases", true],
    ["repoURL", true],
    ["region", false],
    ["repo", false],
    ["releaseIds", false],
  ];
  for (const [key, isNear] of NEAR) {
    it(`${isNear ? "take" : "do not take"} ${key} for a mistake`, () => {
      const problems = envOf({ declare, set: { [key]: "x" } }).problems();
      expect(problems).toHaveLength(isNear ? 1 : 0);
      if (isNear)
        expect(problems[0]).toMatchObject({ subject: key, hint: expect.stringMatching(/^Did you mean `.*`\? If .* declare it/) });
    });
  }

  it("look for near misses in roles, too", () => {
    const env = envOf({ declare, roles: { web: { repourl: "x" } } });
    expect(env.problems().map(({ message }) => message)).toEqual(["`repourl` (role web) is not a setting that a recipe knows."]);
  });

  it("take every undeclared key for a mistake where there is no code", () => {
    const problems = envOf({ declare, set: { colour: "red", repo: "x" } }, { strictKeys: true }).problems();
    expect(problems).toMatchObject([
      { subject: "colour", hint: "`fake env` lists the settings there are." },
      { subject: "repo", hint: "Did you mean `repoUrl`?" },
    ]);
  });

  it("refuse -s for a name that means something else on an env", () => {
    const env = envOf({ options: ["toJSON=1"] });
    expect(env.problems()).toMatchObject([
      { subject: "toJSON", message: "`toJSON` (-s) means something else on an env, so it cannot be set." },
    ]);
  });

  it("need not be harmed by names that a deployfile is refused", () => {
    const env = envOf({
      declare: { get: declared(z.string()) },
      set: JSON.parse('{"__proto__": {"polluted": true}, "host": "x", "has": 1}') as Record<string, unknown>,
      // biome-ignore lint/suspicious/noThenProperty: that is what is tested
      roles: { web: { then: 1 } },
      hosts: { one: { settings: { set: 1 } } },
      options: ["toJSON=1"],
    });
    expect(env.forHost("one").keys()).toEqual([]);
    expect(env.forHost("one").reader.has("polluted")).toBe(false);
  });

  it("refuse -s for a key that nobody declares or sets, with a close name", () => {
    const env = envOf({ declare, set: { region: "eu" }, options: ["regoin=x", "zzzzzz=1", "releaseId=5"] });
    expect(env.problems()).toMatchObject([
      {
        subject: "regoin",
        message: "`regoin` (-s) is not a setting: nothing declares or sets it.",
        hint: "Did you mean `region`?",
      },
      { subject: "zzzzzz", hint: "`fake env` lists the settings of a role." },
    ]);
  });

  it("take -s for a key that only an unselected role sets", () => {
    expect(envOf({ roles: { other: { colour: "red" } }, options: ["colour=blue"] }).problems()).toEqual([]);
  });

  it("report a promise that was set in place of a function", () => {
    expect(envOf({ set: { a: Promise.reject(new Error("never seen")) } }).problems()).toMatchObject([
      { subject: "a", message: expect.stringContaining("is a promise") },
    ]);
  });

  it("use the last of several -s", async () => {
    const env = envOf({ set: { region: "eu" }, options: ["region=a", "region=b"] });
    expect(await env.forHost("one").get("region")).toBe("b");
  });

  it("leave a setting with a wrong -s without a value", async () => {
    const env = envOf({ declare, options: ["keepReleases=5x"] });
    await expect(env.forHost("one").get("keepReleases")).rejects.toMatchObject({
      code: "SETTING_INVALID",
      message: expect.stringContaining('"5x"'),
    });
  });
});

describe("missing", () => {
  it("names required settings without a value, and what they are", () => {
    expect(envOf({ declare }).missing()).toEqual([
      {
        message: "`repoUrl` is not set.",
        subject: "repoUrl",
        where: { file: "recipe.ts", line: 3 },
        hint: 'Where the code is. For example: repoUrl: "git@example.com:shop.git"',
      },
    ]);
    expect(envOf({ declare, set: { repoUrl: () => "x" } }).missing()).toEqual([]);
  });

  it("names the hosts when only some lack it", () => {
    const env = envOf({ declare, roles: { web: { repoUrl: "x" } }, hosts: { a: { roles: ["web"] }, b: {}, c: {} } });
    expect(env.missing().map(({ message }) => message)).toEqual(["`repoUrl` is not set on b and c."]);
  });

  it("names what another setting makes required, on the hosts where it does", () => {
    const conditional = {
      scm: setting(z.unknown(), { desc: "How", default: "git" }),
      repoUrl: setting(z.string(), { desc: "Where", required: { key: "scm", when: (scm) => typeof scm === "string" } }),
    };
    const named = (set: Readonly<Record<string, unknown>>): readonly string[] =>
      envOf({ declare: conditional, set, hosts: { a: {}, b: { settings: { scm: { name: "mine" } } } } })
        .missing()
        .map(({ message }) => message);
    expect(named({})).toEqual(["`repoUrl` is not set on a."]);
    expect(named({ scm: { name: "mine" } })).toEqual([]);
    expect(named({ scm: () => "git" })).toEqual([]);
  });

  it("looks for the keys it is given, declared or not", () => {
    const optional = {
      user: declared<string | undefined>(z.string().optional()),
      shell: declared(z.string().default("sh")),
      name: declared(z.string()),
    };
    const env = envOf({ declare: { ...declare, ...optional }, set: { region: "eu" } });
    const keys = ["region", "bucket", "user", "shell", "name", "keepReleases", "releaseId", "bucket"];
    expect(env.missing(keys).map(({ subject }) => subject)).toEqual(["bucket", "name"]);
  });

  it("works for a run without hosts", () => {
    expect(
      envOf({ declare, hosts: {} })
        .missing()
        .map(({ message }) => message),
    ).toEqual(["`repoUrl` is not set."]);
  });
});

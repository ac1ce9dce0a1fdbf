import { describe, expect, it } from "vitest";
import { secret } from "../../src/env/secret.ts";
import { envOf, failureOf, oneHost, type TestSettings } from "./build.ts";

const both = { one: { roles: ["web", "db"] } };
const same = (): string => "x";

const AGREEING: readonly (readonly [string, unknown, unknown])[] = [
  ["equal text", "x", "x"],
  ["equal data", { list: [1, { a: 2 }] }, { list: [1, { a: 2 }] }],
  ["data in another order of keys", { a: 1, b: 2 }, { b: 2, a: 1 }],
  ["secrets with the same text", secret("x"), secret("x")],
  ["the same function", same, same],
];

const DISAGREEING: readonly (readonly [string, unknown, unknown])[] = [
  ["different text", "x", "y"],
  ["text and a number", "1", 1],
  ["different data", [1], [2]],
  ["different secrets", secret("x"), secret("y")],
  ["two functions that look alike", () => "x", () => "x"],
  ["a function and a value", () => "x", "x"],
];

describe("two roles of a host", () => {
  for (const [name, web, db] of AGREEING) {
    it(`agree with ${name}`, async () => {
      const env = envOf({ roles: { web: { key: web }, db: { key: db } }, hosts: both });
      expect(env.problems()).toEqual([]);
      await env.forHost("one").get("key");
    });
  }

  for (const [name, web, db] of DISAGREEING) {
    it(`disagree with ${name}`, async () => {
      const env = envOf({ set: { key: "base" }, roles: { web: { key: web }, db: { key: db } }, hosts: both });
      expect(env.problems()).toEqual([
        {
          message:
            "`key` is set differently for one by two of its roles: role web, deployfile.ts:20 and role db, deployfile.ts:20.",
          subject: "key",
          where: { file: "deployfile.ts", line: 20 },
          hint: "Say which counts with -s key=..., or set it for the host.",
        },
      ]);
      expect(await failureOf(env.forHost("one"), "key")).toMatchObject({
        code: "ROLE_CONFLICT",
        message: expect.stringContaining("role web"),
      });
    });
  }

  const decided: readonly (readonly [string, TestSettings])[] = [
    ["-s", { options: ["key=z"] }],
    ["the host", { hosts: { one: { roles: ["web", "db"], settings: { key: "z" } } } }],
  ];
  for (const [name, settings] of decided) {
    it(`need not agree when ${name} decides`, async () => {
      const env = envOf({ roles: { web: { key: "x" }, db: { key: "y" } }, hosts: both, ...settings });
      expect(env.problems()).toEqual([]);
      expect(await env.forHost("one").get("key")).toBe("z");
    });
  }

  it("need not agree once a task has stated the key", async () => {
    const env = oneHost({ roles: { web: { key: "x" }, db: { key: "y" } }, hosts: both });
    env.reader.set("key", "stated");
    expect(await env.get("key")).toBe("stated");
  });

  it("are one problem for all hosts that have both", () => {
    const hosts = Object.fromEntries(Array.from({ length: 7 }, (_, at) => [`h${at}`, { roles: ["web", "db"] }]));
    const problems = envOf({ roles: { web: { key: "x" }, db: { key: "y" } }, hosts }).problems();
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain("for h0, h1, h2, h3 and 3 more by two of its roles");
  });

  it("do not matter for hosts that have one of them", () => {
    expect(
      envOf({
        roles: { web: { key: "x" }, db: { key: "y" } },
        hosts: { a: { roles: ["web"] }, b: { roles: ["db"] } },
      }).problems(),
    ).toEqual([]);
  });
});

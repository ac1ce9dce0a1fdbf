import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { EnvReader } from "../../src/env/settings.ts";
import { UsageError } from "../../src/errors.ts";
import { declared, envOf, failureOf, later, oneHost } from "./build.ts";

type Reader = EnvReader<Record<string, string>>;

const CYCLES: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ["itself", { a: (env: Reader) => env.a }, "a -> a"],
  ["itself, async", { a: async (env: Reader) => env.get("a") }, "a -> a"],
  ["two", { a: (env: Reader) => env.b, b: (env: Reader) => env.a }, "a -> b -> a"],
  ["two, async", { a: async (env: Reader) => env.get("b"), b: async (env: Reader) => env.get("a") }, "a -> b -> a"],
  ["two, mixed", { a: (env: Reader) => env.b, b: async (env: Reader) => later(() => env.get("a")) }, "a -> b -> a"],
  ["a way in", { a: (env: Reader) => env.b, b: (env: Reader) => env.c, c: (env: Reader) => env.b }, "a -> b -> c -> b"],
  [
    "side by side",
    { a: async (env: Reader) => Promise.all([env.get("ok"), env.get("b")]), b: async (env: Reader) => env.get("a"), ok: 1 },
    "a -> b -> a",
  ],
];

describe("settings that need themselves", () => {
  for (const [name, set, chain] of CYCLES) {
    it(`are an error with the chain: ${name}`, async () => {
      const failure = await failureOf(oneHost({ set }), "a");
      expect(failure.code).toBe("SETTING_CYCLE");
      expect(failure.chain.join(" -> ")).toBe(chain);
      expect(failure.message).toContain(chain);
    });
  }

  it("stay an error for all that are in the cycle, whoever catches it", async () => {
    const swallow = (env: Reader): string => {
      try {
        return env.b ?? "";
      } catch {
        return "swallowed";
      }
    };
    const env = oneHost({ set: { a: swallow, b: (one: Reader) => one.a } });
    expect([(await failureOf(env, "a")).code, (await failureOf(env, "b")).code]).toEqual(["SETTING_CYCLE", "SETTING_CYCLE"]);
  });

  it("can be caught by one that is not in the cycle", async () => {
    const outside = (env: Reader): string => {
      try {
        return env.a ?? "";
      } catch {
        return "fallback";
      }
    };
    expect(await oneHost({ set: { a: (env: Reader) => env.a, outside } }).get("outside")).toBe("fallback");
  });

  it("are found when two of them are asked for at once", async () => {
    const set = { a: async (env: Reader) => later(() => env.get("b")), b: async (env: Reader) => later(() => env.get("a")) };
    const env = oneHost({ set });
    const [a, b] = await Promise.all([failureOf(env, "a"), failureOf(env, "b")]);
    expect([a.chain.join(), b.chain.join()]).toEqual(["a,b,a", "b,a,b"]);
  });

  for (const [name, asked] of [
    ["from the middle", ["y k", "z k2"]],
    ["from everywhere", ["y k", "z k2", "z k", "y k2"]],
    ["from everywhere, the other way round", ["z k2", "y k", "y k2", "z k"]],
  ] as const) {
    it(`are no error, and no deadlock, where hosts would wait for each other in a circle: ${name}`, async () => {
      const reads = (key: string) => async (env: Reader) => later(async () => `${await env.get(key)}`);
      const set = { k: reads("n"), k2: reads("m") };
      const hosts = { y: { settings: { n: reads("k2"), m: "m of y" } }, z: { settings: { n: "n of z", m: reads("k") } } };
      const env = envOf({ set, hosts });
      const wanted: Record<string, string> = { "y k": "m of y", "y k2": "m of y", "z k": "n of z", "z k2": "n of z" };
      const all = asked.map((one) => env.forHost(one.slice(0, 1)).get(one.slice(2)));
      expect(await Promise.all(all)).toEqual(asked.map((one) => wanted[one]));
    });
  }

  it("are no error where only another host's settings close the circle", async () => {
    const set = { a: async (env: Reader) => env.get("b"), b: async (env: Reader) => env.get("a") };
    const env = envOf({ set, hosts: { x: { settings: { a: 1 } }, y: { settings: { b: 2 } } } });
    const hosts = [env.forHost("x"), env.forHost("y")];
    expect(await Promise.all(hosts.flatMap((host) => [host.get("a"), host.get("b")]))).toEqual([1, 1, 2, 2]);
  });
});

describe("a callable that fails", () => {
  it("is named with where it was set and the chain that led to it", async () => {
    const boom = (): never => {
      throw new Error("boom");
    };
    const failure = await failureOf(oneHost({ set: { path: (env: Reader) => env.name, name: boom } }), "path");
    expect(failure).toMatchObject({ code: "SETTING_THREW", chain: ["path", "name"] });
    expect(failure.message).toBe("`name` (env.set, deployfile.ts:5) threw: boom\n  while resolving path -> name");
  });

  it("keeps what was thrown, and its hint", async () => {
    const cause = new UsageError("NO_TERMINAL", "nobody to ask", { hint: "Use -s." });
    const failure = await failureOf(oneHost({ set: { a: () => Promise.reject(cause) } }), "a");
    expect(failure).toMatchObject({ code: "SETTING_THREW", hint: "Use -s.", cause });
  });

  it("is not called again: neither on its host nor on others that would find the same", async () => {
    let calls = 0;
    const ask = async (): Promise<never> => {
      calls += 1;
      throw new Error("no terminal");
    };
    const env = envOf({ set: { ask }, hosts: { a: {}, b: {} } });
    for (const host of ["a", "a", "b"]) expect((await failureOf(env.forHost(host), "ask")).message).toContain("no terminal");
    expect(calls).toBe(1);
  });

  it("can be caught by the callable that reads it", async () => {
    const set = {
      bad: () => Promise.reject(new Error("x")),
      good: async (env: Reader) => env.get("bad").catch(() => "fallback"),
    };
    expect(await oneHost({ set }).get("good")).toBe("fallback");
  });

  it("may throw anything", async () => {
    const throwsText = (): never => {
      throw "just text";
    };
    expect((await failureOf(oneHost({ set: { a: throwsText } }), "a")).message).toContain("threw: just text");
  });

  it("has its message made harmless for a terminal", async () => {
    const failure = await failureOf(oneHost({ set: { a: () => Promise.reject(new Error("\u001b[2Jgone\u0007")) } }), "a");
    expect(failure.message).toContain("threw: gone\\x07");
  });
});

describe("a callable that gives undefined", () => {
  it("is an error, sync or async", async () => {
    for (const callable of [() => undefined, async () => undefined]) {
      const failure = await failureOf(oneHost({ set: { a: callable, b: (env: Reader) => env.a } }), "b");
      expect(failure).toMatchObject({ code: "SETTING_UNDEFINED", chain: ["b", "a"] });
      expect(failure.message).toContain("its function gave undefined");
    }
  });

  it("is fine where the schema takes undefined", async () => {
    const declare = { user: declared<string | undefined>(z.string().optional()) };
    expect(await oneHost({ declare, set: { user: () => undefined } }).get("user")).toBeUndefined();
  });
});

describe("a key without a value", () => {
  it("is an error with a close name when nothing sets or declares it", async () => {
    const failure = await failureOf(oneHost({ set: { branch: "main" } }), "brnach");
    expect(failure).toMatchObject({ code: "SETTING_UNKNOWN", message: "Nothing sets `brnach`.", hint: "Did you mean `branch`?" });
  });

  it("is an error with its description when it is declared", async () => {
    const failure = await failureOf(oneHost({ declare: { repoUrl: declared(z.string()) } }), "repoUrl");
    expect(failure).toMatchObject({ code: "SETTING_MISSING", message: "`repoUrl` is not set." });
    expect(failure.hint).toContain("A setting.");
  });

  it("takes what its schema gives for nothing", async () => {
    const declare = { user: declared<string | undefined>(z.string().optional()), keep: declared(z.number().default(5)) };
    const env = oneHost({ declare });
    expect([await env.get("user"), await env.get("keep")]).toEqual([undefined, 5]);
  });

  it("is an error when it is a promise instead of a function", async () => {
    const failure = await failureOf(oneHost({ set: { a: Promise.reject(new Error("never seen")) } }), "a");
    expect(failure).toMatchObject({ code: "SETTING_PROMISE", hint: expect.stringContaining("() => ...") });
  });
});

describe("long chains", () => {
  it("are shortened in the middle", async () => {
    const links = Array.from({ length: 30 }, (_, at) => [`k${at}`, (env: Reader) => env[`k${at + 1}`]]);
    const failure = await failureOf(oneHost({ set: Object.fromEntries(links) }), "k0");
    expect(failure.chain).toHaveLength(31);
    expect(failure.message).toContain("k0 -> k1 -> k2 -> k3 -> k4 -> k5 -> ... -> k26 -> k27 -> k28 -> k29 -> k30");
  });
});

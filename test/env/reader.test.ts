import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { EnvReader } from "../../src/env/settings.ts";
import { counter, deferred, oneHost } from "./build.ts";

type Reader = EnvReader<Record<string, string>>;

describe("the env object", () => {
  function quiet(): { env: Reader; calls(): number } {
    const { counted, calls } = counter();
    const env = oneHost({ set: { a: counted(() => 1), b: counted(async () => 2) } }).reader as unknown as Reader;
    return { env, calls };
  }

  it("resolves nothing when it is printed, awaited, listed or turned into text", async () => {
    const { env, calls } = quiet();
    expect(inspect(env)).toBe("[env of one]");
    expect(inspect({ t: { env } }, { showProxy: false })).toContain("[env of one]");
    expect(JSON.stringify({ env })).toBe('{"env":"[env of one]"}');
    expect(String(env)).toBe("[object env of one]");
    expect(await env).toBe(env);
    expect(await Promise.resolve(env)).toBe(env);
    expect(Object.keys(env)).toEqual(["a", "b"]);
    expect(Object.getOwnPropertyNames(env)).toEqual(["a", "b"]);
    expect(["a" in env, "zz" in env, "get" in env, "host" in env, "then" in env]).toEqual([true, false, true, true, false]);
    expect(Object.hasOwn(env, "a")).toBe(true);
    expect(env instanceof Date).toBe(false);
    expect(calls()).toBe(0);
  });

  it("can be destructured, methods too", async () => {
    const { a, get, has, host } = oneHost({ set: { a: "x", b: async () => "y" } }).reader as unknown as Reader;
    expect([a, await get("b"), has("b"), host.name]).toEqual(["x", "y", true, "one"]);
  });

  it("can be spread when all values are there", () => {
    const { reader } = oneHost({ set: { a: 1, b: () => 2 } });
    expect({ ...reader }).toEqual({ a: 1, b: 2 });
  });

  it("cannot be written to, and says what to write instead", () => {
    const env = oneHost({ set: { a: 1 } }).reader as unknown as Record<string, unknown>;
    expect(() => {
      env.a = 2;
    }).toThrow("`env.a` cannot be assigned to.");
    expect(() => {
      delete env.a;
    }).toThrow("cannot be assigned to");
    expect(() => Object.defineProperty(env, "a", { value: 1 })).toThrow("cannot be assigned to");
    expect(Reflect.setPrototypeOf(env, Array.prototype)).toBe(false);
  });

  it("takes settings that are named like what every object has", async () => {
    const env = oneHost({ set: { constructor: "mine" } }).reader as unknown as Record<string, unknown>;
    expect([env.constructor, typeof env.toString]).toEqual(["mine", "function"]);
  });

  it("does not let a promise that nobody awaits end the process", async () => {
    const env = oneHost({
      set: { bad: () => Promise.reject(new Error("x")), a: (one: Reader) => (one.get("bad") instanceof Promise ? 1 : 2) },
    });
    env.reader.get("bad");
    expect(await env.get("a")).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
  });

  it("serves a callable that kept it, without counting what it reads then", async () => {
    let kept: Reader | undefined;
    const set = {
      keeps: (one: Reader) => {
        kept = one;
        return "x";
      },
      slow: async () => "slow",
      late: "late",
    };
    const env = oneHost({ set });
    await env.get("keeps");
    expect([kept?.late, await kept?.get("slow"), kept?.has("late"), kept?.host.name]).toEqual(["late", "slow", true, "one"]);
    expect((await env.explain("keeps")).reads).toEqual([]);
  });

  it("takes nothing for a circle that such a callable reads when it is done", async () => {
    const answer = deferred<string>();
    const kept: Reader[] = [];
    const set = {
      keeps: (one: Reader) => {
        kept.push(one);
        return answer.promise;
      },
      waits: async (one: Reader) => one.get("keeps"),
    };
    const env = oneHost({ set });
    const waits = env.get("waits");
    const late = answer.promise.then(() => kept[0]?.get("waits"));
    answer.resolve("there");
    expect(await Promise.all([waits, late])).toEqual(["there", "there"]);
  });

  it("never recurses through an env that a callable got from elsewhere", async () => {
    const outside: { env?: Reader } = {};
    const env = oneHost({ set: { a: () => outside.env?.a } });
    outside.env = env.reader as unknown as Reader;
    await expect(env.get("a")).rejects.toMatchObject({ code: "SETTING_CYCLE" });
  });
});

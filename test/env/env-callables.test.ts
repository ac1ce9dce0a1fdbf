import { describe, expect, it } from "vitest";
import { fresh } from "../../src/env/declare.ts";
import { secret } from "../../src/env/secret.ts";
import type { EnvReader } from "../../src/env/settings.ts";
import { counter, envOf, oneHost, type TestSettings } from "./build.ts";

type Reader = EnvReader<Record<string, string>>;

/** Reads a key on each host and gives the values, and how often the callable was called. */
async function share(
  settings: Omit<TestSettings, "set">,
  callable: (env: Reader) => unknown,
): Promise<{ values: unknown[]; calls: number }> {
  let calls = 0;
  const counted = (env: Reader): unknown => {
    calls += 1;
    return callable(env);
  };
  const env = envOf({
    ...settings,
    set: [{ values: { branch: "main", key: counted, label: (one: Reader) => `<${one.branch}>` } }],
  });
  const values: unknown[] = [];
  for (const host of Object.keys(settings.hosts ?? {})) values.push(await env.forHost(host).get("key"));
  return { values, calls };
}

const three = { a: {}, b: {}, c: { settings: { branch: "fix" } } };

describe("callables", () => {
  it("are not called before they are read, and then once", async () => {
    let calls = 0;
    const env = oneHost({ set: { n: () => ++calls, unread: () => ++calls } });
    expect(calls).toBe(0);
    expect([env.reader, env.reader].map((reader) => (reader as unknown as Reader).n)).toEqual([1, 1]);
    expect(await env.get("n")).toBe(1);
  });

  it("serve all hosts with one call when they read nothing", async () => {
    let clock = 0;
    expect(await share({ hosts: three }, () => ++clock)).toEqual({ values: [1, 1, 1], calls: 1 });
  });

  it("are called again where a key they read differs", async () => {
    expect(await share({ hosts: three }, (env) => `app-${env.branch}`)).toEqual({
      values: ["app-main", "app-main", "app-fix"],
      calls: 2,
    });
  });

  it("are called again where a key differs that they read through another callable", async () => {
    expect(await share({ hosts: three }, (env) => env.label)).toEqual({ values: ["<main>", "<main>", "<fix>"], calls: 2 });
  });

  it("are not called again where what they read through another callable comes to the same", async () => {
    const hosts = {
      a: { settings: { branch: "x", label: (env: Reader) => env.branch?.length } },
      b: { settings: { branch: "y", label: () => 1 } },
    };
    expect(await share({ hosts }, (env) => `n${env.label}`)).toEqual({ values: ["n1", "n1"], calls: 1 });
  });

  it("are called for each host when they read env.host", async () => {
    expect(await share({ hosts: three }, (env) => env.host.name)).toEqual({ values: ["a", "b", "c"], calls: 3 });
  });

  it("are shared when only what they read looked at env.host and found the same", async () => {
    const hosts = { a: { roles: ["web"] }, b: { roles: ["web"] } };
    const settings = { hosts, roles: { web: { label: (env: Reader) => env.host.roles.join() } } };
    expect(await share(settings, (env) => env.label)).toEqual({ values: ["web", "web"], calls: 1 });
  });

  it("are called again where has answers differently", async () => {
    const hosts = { a: {}, b: {}, c: { settings: { extra: 1 } } };
    expect(await share({ hosts }, (env) => env.has("extra"))).toEqual({ values: [false, false, true], calls: 2 });
  });

  it("are called for each host when they list the keys of env", async () => {
    expect((await share({ hosts: three }, (env) => Object.keys(env).length)).calls).toBe(3);
  });

  it("compare plain data by content", async () => {
    const list = (): TestSettings["hosts"] => ({
      a: { settings: { dirs: ["log", { deep: 1 }] } },
      b: { settings: { dirs: ["log", { deep: 1 }] } },
      c: { settings: { dirs: ["log", { deep: 2 }] } },
    });
    expect((await share({ hosts: list() ?? {} }, (env) => JSON.stringify(env.dirs))).calls).toBe(2);
  });

  it("compare secrets by their text", async () => {
    const hosts = {
      a: { settings: { token: secret("x") } },
      b: { settings: { token: secret("x") } },
      c: { settings: { token: secret("y") } },
    };
    expect((await share({ hosts }, (env) => typeof env.token)).calls).toBe(2);
  });

  it("compare instances and functions by identity", async () => {
    const shared = new Map();
    const hosts = { a: { settings: { tool: shared } }, b: { settings: { tool: shared } }, c: { settings: { tool: new Map() } } };
    expect((await share({ hosts }, (env) => typeof env.tool)).calls).toBe(2);
  });

  it("treat NaN as equal to itself", async () => {
    const hosts = { a: { settings: { n: Number.NaN } }, b: { settings: { n: Number.NaN } } };
    expect((await share({ hosts }, (env) => String(env.n))).calls).toBe(1);
  });

  it("keep working when their reads depend on something that is no setting", async () => {
    let turn = 0;
    const { values } = await share({ hosts: three }, (env) => (turn++ % 2 === 0 ? env.branch : env.host.name));
    expect(values[2]).not.toBe("main");
  });

  it("are told apart by function, not by name", async () => {
    const hosts = { a: { settings: { key: () => "own a" } }, b: { settings: { key: () => "own b" } } };
    expect((await share({ hosts }, () => "base")).values).toEqual(["own a", "own b"]);
  });

  it("give frozen data, so that one host cannot change it for another", async () => {
    const env = envOf({ set: { dirs: () => ["log"] }, hosts: { a: {}, b: {} } });
    const dirs = (await env.forHost("a").get("dirs")) as string[];
    expect(() => dirs.push("tmp")).toThrow(TypeError);
    expect(await env.forHost("b").get("dirs")).toEqual(["log"]);
  });

  it("do not freeze what the deployfile holds itself", async () => {
    const mine = { dirs: ["log"] };
    await oneHost({ set: { mine } }).get("mine");
    mine.dirs.push("tmp");
    expect(mine.dirs).toEqual(["log", "tmp"]);
  });

  it("keep objects with functions as they are", async () => {
    const strategy = { name: "git", check: () => true };
    expect(await oneHost({ set: { strategy } }).get("strategy")).toBe(strategy);
  });
});

describe("fresh callables", () => {
  it("are called at each read", async () => {
    let calls = 0;
    const env = oneHost({ set: { now: fresh(() => ++calls) } });
    expect([(env.reader as unknown as Reader).now, await env.get("now"), (env.reader as unknown as Reader).now]).toEqual([
      1, 2, 3,
    ]);
  });

  it("are called at each read when they are async and awaited", async () => {
    let calls = 0;
    const env = oneHost({ set: { now: fresh(async () => ++calls) } });
    expect([await env.get("now"), await env.get("now")]).toEqual([1, 2]);
  });

  it("say that a plain read cannot give an async one", () => {
    const env = oneHost({ set: { now: fresh(async () => 1), label: (one: Reader) => `at ${one.now}` } });
    expect(() => (env.reader as unknown as Reader).now).toThrow('`now` is fresh and async: read it with `await env.get("now")`.');
    expect(() => (env.reader as unknown as Reader).label).toThrow(
      '`now` is fresh and async: read it with `await env.get("now")`.',
    );
  });

  it("never stand for another host", async () => {
    const { counted, calls } = counter();
    const label = counted((one: Reader) => `${one.now}`);
    const env = envOf({ set: { now: fresh(() => 7), label }, hosts: { a: {}, b: {} } });
    expect([await env.forHost("a").get("label"), await env.forHost("b").get("label"), calls()]).toEqual(["7", "7", 2]);
  });

  it("name the chain when they need themselves", async () => {
    const env = oneHost({ set: { a: fresh((one: Reader) => one.b), b: fresh((one: Reader) => one.a) } });
    await expect(env.get("a")).rejects.toMatchObject({ code: "SETTING_CYCLE", message: expect.stringContaining("a -> b -> a") });
  });

  it("wait for async settings as any callable does", async () => {
    const env = oneHost({ set: { slow: async () => "there", now: fresh((one: Reader) => `${one.slow}!`) } });
    expect(await env.get("now")).toBe("there!");
  });
});

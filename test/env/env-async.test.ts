import { describe, expect, it } from "vitest";
import type { EnvReader } from "../../src/env/settings.ts";
import { counter, deferred, envOf, failureOf, later, oneHost } from "./build.ts";

type Reader = EnvReader<Record<string, string>>;

describe("async callables", () => {
  it("are called once for hosts that ask at once", async () => {
    const answer = deferred<string>();
    const { counted, calls } = counter();
    const env = envOf({ set: { password: counted(() => answer.promise) }, hosts: { a: {}, b: {}, c: {} } });
    const all = ["a", "b", "c", "a"].map((host) => env.forHost(host).get("password"));
    answer.resolve("hunter2");
    expect(await Promise.all(all)).toEqual(["hunter2", "hunter2", "hunter2", "hunter2"]);
    expect(calls()).toBe(1);
  });

  it("are called for all hosts at once as soon as one is seen to read env.host", async () => {
    const started: string[] = [];
    const release = deferred<void>();
    const probe = async (env: Reader): Promise<string> => {
      started.push(env.host.name);
      await release.promise;
      return env.host.name;
    };
    const env = envOf({ set: { probe }, hosts: { a: {}, b: {}, c: {} } });
    const all = ["a", "b", "c"].map((host) => env.forHost(host).get("probe"));
    expect(started).toEqual(["a", "b", "c"]);
    release.resolve();
    expect(await Promise.all(all)).toEqual(["a", "b", "c"]);
  });

  const lateReads: readonly (readonly [string, (env: Reader) => Promise<string>])[] = [
    ["env.host", async (env) => env.host.name],
    ["a key that differs", async (env) => env.get("branch")],
  ];
  for (const [name, read] of lateReads) {
    it(`run side by side once the first is seen to read ${name}, however late`, async () => {
      const gates = [deferred<void>(), deferred<void>()];
      let running = 0;
      const probe = async (env: Reader): Promise<string> => {
        running += 1;
        await gates[running === 1 ? 0 : 1]?.promise;
        return read(env);
      };
      const names = ["a", "b", "c", "d"];
      const env = envOf({
        set: { probe },
        hosts: Object.fromEntries(names.map((host) => [host, { settings: { branch: host } }])),
      });
      const all = names.map((host) => env.forHost(host).get("probe"));
      await later(() => expect(running).toBe(1));
      gates[0]?.resolve();
      await later(() => expect(running).toBe(4));
      gates[1]?.resolve();
      expect(await Promise.all(all)).toEqual(names);
    });
  }

  it("are read ahead on each host as soon as the first is seen to read them", async () => {
    const [asked, answer] = [deferred<void>(), deferred<string>()];
    const { counted, calls } = counter();
    const branch = counted(() => answer.promise);
    const label = async (env: Reader): Promise<string> => {
      await asked.promise;
      return env.get("branch");
    };
    const names = ["a", "b", "c"];
    const hosts = Object.fromEntries(names.map((host) => [host, { settings: { branch: () => branch() } }]));
    const env = envOf({ set: { label }, hosts });
    const all = names.map((host) => env.forHost(host).get("label"));
    asked.resolve();
    await later(() => expect(calls()).toBe(3));
    answer.resolve("main");
    expect(await Promise.all(all)).toEqual(["main", "main", "main"]);
  });

  it("are called for what is known where another host's settings take long", async () => {
    const slow = deferred<number>();
    const { counted, calls } = counter();
    const sum = counted(async (env: Reader) => `${await env.get("x")}${await env.get("y")}`);
    const hosts = {
      first: { settings: { x: 1, y: 0 } },
      waiting: { settings: { x: () => slow.promise, y: 5 } },
      ready: { settings: { x: 1, y: 5 } },
    };
    const env = envOf({ set: { sum }, hosts });
    await env.forHost("first").get("sum");
    const both = [env.forHost("waiting").get("sum"), env.forHost("ready").get("sum")];
    await later(() => slow.resolve(1));
    expect([await Promise.all(both), calls()]).toEqual([["15", "15"], 2]);
  });

  it("run side by side for hosts that differ in what is read first", async () => {
    const release = deferred<void>();
    let running = 0;
    const build = async (env: Reader): Promise<string> => {
      const branch = await env.get("branch");
      running += 1;
      await release.promise;
      return branch;
    };
    const hosts = { a: { settings: { branch: "x" } }, b: { settings: { branch: "y" } }, c: { settings: { branch: "x" } } };
    const env = envOf({ set: { build }, hosts });
    const all = ["a", "b", "c"].map((host) => env.forHost(host).get("build"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(running).toBe(2);
    release.resolve();
    expect(await Promise.all(all)).toEqual(["x", "y", "x"]);
  });

  it("ask again where the first answer turns out not to be for this host", async () => {
    const asked: string[] = [];
    const ask = async (env: Reader): Promise<string> => {
      const branch = await env.get("branch");
      asked.push(branch);
      return `${branch}?`;
    };
    const env = envOf({ set: { ask, branch: "main" }, hosts: { a: {}, b: { settings: { branch: "fix" } }, c: {} } });
    expect(await Promise.all(["a", "b", "c"].map((host) => env.forHost(host).get("ask")))).toEqual(["main?", "fix?", "main?"]);
    expect(asked.sort()).toEqual(["fix", "main"]);
  });

  it("may return any thenable", async () => {
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested
    const thenable = { then: (done: (value: string) => void) => done("there") };
    expect(await oneHost({ set: { a: () => thenable } }).get("a")).toBe("there");
  });

  it("may read settings side by side", async () => {
    const sum = async (env: Reader): Promise<number> => {
      const all = await Promise.all(["x", "y", "z"].map((key) => env.get(key)));
      return all.reduce((total: number, one: number) => total + one, 0);
    };
    const set = {
      x: async () => 1,
      y: async (env: Reader) => 1 + (await env.get("x")),
      z: (env: Reader) => Number(env.y) * 2,
      sum,
    };
    expect(await oneHost({ set }).get("sum")).toBe(7);
  });

  it("may read sync callables plainly", async () => {
    const env = oneHost({ set: { name: () => "shop", path: async (one: Reader) => `/srv/${one.name}` } });
    expect(await env.get("path")).toBe("/srv/shop");
  });
});

describe("a sync callable that reads an async one", () => {
  it("is called again when the value is there", async () => {
    const { counted, calls } = counter();
    const label = counted((env: Reader) => `<${env.slow}>`);
    const env = envOf({ set: { slow: async () => "there", label }, hosts: { a: {}, b: {}, c: {} } });
    expect(await Promise.all(["a", "b", "c"].map((host) => env.forHost(host).get("label")))).toEqual([
      "<there>",
      "<there>",
      "<there>",
    ]);
    // Once until the interruption, once to the end: what the first host learned serves the others.
    expect(calls()).toBe(2);
  });

  it("has no say in what it made of the interruption", async () => {
    const label = (env: Reader): string => {
      try {
        return env.slow ?? "";
      } catch {
        return "caught";
      }
    };
    expect(await oneHost({ set: { slow: async () => "there", label } }).get("label")).toBe("there");
  });

  it("reads nothing more after the interruption", async () => {
    const { counted, calls } = counter();
    const label = (env: Reader): string => {
      try {
        return env.slow ?? "";
      } catch {
        return env.other ?? "";
      }
    };
    const env = oneHost({ set: { slow: async () => "there", other: counted(() => "x"), label } });
    expect([await env.get("label"), calls()]).toEqual(["there", 0]);
    expect((await env.explain("label")).reads).toEqual(["slow"]);
  });

  it("goes through several interruptions", async () => {
    const set = {
      a: async () => "a",
      b: async (env: Reader) => `${await env.get("a")}b`,
      c: (env: Reader) => `${env.a}${env.b}`,
      d: (env: Reader) => `${env.c}${env.b}`,
    };
    expect(await oneHost({ set }).get("d")).toBe("aabab");
  });
});

describe("a plain read of a value that is not there yet", () => {
  const slow = { slow: async () => "there" };

  it("is an error in a task's function that says what to write", () => {
    const env = oneHost({ set: { ...slow, label: (one: Reader) => `<${one.slow}>` } }).reader as unknown as Reader;
    expect(() => env.slow).toThrow('`slow` is async: read it with `await env.get("slow")`.');
    expect(() => env.label).toThrow('`label` waits for `slow`, which is async: read it with `await env.get("label")`.');
  });

  it("gives the value once it has been awaited", async () => {
    const env = oneHost({ set: { ...slow, label: (one: Reader) => `<${one.slow}>` } });
    await env.get("slow");
    expect([(env.reader as unknown as Reader).slow, (env.reader as unknown as Reader).label]).toEqual(["there", "<there>"]);
  });

  const functions: readonly (readonly [string, (env: Reader) => Promise<string>])[] = [
    ["an async function", async (env) => `<${env.slow}>`],
    ["an async function after an await", async (env) => Promise.resolve().then(() => `<${env.slow}>`)],
    ["a function that returns a promise", (env) => Promise.resolve().then(() => `<${env.slow}>`)],
    ["an async function that catches it", async (env) => env.slow ?? ""],
  ];
  for (const [name, callable] of functions) {
    it(`is an error in ${name}`, async () => {
      const failure = await failureOf(oneHost({ set: { ...slow, label: callable } }), "label");
      expect(failure).toMatchObject({ code: "SETTING_ASYNC", chain: ["label", "slow"] });
      expect(failure.message).toContain('`slow` is async: read it with `await env.get("slow")`.');
    });
  }

  it("is an error that an async callable cannot swallow", async () => {
    const swallows = async (env: Reader): Promise<string> => {
      try {
        return env.slow ?? "";
      } catch {
        return "swallowed";
      }
    };
    const callsFirst = (env: Reader): Promise<string> => {
      let text = "swallowed";
      try {
        text = env.slow ?? "";
      } catch {}
      return Promise.resolve(text);
    };
    for (const label of [swallows, callsFirst]) {
      expect((await failureOf(oneHost({ set: { ...slow, label } }), "label")).code).toBe("SETTING_ASYNC");
    }
  });

  it("fails on one host alone when that depends on what was seen out of order", async () => {
    const label = async (env: Reader): Promise<string> => {
      const slow = env.get("slow");
      const y = await env.get("y");
      return y === 1 ? `<${env.slow}>` : slow;
    };
    const answer = deferred<string>();
    const env = envOf({
      set: { slow: () => answer.promise, label },
      hosts: { a: { settings: { y: 1 } }, b: { settings: { y: 2 } } },
    });
    const all = [failureOf(env.forHost("a"), "label"), env.forHost("b").get("label")];
    await later(() => answer.resolve("there"));
    expect(await Promise.all(all)).toMatchObject([{ code: "SETTING_ASYNC" }, "there"]);
  });

  it("fails once for all hosts", async () => {
    const { counted, calls } = counter();
    const label = counted(async (env: Reader) => `<${env.slow}>`);
    const never = deferred<string>();
    const env = envOf({ set: { slow: () => never.promise, label }, hosts: { a: {}, b: {}, c: {} } });
    const all = await Promise.all(["a", "b", "c"].map((host) => failureOf(env.forHost(host), "label")));
    expect(all.map((one) => one.code)).toEqual(["SETTING_ASYNC", "SETTING_ASYNC", "SETTING_ASYNC"]);
    expect(calls()).toBe(1);
  });
});

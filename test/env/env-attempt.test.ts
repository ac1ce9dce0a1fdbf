import { describe, expect, it } from "vitest";
import { fact } from "../../src/env/declare.ts";
import type { Attempt, HostEnv } from "../../src/env/definition.ts";
import type { EnvReader } from "../../src/env/settings.ts";
import { deferred, envOf, oneHost } from "./build.ts";

type Reader = EnvReader<Record<string, string>>;

const declare = { releaseId: fact("Id of the release that is being made"), revision: fact("The commit") };

function read(env: HostEnv, key: string): unknown {
  return (env.reader as unknown as Reader)[key];
}

/** Does what a runner does: tries again whenever it was suspended. */
async function finish<T>(
  attempt: () => Attempt<T>,
): Promise<{ readonly last: Attempt<T>; readonly suspensions: readonly string[] }> {
  const suspensions: string[] = [];
  for (;;) {
    const last = attempt();
    if (last.kind !== "suspended") return { last, suspensions };
    suspensions.push(last.key);
    await last.until;
  }
}

describe("attempt", () => {
  it("gives what the function gives", () => {
    const env = oneHost({ set: { a: 1, b: (one: Reader) => `${one.a}!` } });
    expect(env.attempt(() => read(env, "b"))).toEqual({ kind: "value", value: "1!", unstated: [] });
  });

  it("throws what the function throws, and what a setting fails with", () => {
    const env = oneHost({});
    expect(() =>
      env.attempt(() => {
        throw new RangeError("mine");
      }),
    ).toThrow(RangeError);
    expect(() => env.attempt(() => read(env, "gone"))).toThrow("Nothing sets `gone`.");
  });

  it("is suspended by a value that is not there yet, until it is", async () => {
    const env = oneHost({
      set: { slow: async () => "there", other: async () => "too", label: (one: Reader) => `<${one.slow}>` },
    });
    const { last, suspensions } = await finish(() => env.attempt(() => [read(env, "label"), read(env, "other")]));
    expect(last).toEqual({ kind: "value", value: ["<there>", "too"], unstated: [] });
    expect(suspensions).toEqual(["slow", "other"]);
  });

  it("is suspended even when the function caught the interruption, and reads nothing more", async () => {
    let readAfter = 0;
    const env = oneHost({ set: { slow: async () => "there", after: () => ++readAfter } });
    const body = (): unknown => {
      try {
        return read(env, "slow");
      } catch {
        return read(env, "after");
      }
    };
    expect(env.attempt(body).kind).toBe("suspended");
    expect(readAfter).toBe(0);
    expect((await finish(() => env.attempt(body))).last).toMatchObject({ value: "there" });
  });

  it("ends its suspension when the value cannot be had, and then throws that", async () => {
    const answer = deferred<string>();
    const env = oneHost({ set: { slow: () => answer.promise } });
    const first = env.attempt(() => read(env, "slow"));
    answer.reject(new Error("no answer"));
    await (first.kind === "suspended" ? first.until : undefined);
    expect(() => env.attempt(() => read(env, "slow"))).toThrow("no answer");
  });

  it("waits for the call of another host that may serve this one", async () => {
    const answer = deferred<string>();
    let calls = 0;
    const password = (): Promise<string> => {
      calls += 1;
      return answer.promise;
    };
    const env = envOf({ set: { password }, hosts: { a: {}, b: {} } });
    const all = ["a", "b"].map((host) => finish(() => env.forHost(host).attempt(() => read(env.forHost(host), "password"))));
    answer.resolve("x");
    expect((await Promise.all(all)).map(({ last }) => last)).toMatchObject([{ value: "x" }, { value: "x" }]);
    expect(calls).toBe(1);
  });

  it("counts for reads on all hosts while it runs, and for none after", async () => {
    const env = envOf({ set: { slow: async (one: Reader) => one.host.name }, hosts: { a: {}, b: {} } });
    const [a, b] = [env.forHost("a"), env.forHost("b")];
    expect(a.attempt(() => read(b, "slow"))).toMatchObject({ kind: "suspended", key: "slow" });
    expect(() => read(a, "slow")).toThrow("await env.get");
  });

  it("says which fact nobody has stated", () => {
    const env = oneHost({ declare, set: { path: (one: Reader) => `/srv/${one.releaseId}` } });
    expect(env.attempt(() => read(env, "path"))).toEqual({ kind: "unset", key: "releaseId" });
    expect(
      env.attempt(() => {
        try {
          return read(env, "path");
        } catch (error) {
          throw new Error("wrapped", { cause: error });
        }
      }),
    ).toEqual({ kind: "unset", key: "releaseId" });
    env.reader.set("releaseId", "1");
    expect(env.attempt(() => read(env, "path"))).toMatchObject({ value: "/srv/1" });
  });

  it("lists facts that it looked at and that may still be stated", () => {
    const guess = (one: Reader): string => (one.has("revision") ? (one.revision ?? "") : "none");
    const env = oneHost({ declare, set: { guess, other: 1 } });
    expect(env.attempt(() => read(env, "other"))).toMatchObject({ unstated: [] });
    expect(env.attempt(() => read(env, "guess"))).toEqual({ kind: "value", value: "none", unstated: ["revision"] });
    expect(env.attempt(() => env.reader.has("releaseId"))).toEqual({ kind: "value", value: false, unstated: ["releaseId"] });
    env.reader.set("revision", "abc");
    expect(env.attempt(() => read(env, "guess"))).toEqual({ kind: "value", value: "abc", unstated: [] });
  });

  it("works inside another attempt", async () => {
    const env = oneHost({ set: { slow: async () => "there", a: 1 } });
    const both = (): unknown => {
      const inner = env.attempt(() => read(env, "slow"));
      return [inner.kind, read(env, "a")];
    };
    expect(env.attempt(both)).toMatchObject({ value: ["suspended", 1] });
    expect(() => read(env, "slow")).toThrow("await env.get");
  });
});

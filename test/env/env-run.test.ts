import { describe, expect, it } from "vitest";
import { fact } from "../../src/env/declare.ts";
import { secret } from "../../src/env/secret.ts";
import type { EnvReader } from "../../src/env/settings.ts";
import { counter, deferred, envOf, failureOf } from "./build.ts";

type Reader = EnvReader<Record<string, string>>;

describe("the env of the run as a whole", () => {
  it("has the values on which all hosts agree, however they came about", async () => {
    const hosts = {
      a: { settings: { dirs: ["log"], branch: () => "main" } },
      b: { settings: { dirs: ["log"], branch: "main" } },
    };
    const run = envOf({ hosts }).forRun();
    expect([await run.get("dirs"), (run.reader as unknown as Reader).branch]).toEqual([["log"], "main"]);
  });

  it("names hosts and values where they do not agree", async () => {
    const hosts = { a: { settings: { branch: "x" } }, b: {}, c: {}, d: {}, e: {} };
    const failure = await failureOf(envOf({ set: { branch: "main" }, hosts }).forRun(), "branch");
    expect(failure).toMatchObject({
      code: "HOSTS_DISAGREE",
      message: '`branch` is not the same on all hosts of the run: "x" on a and "main" on b, c and 2 more.',
      hint: expect.stringContaining("-s branch=..."),
    });
  });

  it("hides secrets in what it says", async () => {
    const hosts = { a: { settings: { token: secret("alpha") } }, b: { settings: { token: secret("beta") } } };
    const { message } = await failureOf(envOf({ hosts }).forRun(), "token");
    expect(message).toContain("[redacted] on a and [redacted] on b");
    expect(message).not.toMatch(/alpha|beta/);
  });

  it("fails where one host fails", async () => {
    const env = envOf({ hosts: { a: { settings: { x: 1 } }, b: {} } });
    expect((await failureOf(env.forRun(), "x")).code).toBe("SETTING_UNKNOWN");
    expect([env.forRun().reader.has("x"), env.forHost("a").reader.has("x")]).toEqual([false, true]);
  });

  it("asks once for all hosts", async () => {
    const answer = deferred<string>();
    const { counted, calls } = counter();
    const env = envOf({ set: { password: counted(() => answer.promise) }, hosts: { a: {}, b: {} } });
    const run = env.forRun();
    expect(() => (run.reader as unknown as Reader).password).toThrow('await env.get("password")');
    const attempt = run.attempt(() => (run.reader as unknown as Reader).password);
    expect(attempt).toMatchObject({ kind: "suspended", key: "password" });
    answer.resolve("x");
    await (attempt.kind === "suspended" ? attempt.until : undefined);
    expect(run.attempt(() => (run.reader as unknown as Reader).password)).toMatchObject({ value: "x" });
    expect(calls()).toBe(1);
  });

  it("waits for the one host on which a value is not there yet", async () => {
    const env = envOf({ set: { x: 1 }, hosts: { a: {}, b: { settings: { x: async () => 1 } } } });
    const run = env.forRun();
    const first = run.attempt(() => (run.reader as unknown as Reader).x);
    expect(first).toMatchObject({ kind: "suspended", key: "x" });
    await (first.kind === "suspended" ? first.until : undefined);
    expect(run.attempt(() => (run.reader as unknown as Reader).x)).toMatchObject({ value: 1 });
  });

  it("has a host that is named local", () => {
    const { host } = envOf({}).forRun().reader;
    expect([host.id, host.name, host.roles]).toEqual(["local", "local", []]);
  });

  it("states facts for all hosts", async () => {
    const env = envOf({ declare: { releaseId: fact("Id") }, hosts: { a: {}, b: {} } });
    expect(env.forRun().attempt(() => (env.forRun().reader as unknown as Reader).releaseId)).toEqual({
      kind: "unset",
      key: "releaseId",
    });
    env.forRun().reader.set("releaseId", "1");
    expect([
      await env.forHost("a").get("releaseId"),
      await env.forHost("b").get("releaseId"),
      await env.forRun().get("releaseId"),
    ]).toEqual(["1", "1", "1"]);
  });

  it("has the deployfile's values when the run has no hosts", async () => {
    const env = envOf({
      set: { branch: "main", label: (one: Reader) => `${one.branch} on ${one.host.name}` },
      roles: { web: { branch: "web" } },
      hosts: {},
      options: ["branch=opt"],
    });
    const run = env.forRun();
    expect(await run.get("label")).toBe("opt on local");
    run.reader.set("branch", "stated");
    expect(await run.get("label")).toBe("stated on local");
  });

  it("lists the keys of all hosts, and explains by the first", async () => {
    const env = envOf({ set: { a: 1 }, hosts: { x: { settings: { b: 1 } }, y: { settings: { c: 1 } } } });
    expect(env.forRun().keys()).toEqual(["a", "b", "c"]);
    expect((await env.forRun().explain("a")).provenance.layer).toBe("deployfile");
  });
});

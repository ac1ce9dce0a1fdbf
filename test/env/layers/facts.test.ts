import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fact, fresh } from "../../../src/env/declare.ts";
import type { EnvReader } from "../../../src/env/settings.ts";
import { counter, deferred, envOf, failureOf, later, oneHost } from "../build.ts";

type Reader = EnvReader<Record<string, string>>;

const declare = { releaseId: fact("Id of the release that is being made") };

describe("facts", () => {
  it("cannot be read before a task states them", async () => {
    const env = oneHost({ declare });
    const failure = await failureOf(env, "releaseId");
    expect(failure).toMatchObject({
      code: "FACT_UNSET",
      message: "`releaseId` is only known during a run, and no task has stated it yet.",
      hint: expect.stringContaining("Id of the release that is being made."),
    });
    expect(env.reader.has("releaseId")).toBe(false);
  });

  it("are stated for one host, or for all", async () => {
    const env = envOf({ declare, hosts: { a: {}, b: {} } });
    const [a, b] = [env.forHost("a"), env.forHost("b")];
    a.reader.set("releaseId", "1");
    expect([await a.get("releaseId"), a.reader.has("releaseId"), b.reader.has("releaseId")]).toEqual(["1", true, false]);
    a.reader.setForRun("releaseId", "2");
    expect([await a.get("releaseId"), await b.get("releaseId")]).toEqual(["2", "2"]);
  });

  it("make what was worked out from them be worked out again, through other settings", async () => {
    const { counted, calls } = counter();
    const set = {
      path: (one: Reader) => `/srv/${one.releaseId}`,
      link: (one: Reader) => `${one.path}/current`,
      other: counted(() => "kept"),
    };
    const env = oneHost({ declare, set });
    await failureOf(env, "link");
    env.reader.set("releaseId", "1");
    expect([await env.get("link"), await env.get("other")]).toEqual(["/srv/1/current", "kept"]);
    env.reader.set("releaseId", "2");
    expect([await env.get("link"), await env.get("other")]).toEqual(["/srv/2/current", "kept"]);
    expect(calls()).toBe(1);
  });

  it("make what asked for them with has be worked out again", async () => {
    const env = oneHost({ declare, set: { label: (one: Reader) => (one.has("releaseId") ? one.releaseId : "none") } });
    expect(await env.get("label")).toBe("none");
    env.reader.set("releaseId", "7");
    expect(await env.get("label")).toBe("7");
  });

  it("make what was worked out on other hosts stay", async () => {
    const env = envOf({
      declare,
      set: { label: (one: Reader) => (one.has("releaseId") ? one.releaseId : "none") },
      hosts: { a: {}, b: {} },
    });
    expect([await env.forHost("a").get("label"), await env.forHost("b").get("label")]).toEqual(["none", "none"]);
    env.forHost("a").reader.set("releaseId", "7");
    expect([await env.forHost("a").get("label"), await env.forHost("b").get("label")]).toEqual(["7", "none"]);
  });

  it("reach what was still being worked out when they were stated", async () => {
    const release = deferred<void>();
    const slow = async (one: Reader): Promise<string> => {
      const id = await one.get("releaseId");
      await release.promise;
      return `got ${id}`;
    };
    const env = oneHost({ declare, set: { slow } });
    env.reader.set("releaseId", "1");
    const asked = env.get("slow");
    env.reader.set("releaseId", "2");
    release.resolve();
    expect([await asked, await env.get("slow")]).toEqual(["got 2", "got 2"]);
  });

  it("may be any key, declared or not", async () => {
    const env = oneHost({ set: { branch: "main" } });
    env.reader.set("branch", "fix");
    env.reader.set("note", "new");
    expect([await env.get("branch"), await env.get("note")]).toEqual(["fix", "new"]);
  });

  it("read as their default until they are stated", async () => {
    const withDefault = {
      releasePath: fact<string>("Where the release is", { default: fresh((one) => `${(one as unknown as Reader).current}`) }),
    };
    const env = oneHost({ declare: withDefault, set: { current: "/srv/current" } });
    expect([await env.get("releasePath"), env.reader.has("releasePath")]).toEqual(["/srv/current", false]);
    env.reader.set("releasePath", "/srv/releases/1");
    expect([await env.get("releasePath"), env.reader.has("releasePath")]).toEqual(["/srv/releases/1", true]);
  });

  it("are checked by their schema when they are stated", async () => {
    const checked = { releaseId: fact("Id", { schema: z.string().regex(/^\d+$/) }) };
    const env = oneHost({ declare: checked });
    expect(() => env.reader.set("releaseId", "x1")).toThrow("`releaseId` (stated by a task) is not right");
    expect(env.reader.has("releaseId")).toBe(false);
  });

  const refused: readonly (readonly [string, string, unknown, string])[] = [
    ["undefined", "a", undefined, "`a` was stated as undefined."],
    ["a promise", "a", Promise.resolve(1), "`a` (stated by a task) is a promise."],
    ["a reserved name", "host", "x", "`host` means something else on an env"],
  ];
  for (const [name, key, value, message] of refused) {
    it(`are refused for ${name}`, () => {
      const { reader } = oneHost({});
      expect(() => reader.set(key, value)).toThrow(message);
      expect(() => reader.setForRun(key, value)).toThrow(message);
    });
  }

  it("cannot be stated by the function of a setting", async () => {
    const set = { a: (one: Reader) => (one as unknown as { set(key: string, value: unknown): void }).set("b", 1) };
    expect((await failureOf(oneHost({ set }), "a")).message).toContain("`b` cannot be stated in the function of a setting.");
  });

  it("share what is worked out from them between hosts where they are the same", async () => {
    const { counted, calls } = counter();
    const env = envOf({
      declare,
      set: { path: counted((one: Reader) => `/srv/${one.releaseId}`) },
      hosts: { a: {}, b: {}, c: {} },
    });
    env.forRun().reader.set("releaseId", "1");
    env.forHost("c").reader.set("releaseId", "2");
    expect(await Promise.all(["a", "b", "c"].map((host) => env.forHost(host).get("path")))).toEqual([
      "/srv/1",
      "/srv/1",
      "/srv/2",
    ]);
    expect(calls()).toBe(2);
  });

  it("are no part of what another host gets when they were stated during the call", async () => {
    const gates: ReturnType<typeof deferred<void>>[] = [];
    const path = async (one: Reader): Promise<string> => {
      const stage = await one.get("stage");
      gates.push(deferred());
      await gates.at(-1)?.promise;
      return `${stage}/${await one.get("releaseId")}`;
    };
    const env = envOf({ declare, set: { stage: "live", path }, hosts: { first: {}, a: {}, b: {} } });
    for (const [host, id] of Object.entries({ first: "0", a: "1", b: "1" })) env.forHost(host).reader.set("releaseId", id);
    const open = () => later(() => gates.forEach((gate) => void gate.resolve()));
    // After this it is known what is looked at.
    const known = env.forHost("first").get("path");
    await open();
    await known;
    const early = env.forHost("a").get("path");
    await later(() => env.forHost("a").reader.set("releaseId", "2"));
    await open();
    await open();
    const other = env.forHost("b").get("path");
    await open();
    expect(await Promise.all([early, other])).toEqual(["live/2", "live/1"]);
  });
});

describe("a dry run", () => {
  const set = { path: (one: Reader) => `/srv/${one.releaseId}` };
  const dry = { placeholders: true };

  it("reads facts as placeholders, also inside other values", async () => {
    const env = oneHost({ declare, set }, dry);
    expect([await env.get("releaseId"), await env.get("path"), env.reader.has("releaseId")]).toEqual([
      "<releaseId>",
      "/srv/<releaseId>",
      false,
    ]);
    env.reader.set("releaseId", "1");
    expect(await env.get("path")).toBe("/srv/1");
  });

  it("reads a fact as its placeholder, not as its default", async () => {
    const withDefault = { releasePath: fact<string>("Where the release is", { default: "/srv/current" }) };
    expect(await oneHost({ declare: withDefault }, dry).get("releasePath")).toBe("<releasePath>");
  });

  it("shows a placeholder for what stumbles over one", async () => {
    const stumbles = {
      parsed: (one: Reader) => JSON.parse(one.releaseId ?? ""),
      later: async (one: Reader) => JSON.parse(await one.get("releaseId")),
      above: (one: Reader) => `at ${one.parsed}`,
      broken: () => JSON.parse("<"),
    };
    const env = oneHost({ declare, set: stumbles }, dry);
    expect([await env.get("parsed"), await env.get("later"), await env.get("above")]).toEqual([
      "<parsed>",
      "<later>",
      "at <parsed>",
    ]);
    expect((await failureOf(env, "broken")).code).toBe("SETTING_THREW");
  });

  it("still refuses settings that need themselves", async () => {
    const circle = { a: (one: Reader) => `${one.releaseId}${one.b}`, b: (one: Reader) => one.a };
    expect((await failureOf(oneHost({ declare, set: circle }, dry), "a")).code).toBe("SETTING_CYCLE");
  });
});

import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fact, setting } from "../../src/env/declare.ts";
import type { EnvReader } from "../../src/env/settings.ts";
import { counter, declared, envOf, failureOf, oneHost } from "./build.ts";

type Reader = EnvReader<Record<string, string>>;

const path = z
  .string()
  .startsWith("/")
  .transform((text) => posix.normalize(text));

describe("a declared setting", () => {
  it("reads as what its schema makes of it, wherever it comes from", async () => {
    const declare = { deployPath: declared(path, "/srv//default") };
    const env = envOf({
      declare,
      hosts: {
        a: {},
        b: { settings: { deployPath: "/srv/x/../b" } },
        c: { settings: { deployPath: () => "/srv/./c" } },
        d: { settings: { deployPath: async () => "/d//d" } },
      },
    });
    expect(await Promise.all(["a", "b", "c", "d"].map((host) => env.forHost(host).get("deployPath")))).toEqual([
      "/srv/default",
      "/srv/b",
      "/srv/c",
      "/d/d",
    ]);
  });

  it("is an error with where it was set and what would be right", async () => {
    const declare = {
      keepReleases: setting(z.int().min(1), { desc: "Releases that are kept", default: 5, example: "keepReleases: 10" }),
    };
    const failure = await failureOf(oneHost({ declare, set: { keepReleases: "5x" } }), "keepReleases");
    expect(failure).toMatchObject({
      code: "SETTING_INVALID",
      message: "`keepReleases` (env.set, deployfile.ts:5) is not right: expected number, received string.",
      hint: "Releases that are kept. For example: keepReleases: 10",
    });
  });

  it("checks what a callable gives", async () => {
    const declare = { keepReleases: declared(z.int().min(1)) };
    const env = oneHost({ declare, set: { keepReleases: () => 0, twice: (one: Reader) => one.keepReleases } });
    expect(env).toBeDefined();
    expect(await failureOf(env, "twice")).toMatchObject({
      code: "SETTING_INVALID",
      chain: ["twice", "keepReleases"],
      message: expect.stringContaining(">=1"),
    });
  });

  it("is checked once, however many hosts read it", async () => {
    const { counted, calls } = counter();
    const declare = { name: declared(z.string().transform(counted((text: string) => text.trim()))) };
    const env = envOf({ declare, set: { name: () => " shop " }, hosts: { a: {}, b: {}, c: {} } });
    expect(await Promise.all(["a", "b", "c"].map((host) => env.forHost(host).get("name")))).toEqual(["shop", "shop", "shop"]);
    expect(calls()).toBe(1);
  });

  it("names the place inside a value that is wrong", async () => {
    const declare = { hooks: declared(z.array(z.object({ name: z.string() }))) };
    const failure = await failureOf(oneHost({ declare, set: { hooks: [{ name: "a" }, { name: 1 }] } }), "hooks");
    expect(failure.message).toContain("[1].name: expected string, received number");
  });

  it("takes a default that is a callable", async () => {
    const declare = { label: setting(z.string(), { desc: "x", default: (env) => `<${(env as unknown as Reader).name}>` }) };
    expect(await oneHost({ declare, set: { name: "shop" } }).get("label")).toBe("<shop>");
  });

  it("survives a schema that throws, or is async", async () => {
    const throwing = z.string().refine(() => {
      throw new Error("inside");
    });
    const slow = z.string().refine(async () => true);
    const env = oneHost({ declare: { throwing: declared(throwing), slow: declared(slow) }, set: { throwing: "x", slow: "x" } });
    expect((await failureOf(env, "throwing")).message).toContain("its schema threw: inside");
    expect((await failureOf(env, "slow")).message).toContain("its schema is async");
  });

  it("has frozen declarations", () => {
    expect([Object.isFrozen(setting(z.string(), { desc: "x" })), Object.isFrozen(fact("x"))]).toEqual([true, true]);
    expect(setting(z.string(), { desc: "x" })).toMatchObject({
      kind: "setting",
      required: false,
      example: undefined,
      default: undefined,
    });
    expect(fact("x")).toMatchObject({ kind: "fact", schema: undefined, desc: "x" });
  });
});

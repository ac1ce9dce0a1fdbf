import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { LayerKind } from "../../src/env/settings.ts";
import { declared, envOf, oneHost, type TestSettings } from "./build.ts";

/** One value in each layer, weakest first. */
const LAYERS: readonly (readonly [LayerKind, TestSettings])[] = [
  ["default", { declare: { branch: declared(z.string(), "of default") } }],
  ["deployfile", { set: { branch: "of deployfile" } }],
  ["role", { roles: { web: { branch: "of role" } } }],
  ["host", { hosts: { one: { roles: ["web"], settings: { branch: "of host" } } } }],
  ["option", { options: ["branch=of option"] }],
];

describe("layers", () => {
  const withRole: TestSettings = { hosts: { one: { roles: ["web"] } } };

  for (const [at, [layer]] of LAYERS.entries()) {
    it(`give the value of "${layer}" when nothing above it sets the key`, async () => {
      const settings = Object.assign({}, withRole, ...LAYERS.slice(0, at + 1).map(([, one]) => one)) as TestSettings;
      const env = oneHost(settings);
      expect(env.reader).toHaveProperty("branch", `of ${layer}`);
      expect((await env.explain("branch")).provenance.layer).toBe(layer);
    });
  }

  it("end with facts, which win over all others", async () => {
    const env = oneHost(Object.assign({}, ...LAYERS.map(([, one]) => one)) as TestSettings);
    env.reader.set("branch", "of a task");
    expect(await env.get("branch")).toBe("of a task");
    expect((await env.explain("branch")).provenance).toEqual({ layer: "fact", name: undefined, where: undefined });
  });

  it("let a plain value win over a callable default, and a callable over a plain default", async () => {
    const plainWins = oneHost({ declare: { a: declared<unknown>(z.unknown(), () => "callable") }, set: { a: "plain" } });
    const callableWins = oneHost({ declare: { a: declared(z.string(), "plain") }, set: { a: () => "callable" } });
    expect([await plainWins.get("a"), await callableWins.get("a")]).toEqual(["plain", "callable"]);
  });

  it("take the last of several env.set calls", async () => {
    const env = oneHost({ set: [{ values: { a: 1, b: 1 } }, { values: { a: 2 } }] });
    expect([await env.get("a"), await env.get("b")]).toEqual([2, 1]);
  });

  it("leave out keys that are undefined", async () => {
    const env = oneHost({ declare: { branch: declared(z.string(), "main") }, set: [{ values: { branch: undefined } }] });
    expect(await env.get("branch")).toBe("main");
  });

  it("keep null as a value", async () => {
    expect(await oneHost({ set: { a: null } }).get("a")).toBeNull();
  });

  it("apply a role's settings only to hosts with that role among those that count", async () => {
    const env = envOf({
      set: { branch: "main" },
      roles: { web: { branch: "web" }, db: { branch: "db" } },
      hosts: { a: { roles: ["web"] }, b: { roles: ["db"] }, c: {} },
    });
    const values = await Promise.all(["a", "b", "c"].map((host) => env.forHost(host).get("branch")));
    expect(values).toEqual(["web", "db", "main"]);
  });

  it("ignore a role that the definition does not know", async () => {
    const env = envOf({ set: { branch: "main" }, hosts: { a: { roles: ["gone"] } } });
    expect(await env.forHost("a").get("branch")).toBe("main");
  });

  it("list all keys that are declared, set or stated, each once", () => {
    const env = oneHost({
      declare: { branch: declared(z.string()) },
      set: { a: 1, branch: "main" },
      roles: { web: { b: 1 }, other: { never: 1 } },
      hosts: { one: { roles: ["web"], settings: { c: 1 } } },
      options: ["a=2"],
    });
    env.reader.set("stated", true);
    expect(env.keys()).toEqual(["branch", "a", "b", "c", "stated"]);
  });

  it("know a key with has when a layer sets it or a default gives it", () => {
    const env = oneHost({
      declare: { withDefault: declared(z.string(), "x"), without: declared(z.string()) },
      set: { called: () => "x" },
    }).reader;
    expect(["withDefault", "without", "called", "unknown"].map((key) => env.has(key))).toEqual([true, false, true, false]);
  });

  it("refuse a host that is not in the run", () => {
    expect(() => envOf({}).forHost("two")).toThrow("`two` is not a host of this run.");
  });
});

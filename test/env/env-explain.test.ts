import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fresh } from "../../src/env/declare.ts";
import { secret } from "../../src/env/secret.ts";
import type { EnvReader } from "../../src/env/settings.ts";
import { declared, envOf, oneHost } from "./build.ts";

type Reader = EnvReader<Record<string, string>>;

describe("explain", () => {
  it("says which layer a value comes from, and where it was written", async () => {
    const env = envOf({
      declare: { branch: declared(z.string(), "main"), keep: declared(z.number(), 5) },
      set: [{ values: { name: "first" } }, { values: { name: "shop" }, where: { file: "deployfile.ts", line: 9 } }],
      roles: { web: { branch: "web" } },
      hosts: { one: { roles: ["web"], settings: { region: "eu" } } },
      options: ["zone=1"],
    }).forHost("one");
    const provenance = async (key: string): Promise<unknown> => (await env.explain(key)).provenance;
    expect(await provenance("keep")).toEqual({ layer: "default", name: "shop", where: { file: "recipe.ts", line: 3 } });
    expect(await provenance("name")).toEqual({ layer: "deployfile", name: undefined, where: { file: "deployfile.ts", line: 9 } });
    expect(await provenance("branch")).toEqual({ layer: "role", name: "web", where: { file: "deployfile.ts", line: 20 } });
    expect(await provenance("region")).toEqual({ layer: "host", name: "one", where: undefined });
    expect(await provenance("zone")).toEqual({ layer: "option", name: undefined, where: undefined });
  });

  it("lists what a callable read, on hosts that share its result too", async () => {
    const set = {
      name: "shop",
      slow: async () => "x",
      path: (one: Reader) => `/srv/${one.name}/${one.slow}/${one.has("zone")}/${one.name}`,
    };
    const env = envOf({ set, hosts: { a: {}, b: {} } });
    for (const host of ["a", "b"]) {
      expect(await env.forHost(host).explain("path")).toMatchObject({
        key: "path",
        value: "/srv/shop/x/false/shop",
        reads: ["name", "slow", "zone"],
      });
    }
    expect((await env.forHost("a").explain("name")).reads).toEqual([]);
  });

  it("lists what a fresh callable read last", async () => {
    const env = oneHost({ set: { name: "shop", now: fresh((one: Reader) => `${one.name}!`) } });
    expect((await env.explain("now")).reads).toEqual(["name"]);
  });

  it("shows secrets as what they print as", async () => {
    const explained = await oneHost({ set: { token: secret("hunter2") } }).explain("token");
    expect(inspect(explained)).toContain("value: [redacted]");
  });

  it("explains a value that only the schema gives", async () => {
    const env = oneHost({ declare: { keep: declared(z.number().default(5)) } });
    expect(await env.explain("keep")).toMatchObject({ value: 5, provenance: { layer: "default" } });
  });

  it("fails as a read does", async () => {
    await expect(oneHost({}).explain("gone")).rejects.toMatchObject({ code: "SETTING_UNKNOWN" });
  });
});

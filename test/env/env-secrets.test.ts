import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Secret } from "../../src/command/secret.ts";
import { secret } from "../../src/env/secret.ts";
import type { EnvReader } from "../../src/env/settings.ts";
import { declared, envOf, failureOf, oneHost } from "./build.ts";

type Reader = EnvReader<Record<string, Secret>>;
const TEXT = "hunter2-very-secret";

describe("secret", () => {
  it("hides text, and takes a secret for what it is", () => {
    const value = secret(TEXT);
    expect([inspect({ value }), value.reveal()]).toEqual(["{ value: [redacted] }", TEXT]);
    expect(secret(value)).toBe(value);
  });

  for (const [name, callable] of [
    ["sync", secret(() => TEXT)],
    ["async", secret(async () => TEXT)],
    ["one that gives a secret", secret(() => secret(TEXT))],
  ] as const) {
    it(`hides what a function gives: ${name}`, async () => {
      const value = await oneHost({ set: { token: callable } }).get("token");
      expect(value).toBeInstanceOf(Secret);
      expect((value as Secret).reveal()).toBe(TEXT);
    });
  }

  it("passes its env on to the function", async () => {
    const token = secret<Record<string, string>>((env) => `${env.name}-${TEXT}`);
    expect(((await oneHost({ set: { name: "shop", token } }).get("token")) as Secret).reveal()).toBe(`shop-${TEXT}`);
  });

  it("is an error where there is no text", async () => {
    expect(() => secret(5 as unknown as string)).toThrow("A secret is text or a function that gives text, not number.");
    expect((await failureOf(oneHost({ set: { a: secret(() => 5 as unknown as string) } }), "a")).message).toContain(
      "A secret must be text, not number.",
    );
    expect((await failureOf(oneHost({ set: { a: secret(() => undefined) } }), "a")).code).toBe("SETTING_UNDEFINED");
  });
});

describe("a setting that is a secret", () => {
  const secretSchema = z.instanceof(Secret);

  it("fits where the schema takes one", async () => {
    const declare = {
      token: declared<unknown>(secretSchema.refine((one) => one.reveal().length > 5)),
      url: declared<unknown>(z.union([z.string(), secretSchema])),
      registry: declared<unknown>(z.object({ user: z.string(), password: secretSchema, keys: z.array(secretSchema) })),
    };
    const registry = { user: "ci", password: secret(TEXT), keys: [secret("key-1-secret")] };
    const env = oneHost({ declare, set: { token: secret(TEXT), url: () => secret`https://${TEXT}@example.com`, registry } });
    expect((await env.get("token")) as Secret).toBeInstanceOf(Secret);
    expect(((await env.get("url")) as Secret).reveal()).toBe(`https://${TEXT}@example.com`);
    expect(inspect(await env.get("registry"))).toBe("{ user: 'ci', password: [redacted], keys: [ [redacted] ] }");
  });

  /** Whoever reads what these say reads text, and would get an object. */
  const WRONG: readonly (readonly [string, z.ZodType, unknown])[] = [
    ["text", z.string(), secret(TEXT)],
    ["text that a function gives", z.string(), secret(async () => TEXT)],
    ["text that is made of it", z.coerce.string(), secret(TEXT)],
    ["text or a number", z.union([z.string(), z.number()]), secret(TEXT)],
    ["a number", z.coerce.number(), secret("123456789")],
    ["text in an object", z.object({ user: z.string(), password: z.string() }), { user: "ci", password: secret(TEXT) }],
    ["text in a list", z.array(z.string()), ["open", secret(TEXT)]],
    [
      "one that it repeats",
      secretSchema.refine(() => false, { error: (issue) => `bad: ${(issue.input as Secret).reveal()}` }),
      secret(TEXT),
    ],
    [
      "one that it throws",
      secretSchema.transform((one) => {
        throw new Error(one.reveal());
      }),
      secret(TEXT),
    ],
  ];
  for (const [name, schema, value] of WRONG) {
    it(`is an error that does not show it where the schema takes ${name}`, async () => {
      const env = oneHost({ declare: { token: declared<unknown>(schema) }, set: { token: value } });
      const failure = await failureOf(env, "token");
      expect(failure.code).toBe("SETTING_INVALID");
      expect(failure.message).toMatch(/`token` .*secret.*z\.instanceof\(Secret\)/s);
      expect(inspect(failure, { depth: 9 })).not.toMatch(/hunter2|123456789/);
    });
  }

  it("is in no error, when a schema repeats other text that holds it", async () => {
    const echo = z.string().refine(() => false, { error: (issue) => `bad: ${String(issue.input)}` });
    const set = { token: secret(TEXT), url: (env: Reader) => `https://ci:${env.token?.reveal()}@example.com` };
    const failure = await failureOf(oneHost({ declare: { url: declared(echo) }, set }), "url");
    expect(failure.message).toContain("bad: https://ci:[redacted]@example.com");
  });

  it("is in no error when it is part of another", async () => {
    const set = {
      short: secret("hunter2"),
      token: secret(TEXT),
      thrower: (env: Reader) => {
        throw new Error(`no access: ${env.token?.reveal()}`);
      },
    };
    expect((await failureOf(oneHost({ set }), "thrower")).message).toMatch(/no access: \[redacted\]$/m);
  });

  it("may be in data that contains itself", async () => {
    const knot: Record<string, unknown> = { password: secret(TEXT) };
    knot.self = knot;
    const schema = z.object({ password: secretSchema, self: z.any() });
    const value = (await oneHost({ declare: { knot: declared<unknown>(schema) }, set: { knot } }).get("knot")) as typeof knot;
    expect([inspect(value.password), value.self]).toEqual(["[redacted]", knot]);
  });

  it("is in no error, when a function throws it", async () => {
    const thrower = (env: Reader): never => {
      throw new TypeError(`cannot log in with ${env.token?.reveal()}`);
    };
    const failure = await failureOf(oneHost({ set: { token: secret(TEXT), thrower } }), "thrower");
    expect(failure.message).toContain("cannot log in with [redacted]");
    expect(inspect(failure, { depth: 9 })).not.toContain(TEXT);
  });

  it("is in no explanation and no problem", async () => {
    const settings = {
      declare: { token: declared<unknown>(secretSchema.refine((one) => one.reveal().length <= 3, "<=3 characters")) },
      set: { token: secret(TEXT), other: secret(() => TEXT) },
    };
    expect(JSON.stringify(envOf(settings).problems())).toMatch(/^(?!.*hunter2).*<=3 characters/);
    expect(inspect(await oneHost(settings).explain("other"), { depth: 9 })).not.toContain(TEXT);
  });
});

describe("onSecret", () => {
  it("is called for each secret as soon as it is known, once", async () => {
    const known: string[] = [];
    const shared = secret("in two places");
    const env = envOf(
      {
        declare: { withDefault: declared<unknown>(z.unknown(), secret("a default")) },
        set: { plain: secret("plain"), deep: { list: [secret("deep")] }, shared, asked: secret(async () => "asked") },
        roles: { web: { shared }, unselected: { x: secret("of a role that is not selected") } },
        hosts: { one: { settings: { own: secret("of a host") } } },
        options: ["plain=given"],
      },
      { onSecret: (value) => known.push(value.reveal()) },
    );
    expect(known.sort()).toEqual([
      "a default",
      "deep",
      "given",
      "in two places",
      "of a host",
      "of a role that is not selected",
      "plain",
    ]);
    const one = env.forHost("one");
    await Promise.all([one.get("asked"), one.get("shared"), one.get("asked")]);
    expect(known.slice(7)).toEqual(["asked"]);
    one.reader.set("stated", [secret("stated")]);
    expect(known.slice(8)).toEqual(["stated"]);
  });

  it("is called for what a schema makes of a secret", () => {
    const known: string[] = [];
    const env = envOf(
      {
        declare: { token: declared<unknown>(z.instanceof(Secret).transform((one) => secret(one.reveal().trim()))) },
        set: { token: secret(` ${TEXT} `) },
      },
      { onSecret: (value) => known.push(value.reveal()) },
    );
    env.problems();
    expect(known).toEqual([` ${TEXT} `, TEXT]);
  });
});

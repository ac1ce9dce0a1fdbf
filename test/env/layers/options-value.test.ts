import { describe, expect, it } from "vitest";
import { type ZodType, z } from "zod";
import { Secret } from "../../../src/command/secret.ts";
import { setting } from "../../../src/env/declare.ts";
import { createLayerValue } from "../../../src/env/layers/layers.ts";
import { readOption } from "../../../src/env/layers/options.ts";
import { secret } from "../../../src/env/secret.ts";

function read(raw: string, schema?: ZodType, ...others: readonly unknown[]): unknown {
  const declared =
    schema === undefined ? undefined : { declaration: setting(schema, { desc: "x" }), recipe: undefined, where: undefined };
  const sources = others.map((value) =>
    createLayerValue("key", value, { layer: "deployfile", name: undefined, where: undefined }),
  );
  const option = readOption(raw, declared, sources);
  return option.ok ? option.value : { wrong: option.wrong, hint: option.hint };
}

const branch = z.string().regex(/^[\w./]+$/, { error: "expected a branch name" });

const READ: readonly (readonly [string, string, ZodType, unknown])[] = [
  ["text as it is", "1.10", z.string(), "1.10"],
  ["text that looks like JSON", '{"a":1}', z.string(), '{"a":1}'],
  ["text for an optional string", "true", z.string().optional(), "true"],
  ["text where a number would do, too", "1.10", z.union([z.string(), z.number()]), "1.10"],
  ["text in quotes", '"main"', z.string(), '"main"'],
  ["nothing at all, for a string", "", z.string(), ""],
  ["a choice", "push", z.enum(["git", "push"]), "push"],
  ["a number", "5", z.number(), 5],
  ["a number for an optional one", "5", z.number().optional(), 5],
  ["a number where a word is possible", "5", z.union([z.literal("all"), z.number()]), 5],
  ["a word where a number is possible", "all", z.union([z.literal("all"), z.number()]), "all"],
  ["a boolean", "false", z.boolean(), false],
  ["false, for a boolean or text", "false", z.union([z.literal(false), z.string()]), "false"],
  ["null", "null", z.number().nullable(), null],
  ["a list", '["a","b"]', z.array(z.string()), ["a", "b"]],
  ["an object", '{"a":1}', z.record(z.string(), z.number()), { a: 1 }],
  ["what the schema itself reads from text", "5", z.coerce.number(), "5"],
];

const REFUSED: readonly (readonly [string, string, ZodType, string])[] = [
  ["a number with a unit", "5x", z.number(), 'expected number, received string (-s gave the text "5x")'],
  ["a number out of range", "0", z.int().min(1), 'Too small: expected number to be >=1 (-s gave the text "0")'],
  ["a list without JSON", "a,b", z.array(z.string()), 'expected array, received string (-s gave the text "a,b")'],
  ["an item of the wrong kind", "[1]", z.array(z.string()), '[0]: expected string, received number (-s gave the text "[1]")'],
  ["text that its schema refuses", "-x", branch, 'expected a branch name (-s gave the text "-x")'],
  ["text that is right only in quotes", '"main"', branch, 'expected a branch name (-s gave the text ""main"")'],
  [
    "a number where its schema wants certain text",
    "5",
    branch.min(3),
    'Too small: expected string to have >=3 characters (-s gave the text "5")',
  ],
  [
    "none of two kinds",
    "x",
    z.union([z.number(), z.boolean()]),
    'expected number, received string, or expected boolean, received string (-s gave the text "x")',
  ],
  ["control characters", "\u001b[31mx", z.number(), 'expected number, received string (-s gave the text "x")'],
];

describe("-s for a declared setting", () => {
  for (const [name, raw, schema, value] of READ) {
    it(`reads ${name}`, () => {
      expect(read(raw, schema)).toEqual(value);
    });
  }

  for (const [name, raw, schema, wrong] of REFUSED) {
    it(`refuses ${name}`, () => {
      expect(read(raw, schema)).toMatchObject({ wrong });
    });
  }

  it("shows how a list and an object are written", () => {
    expect(read("a,b", z.array(z.string()))).toMatchObject({ hint: expect.stringContaining(`-s 'key=["a","b"]'`) });
    expect(read("a", z.object({ a: z.number() }))).toMatchObject({ hint: expect.stringContaining(`{"name":"value"}`) });
    expect(read("a", z.number())).toMatchObject({ hint: undefined });
  });

  it("makes a secret where the schema wants one", () => {
    const value = read("hunter2", z.instanceof(Secret));
    expect(value).toBeInstanceOf(Secret);
    expect((value as Secret).reveal()).toBe("hunter2");
  });
});

describe("-s for a key that is a secret elsewhere", () => {
  for (const [name, other] of [
    ["a secret", secret("old")],
    ["a function that gives one", secret(() => "old")],
  ] as const) {
    it(`gives a secret: ${name}`, () => {
      expect(read("new", z.union([z.string(), z.instanceof(Secret)]), other)).toBeInstanceOf(Secret);
      expect(read("new", undefined, other)).toBeInstanceOf(Secret);
    });
  }

  it("does not show it when it is wrong", () => {
    const echo = z.instanceof(Secret).refine(() => false, { error: (issue) => `bad: ${(issue.input as Secret).reveal()}` });
    expect(JSON.stringify(read("s3cr3t", z.string().min(10), secret("old")))).not.toContain("s3cr3t");
    expect(read("s3cr3t", echo, secret("old"))).toMatchObject({
      wrong: expect.stringMatching(/^bad: \[redacted\] .*"\[redacted\]"\)$/),
    });
  });
});

describe("-s for a key that is only set", () => {
  const READ_LIKE: readonly (readonly [string, string, readonly unknown[], unknown])[] = [
    ["text like text", "1.10", ["1.9"], "1.10"],
    ["text where there are only functions", "1.10", [() => 1], "1.10"],
    ["a number like a number", "10", [9], 10],
    ["a boolean like a boolean", "false", [true], false],
    ["a list like a list", "[2]", [[1]], [2]],
    ["an object like an object", '{"b":2}', [{ a: 1 }], { b: 2 }],
    ["JSON where there is null", "3", [null], 3],
    ["text where there is null and it is no JSON", "abc", [null], "abc"],
    ["like the strongest layer that has a plain value", "7", [() => "x", 1, "text"], 7],
  ];
  for (const [name, raw, others, value] of READ_LIKE) {
    it(`reads ${name}`, () => {
      expect(read(raw, undefined, ...others)).toEqual(value);
    });
  }

  const REFUSED_LIKE: readonly (readonly [string, string, unknown, string])[] = [
    ["text for a number", "ten", 9, "expected number"],
    ["a list for a number", "[1]", 9, "expected number"],
    ["a number for a list", "1", [1], "expected array"],
    ["null for an object", "null", { a: 1 }, "expected object"],
  ];
  for (const [name, raw, other, wrong] of REFUSED_LIKE) {
    it(`refuses ${name}`, () => {
      expect(read(raw, undefined, other)).toMatchObject({ wrong: expect.stringContaining(wrong) });
    });
  }
});

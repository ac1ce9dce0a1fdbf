import { describe, expect, it } from "vitest";
import { z } from "zod";
import { toCode } from "../../src/env/values/describe.ts";
import { fact, fresh, secret, setting } from "../../src/index.ts";
import { drawFacts, drawSettings } from "./reference.ts";

describe("a default as code", () => {
  it.each([
    [5, "5"],
    ["main", '"main"'],
    [["a"], '["a"]'],
    [null, "null"],
    [(env: { a: string }) => env.a, "(env) => env.a"],
  ])("%j", (value, text) => {
    expect(toCode(value)).toBe(text);
  });

  it.each([
    [
      "a long function",
      (env: object) => `${env} is a function whose text is much too long to be read in the cell of a table, by far`,
    ],
    ["a function of several lines", new Function("a", "return a;")],
    ["what is read anew each time", fresh(() => 1)],
    ["a secret", secret("hunter2")],
    ["nothing", undefined],
  ])("is not there for %s", (_what, value) => {
    expect(toCode(value)).toBeUndefined();
  });
});

describe("the reference of settings", () => {
  it("lists what can be set", () => {
    const declarations = Object.entries({
      keep: setting(z.int().min(1), { desc: "How many", default: 5 }),
      url: setting(z.string(), { desc: "Where: a | b", required: true, example: '"https://example.com"' }),
      path: setting(z.string(), { desc: "The <path>", default: (env) => `${env.host.name}|x` }),
    });
    expect(drawSettings(declarations)).toBe(
      [
        "| Setting | Takes | Default | What it is | Example |",
        "| --- | --- | --- | --- | --- |",
        "| `keep` | whole number, 1 or more | `5` | How many |  |",
        '| `url` | text | none: **must be set** | Where: a \\| b | `"https://example.com"` |',
        "| `path` | text | `` (env) => `${env.host.name}\\|x` `` | The \\<path\\> |  |",
        "",
      ].join("\n"),
    );
  });

  it("lists what tasks state", () => {
    const declarations = Object.entries({
      version: fact("What runs there"),
      old: fact("What ran there", { default: "" }),
    });
    expect(drawFacts(declarations)).toBe(
      [
        "| Fact | Until a task states it | What it is |",
        "| --- | --- | --- |",
        "| `version` | cannot be read | What runs there |",
        '| `old` | `""` | What ran there |',
        "",
      ].join("\n"),
    );
  });
});

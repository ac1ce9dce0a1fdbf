import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quote, quoteArgv, quoteWord, raw } from "../../src/command/quote.ts";
import { Secret } from "../../src/command/secret.ts";
import { posixShells, runEach, words } from "./shells.ts";
import { anyText } from "./texts.ts";

describe.each(posixShells)("quoting for $name", (shell) => {
  it.skipIf(shell.missing)(
    `keeps every byte of any text${shell.missing === undefined ? "" : ` (skipped: ${shell.missing})`}`,
    () => {
      const cases = fc.sample(fc.array(anyText, { minLength: 1, maxLength: 4 }), 1500);
      const outputs = runEach(
        shell,
        cases.flatMap((values) => [`printf '%s\\0' ${values.map(quote).join(" ")}`, `printf '%s\\0' ${quoteArgv(values)}`]),
      );
      for (const [index, values] of cases.entries()) {
        expect(words(outputs[2 * index] as Buffer)).toEqual(values);
        expect(words(outputs[2 * index + 1] as Buffer)).toEqual(values);
      }
    },
  );
});

describe("quoteWord", () => {
  it.each([
    ["app/current", "app/current"],
    ["--depth=1", "--depth=1"],
    ["v1.2_3+4@x:y%", "v1.2_3+4@x:y%"],
    ["", "''"],
    ["a b", "'a b'"],
    ["FOO=1", "'FOO=1'"],
    ["if", "'if'"],
    ["~", "'~'"],
    ["a{b,c}", "'a{b,c}'"],
    ["it's", "'it'\\''s'"],
    ["é", "'é'"],
  ])("writes %j as %s", (value, text) => {
    expect(quoteWord(value)).toBe(text);
  });

  it("always puts quotes around text that may be joined with more", () => {
    expect(quote("2")).toBe("'2'");
  });
});

describe("what no command can contain", () => {
  it("refuses NUL", () => {
    expect(() => quote("a\0b")).toThrow(expect.objectContaining({ code: "COMMAND_NUL", exitCode: 2 }));
  });

  it("refuses a secret in an argument list, without its value in the message", () => {
    const argv = ["login", new Secret("hunter2")] as unknown as string[];
    expect(() => quoteArgv(argv)).toThrow(expect.objectContaining({ code: "SECRET_IN_COMMAND", exitCode: 2 }));
    expect(() => quoteArgv(argv)).not.toThrow("hunter2");
  });

  it.each([undefined, null, {}, Promise.resolve("x"), () => "x"])("refuses %s", (value) => {
    expect(() => quoteArgv([value as unknown as string])).toThrow(expect.objectContaining({ code: "COMMAND_VALUE" }));
  });
});

it("marks raw text", () => {
  expect(raw("a | b")).toEqual({ raw: "a | b" });
});

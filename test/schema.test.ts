import { afterEach, describe, expect, it } from "vitest";
import * as classic from "zod";
import * as mini from "zod/mini";
import { setting } from "../src/env/declare.ts";
import type { SettingDeclaration } from "../src/env/settings.ts";
import { findDescription, parseValue, type Schema } from "../src/schema.ts";

const initial = { ...mini.config() };
afterEach(() => {
  mini.config({ localeError: initial.localeError, customError: initial.customError });
});

const wordsFor = (schema: Schema, value: unknown): readonly string[] => {
  const parsed = parseValue(schema, value);
  return parsed.success ? [] : parsed.issues.map(({ message }) => message);
};

const both: readonly (readonly [string, Schema])[] = [
  ["zod", classic.string()],
  ["zod/mini", mini.string()],
];

describe.each(both)("a schema of %s", (_name, schema) => {
  it("says what is wrong in English, also when nobody brought words", () => {
    mini.config({ localeError: undefined });
    expect(wordsFor(schema, 5)).toEqual(["Invalid input: expected string, received number"]);
  });

  it("says it in the words that the deployfile chose", () => {
    mini.config(mini.locales.de());
    expect(wordsFor(schema, 5)).toEqual(["Ungültige Eingabe: erwartet string, erhalten Zahl"]);
    mini.config({ customError: () => "nicht so" });
    expect(wordsFor(schema, 5)).toEqual(["nicht so"]);
  });

  it("gives the value where it is right", () => {
    expect(parseValue(schema, "text")).toMatchObject({ success: true, data: "text" });
  });
});

describe("the words of a schema itself", () => {
  it("win", () => {
    expect(wordsFor(mini.string("give text"), 5)).toEqual(["give text"]);
  });
});

describe("a description", () => {
  it("is found in either kind, and missing where there is none", () => {
    expect(findDescription(classic.string().describe("a name"))).toBe("a name");
    expect(findDescription(mini.string().check(mini.describe("a name")))).toBe("a name");
    expect([findDescription(classic.string()), findDescription(mini.string())]).toEqual([undefined, undefined]);
  });
});

it("gives a setting its type, whichever kind it is of", () => {
  const one: SettingDeclaration<number> = setting(classic.int(), { desc: "A number", default: 5 });
  const other: SettingDeclaration<number> = setting(mini.int(), { desc: "A number", default: 5 });
  expect([one.default, other.default]).toEqual([5, 5]);
});

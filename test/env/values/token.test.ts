import { describe, expect, it } from "vitest";
import { secret } from "../../../src/env/secret.ts";
import { createTokens } from "../../../src/env/values/token.ts";

class Point {
  readonly x = 1;
}
const point = new Point();
const symbol = Symbol("x");
const noop = (): void => {};
const loop = (): unknown => {
  const one: { self?: unknown } = {};
  one.self = [one];
  return one;
};
const self = loop();

const SAME: readonly (readonly [string, unknown, unknown])[] = [
  ["text", "a", "a"],
  ["NaN", Number.NaN, Number.NaN],
  ["zeros of both signs", 0, -0],
  ["big integers", 5n, 5n],
  ["lists", [1, "a", null, [undefined]], [1, "a", null, [undefined]]],
  ["objects in another order", { a: 1, b: { c: 2 } }, { b: { c: 2 }, a: 1 }],
  ["objects without a prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ["secrets by text", [secret("x")], [secret("x")]],
  ["the same instance", { at: point }, { at: point }],
  ["the same function", [noop], [noop]],
  ["the same symbol", [symbol], [symbol]],
  ["the same data that contains itself", self, self],
];

const DIFFERENT: readonly (readonly [string, unknown, unknown])[] = [
  ["a number and its text", 1, "1"],
  ["a list and its text", [1], "[1]"],
  ["a list and an object", ["a"], { 0: "a" }],
  ["null and undefined", [null], [undefined]],
  ["a key that is undefined and none", { a: undefined }, {}],
  ["text that looks like the end of another", ["a", "b"], ['a","b']],
  ["keys that look like values", { 'a":1,"b': 1 }, { a: 1, b: 1 }],
  ["a secret and its text", secret("x"), "x"],
  ["a boolean and its text", [true], ["true"]],
  ["a big integer and a number", [5n], [5]],
  ["equal instances", new Point(), new Point()],
  ["equal dates", new Date(0), new Date(0)],
  ["equal functions", [() => 1], [() => 1]],
  ["equal data that contains itself", loop(), loop()],
  ["NaN and the text NaN", Number.NaN, "NaN"],
];

describe("tokens", () => {
  for (const [name, a, b] of SAME) {
    it(`are the same for ${name}`, () => {
      const tokens = createTokens();
      expect(tokens.of(a)).toBe(tokens.of(b));
    });
  }
  for (const [name, a, b] of DIFFERENT) {
    it(`differ for ${name}`, () => {
      const tokens = createTokens();
      expect(tokens.of(a)).not.toBe(tokens.of(b));
    });
  }
});

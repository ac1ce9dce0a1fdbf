import { describe, expect, it } from "vitest";
import { secret } from "../../../src/env/secret.ts";
import { frozenData } from "../../../src/env/values/plain-data.ts";

describe("frozenData", () => {
  it("copies and freezes data, however deep", () => {
    const data = { list: [{ a: 1 }], token: secret("x") };
    const copy = frozenData(data) as typeof data;
    expect(copy).toEqual(data);
    expect(copy.token).toBe(data.token);
    expect([copy, copy.list, copy.list[0]].map(Object.isFrozen)).toEqual([true, true, true]);
    expect([data, data.list, data.list[0]].map(Object.isFrozen)).toEqual([false, false, false]);
  });

  it("copies a key named __proto__ as a key", () => {
    const copy = frozenData(JSON.parse('{"__proto__": {"a": 1}}')) as object;
    expect(Object.keys(copy)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  });

  it("copies the same part each time that it comes, and leaves out what is not listed", () => {
    const part = { a: 1 };
    const value = Object.defineProperty({ one: part, other: [part] }, "hidden", { value: 2 });
    expect(frozenData(value)).toStrictEqual({ one: { a: 1 }, other: [{ a: 1 }] });
    const bare = Object.assign(Object.create(null), { part });
    expect(Object.getPrototypeOf(frozenData(bare))).toBe(null);
  });

  const LEFT: readonly (readonly [string, unknown])[] = [
    ["a function inside", { check: () => 1 }],
    ["an instance inside", [new Map()]],
    [
      "an accessor inside",
      {
        get now() {
          return 1;
        },
      },
    ],
    ["a symbol as key", { [Symbol("x")]: 1 }],
    [
      "itself inside",
      (() => {
        const one: unknown[] = [];
        one.push(one);
        return one;
      })(),
    ],
  ];
  for (const [name, value] of LEFT) {
    it(`leaves what is more than data as it is: ${name}`, () => {
      expect(frozenData(value)).toBe(value);
      expect(Object.isFrozen(value)).toBe(false);
    });
  }

  it("leaves primitives alone", () => {
    expect([1, "a", null, undefined, true, 5n].map(frozenData)).toEqual([1, "a", null, undefined, true, 5n]);
  });
});

import { describe, expect, it } from "vitest";
import { withMembers } from "../../../src/runner/context/members.ts";

interface Sample {
  readonly name: string;
  readonly twice: () => string;
  readonly time: number;
}

function createSample(name: string) {
  const made: string[] = [];
  const note = <T>(what: string, value: T): T => {
    made.push(what);
    return value;
  };
  const create = withMembers<string, Sample>(
    {
      name: (from) => note("name", from),
      twice: (from) => note("twice", () => from + from),
      time: () => note("time", made.length),
    },
    ["time"],
  );
  return { made, sample: create(name) };
}

describe("an object whose members are made when they are asked for", () => {
  it("makes those and no others, once, and anew what changes", () => {
    const { made, sample } = createSample("a");
    expect([Object.keys(sample), "name" in sample, "other" in sample]).toEqual([["name", "twice", "time"], true, false]);
    expect(made).toEqual([]);
    const { twice } = sample;
    expect([twice(), sample.twice === twice, made]).toEqual(["aa", true, ["twice"]]);
    expect([sample.time, sample.time]).toEqual([1, 2]);
  });

  it("is spread, taken apart and compared as if all were there", () => {
    const { sample } = createSample("a");
    const { time, ...rest } = { ...sample };
    expect([rest, time > 0]).toEqual([{ name: "a", twice: expect.any(Function) }, true]);
    expect(Object.create(sample).name).toBe("a");
    expect([String(sample), JSON.parse(JSON.stringify(sample))]).toEqual(["[object Object]", { name: "a", time: 3 }]);
  });

  it("is no promise, and cannot be changed", async () => {
    const { sample } = createSample("a");
    expect(await sample).toBe(sample);
    expect(() => Object.assign(sample, { name: "b" })).toThrow(TypeError);
    expect(() => Object.defineProperty(sample, "more", { value: 1 })).toThrow(TypeError);
    expect(() => delete (sample as { name?: string }).name).toThrow(TypeError);
    expect([sample.name, Object.keys(sample).length]).toEqual(["a", 3]);
  });
});

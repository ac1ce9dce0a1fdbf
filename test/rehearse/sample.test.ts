import { describe, expect, it } from "vitest";
import { FAULTS } from "../../src/rehearse/faults.ts";
import { type Case, nameOf, toCases } from "../../src/rehearse/play.ts";
import { isSlow, pickSample } from "../../src/rehearse/sample.ts";

const scenario = { name: "deploy", start: "live", words: ["deploy"], brings: "new" } as const;
const steps = ["lock", "build", "switch", "unlock"].map((task) => ({
  host: "app1",
  label: task,
  turn: 1,
  task,
  number: 1,
  stage: "",
  isFirst: true,
}));
const cases = toCases(scenario, steps, FAULTS);
const names = (picked: readonly Case[]): readonly string[] => picked.map(nameOf);

describe("pickSample", () => {
  it("gives the same cases for the same seed, and others for another", () => {
    expect(names(pickSample(cases, 12, 7))).toEqual(names(pickSample(cases, 12, 7)));
    expect(names(pickSample(cases, 12, 7))).not.toEqual(names(pickSample(cases, 12, 8)));
  });

  it("takes every fault before one twice, and spreads over the tasks", () => {
    for (const seed of [1, 2, 3]) {
      const picked = pickSample(cases, FAULTS.length, seed);
      expect(new Set(picked.map(({ fault }) => fault.name)).size).toBe(FAULTS.length);
      expect(new Set(picked.map(({ step }) => step.task)).size).toBe(steps.length);
    }
  });

  it("gives each case once, and all of them when asked for more", () => {
    expect(names(pickSample(cases, 10_000, 1)).toSorted()).toEqual(names(cases).toSorted());
  });

  it("can do without what is slow by its nature", () => {
    const slow = new Set(cases.filter(isSlow).map(({ fault }) => fault.name));
    expect([...slow].every((name) => /silent|deaf/.test(name))).toBe(true);
    expect(slow.size).toBe(3);
  });
});

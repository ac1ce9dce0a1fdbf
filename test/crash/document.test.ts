import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { runsOf, sumOf } from "../../src/rehearse/matrix.ts";
import { expectedFaults, readDocument, writeDocument } from "./document.ts";
import { SCENARIOS } from "./scenarios.ts";

const text = readFileSync(resolve(import.meta.dirname, "../../docs/reliability.md"), "utf8");

describe("docs/reliability.md", () => {
  it("is what the harness writes for these counts", () => {
    expect(writeDocument(readDocument(text))).toBe(text);
  });

  it("has every scenario and every fault", () => {
    const { matrices, left } = readDocument(text);
    expect(matrices.map(({ scenario }) => scenario)).toEqual(SCENARIOS.map(({ name }) => name));
    for (const { rows } of matrices) expect(rows.map(({ fault }) => fault)).toEqual(expectedFaults(left));
  });

  it("tells of all cases, none of them with a violation", () => {
    const { cases, matrices } = readDocument(text);
    const total = sumOf(matrices.flatMap(({ rows }) => rows.flatMap(({ counts }) => counts)));
    expect(runsOf(total)).toBe(cases);
    expect(total.violations).toBe(0);
  });
});

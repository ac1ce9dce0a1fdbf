import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
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
    // A part of the cases may be without some faults in one of them, never in all.
    const played = new Set(matrices.flatMap(({ rows }) => rows.map(({ fault }) => fault)));
    expect(expectedFaults(left).filter((fault) => !played.has(fault))).toEqual([]);
    for (const { rows } of matrices)
      expect(rows.map(({ fault }) => fault)).toEqual(
        expectedFaults(left).filter((fault) => rows.some((row) => row.fault === fault)),
      );
  });
});

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { type Outcome, readDocument, writeDocument } from "../elsewhere/document.ts";
import { toOutcomes } from "../elsewhere/reporter.ts";

const text = readFileSync(resolve(import.meta.dirname, "../../docs/elsewhere.md"), "utf8");
const report = readDocument(text);

const cell: Outcome = { table: "shells", name: "ash", version: "1.0", column: "commands", says: "yes" };

/** A test as a reporter sees it. */
const seen = (fullName: string, state: string, outcome?: Outcome) => ({
  fullName,
  meta: () => (outcome === undefined ? {} : { outcome }),
  result: () => ({ state }),
});

describe("docs/elsewhere.md", () => {
  it("is what the run writes for these outcomes", () => {
    expect(writeDocument(report)).toBe(text);
  });

  it("has other tables for other outcomes", () => {
    const odd = { ...cell, column: "a | b", says: "refused: no | there" };
    const less = [
      { ...odd, name: "bsh", says: "yes" },
      { ...cell, name: "csh" },
    ];
    const server: Outcome = { table: "servers", name: "dropbear", version: "2025.89", column: "deploys", says: "**fails**" };
    const other = { commit: "1234567+", date: "2026-12-01", machine: "linux, node 26", outcomes: [cell, odd, ...less, server] };
    expect(readDocument(writeDocument(other))).toEqual(other);
  });

  it("has nothing that fails", () => {
    expect(report.outcomes.length).toBeGreaterThan(10);
    expect(report.outcomes.filter(({ says }) => says === "**fails**")).toEqual([]);
  });
});

describe("outcomes of tests", () => {
  it("are what they say when they pass, and said as such when they fail or are skipped", () => {
    const refused = { ...cell, says: "refused" };
    const tests = ["passed", "failed", "skipped"].map((state) => seen("ash: commands", state, refused));
    expect(toOutcomes(tests).map(({ says }) => says)).toEqual(["refused", "**fails**", "not tried"]);
  });

  it("count for each shell the tests in whose title it is named", () => {
    const tests = [
      seen("ash: commands", "passed", cell),
      seen("the lock in ash > is taken", "passed"),
      seen("compose in ash > is compared with bash", "failed"),
      seen("a signal sent by bash, > is like one in ash", "passed"),
      seen("the lock in ash > is not tried here", "skipped"),
    ];
    expect(toOutcomes(tests).at(-1)).toEqual({ ...cell, column: "of the suite", says: "1 / 2" });
  });
});

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readDocument, writeDocument } from "./document.ts";
import { FLEET_OUTCOME, LONG_LIVED, type Row, SERIES } from "./figures.ts";

const text = readFileSync(resolve(import.meta.dirname, "../../docs/soak.md"), "utf8");
const report = readDocument(text);

/** Figures of a column, one for each row. */
function column(columns: readonly { readonly title: string }[], rows: readonly Row[], title: string): readonly unknown[] {
  return rows.map(({ figures }) => figures[columns.findIndex((one) => one.title === title)]);
}

describe("docs/soak.md", () => {
  it("is what the harness writes for these figures", () => {
    expect(writeDocument(report)).toBe(text);
  });

  it("has other figures for another report", () => {
    const other = { ...report, hosts: 7, series: [{ name: "1 to 9", figures: SERIES.map((_, index) => index) }] };
    expect(readDocument(writeDocument(other))).toEqual(other);
  });

  it("is about the full size", () => {
    expect(report).toMatchObject({ hosts: 200, deploys: 500, inOne: 500 });
    expect(column(FLEET_OUTCOME, report.fleet.outcome, "on the new release")).toEqual([200, 0, 0, 200]);
  });

  it.each(["faults", "processes", "connections", "descriptors of servers", "locks", "temporary files"])("has no %s", (title) => {
    const { fleet, series, longLived } = report;
    const all = [
      ...column(FLEET_OUTCOME, fleet.outcome, title),
      ...column(SERIES, series, title),
      ...column(LONG_LIVED, longLived, title),
    ];
    expect(all).toHaveLength(14);
    expect(new Set(all)).toEqual(new Set([0]));
  });
});

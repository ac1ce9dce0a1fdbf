import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { appendEntry, escapeField, parseJournal, unescapeField } from "../../../src/recipes/deploy/journal.ts";
import { createShellHost, SHA, type ShellHost, shells } from "./shell-host.ts";

const ENTRY = { id: "20261120101500", status: "live", sha: SHA, branch: "main", user: "ada", run: "run1" } as const;
let host: ShellHost | undefined;

afterEach(() => host?.remove());

describe.each(shells)("appendEntry in $name", (shell) => {
  it("adds a line that parseJournal reads back", () => {
    host = createShellHost(shell);
    host.write(".fake/journal", "");
    const odd = { ...ENTRY, status: "bad", branch: "it's a $(branch) %\n\t;", user: "" } as const;
    expect(host.run(appendEntry(host.paths, ENTRY).script).code).toBe(0);
    expect(host.run(appendEntry(host.paths, odd).script).code).toBe(0);
    const entries = parseJournal(host.read(".fake/journal"));
    expect(entries).toMatchObject([ENTRY, odd]);
    expect(entries[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it("is not spoiled by a line that a crash cut short", () => {
    host = createShellHost(shell);
    host.write(".fake/journal", `20261119000000 live 2026-11-19T00:00:00Z ${SHA} main ad`);
    host.run(appendEntry(host.paths, ENTRY).script);
    expect(parseJournal(host.read(".fake/journal"))).toMatchObject([ENTRY]);
  });
});

describe("parseJournal", () => {
  it("passes over lines that are torn, foreign or no entries", () => {
    const good = `20261120101500 live t ${SHA} main ada run1 ;`;
    const bad = [
      "",
      "{}",
      good.slice(0, -2),
      good.replace(/;$/, "x"),
      `${good} x`,
      good.replace("live", "great"),
      good.replace("20261120101500", "../../etc"),
      "\u0000",
    ];
    expect(parseJournal([...bad, good].join("\n"))).toHaveLength(1);
  });

  it("reads back any text of a field", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const field = escapeField(text);
        expect(field).toMatch(/^\S+$/);
        expect(unescapeField(field)).toBe(text);
      }),
    );
  });
});

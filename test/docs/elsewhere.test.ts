import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { FAILS, type Outcome, readDocument, writeDocument } from "../elsewhere/document.ts";
import { toOutcomes } from "../elsewhere/reporter.ts";

const text = readFileSync(resolve(import.meta.dirname, "../../docs/elsewhere.md"), "utf8");
const report = readDocument(text);

const cell: Outcome = { table: "shells", name: "ash", version: "1.0", tried: "commands", says: "yes", inSuite: "yes" };

/** A test as a reporter sees it. */
const seen = (
  fullName: string,
  state: string,
  outcome?: Omit<Outcome, "inSuite">,
  relativeModuleId = "test/command/a.test.ts",
) => ({
  ...{ fullName, module: { relativeModuleId } },
  meta: () => (outcome === undefined ? {} : { outcome }),
  result: () => ({ state, ...(state === "failed" ? { errors: [{ message: "\u001b[31mno\u001b[39m server\nthere" }] } : {}) }),
});

describe("docs/elsewhere.md", () => {
  it("is what the run writes for these outcomes", () => {
    expect(writeDocument(report)).toBe(text);
  });

  it("has other tables for other outcomes", () => {
    const odd = { ...cell, tried: "a | b", says: "refused: no | there", inSuite: "in some" };
    const more = [
      { ...odd, name: "bsh", version: "2.0 (x)" },
      { ...cell, tried: "c", name: "csh" },
    ];
    const server: Outcome = { ...cell, table: "servers", name: "dropbear", says: "**fails**: no server", inSuite: "no" };
    const other = { commit: "1234567+", date: "2026-12-01", machine: "linux, node 26", outcomes: [cell, odd, ...more, server] };
    expect(readDocument(writeDocument(other))).toEqual(other);
  });

  it("has no cell of its own that fails", () => {
    expect(report.outcomes.length).toBeGreaterThan(10);
    expect(report.outcomes.filter(({ says }) => says.startsWith(FAILS))).toEqual([]);
  });
});

describe("outcomes of tests", () => {
  it("are what they say when they pass, and said as such when they fail or are skipped", () => {
    const refused = { ...cell, says: "refused" };
    const tests = ["passed", "failed", "skipped"].map((state) => seen("ash: commands", state, refused));
    expect(toOutcomes(tests).map(({ says }) => says)).toEqual(["refused", "**fails**: no server", "not tried"]);
  });

  it("say whether each run of the suite has them, too", () => {
    const tests = [cell, { ...cell, name: "bsh" }].map((one, at) => seen("", "passed", one, ["test/elsewhere/a.test.ts"][at]));
    expect(toOutcomes(tests).map(({ inSuite }) => inSuite)).toEqual(["no", "yes"]);
  });

  it("are those of tests that name a server", () => {
    const tests = [
      seen("a connection to dropbear > ends", "passed"),
      seen("what runs on a server > is ended: dropbear, with setsid", "failed"),
      seen("what runs on a server > is ended: AsyncSSH, with setsid (skipped: AsyncSSH is not here)", "skipped"),
    ];
    expect(toOutcomes(tests).map(({ table, name, tried, says, inSuite }) => [table, name, tried, says, inSuite])).toEqual([
      ["servers", "dropbear", "a connection to it ends", "yes", "yes"],
      ["servers", "dropbear", "what runs on a server is ended, with setsid", "**fails**: no server", "yes"],
      ["servers", "AsyncSSH", "what runs on a server is ended, with setsid", "not tried", "yes"],
    ]);
  });

  it("count for each shell the tests in whose title it is named", () => {
    const tests = [
      seen("ash: commands", "passed", cell),
      seen("the lock in 'ash' > is taken", "passed"),
      seen("compose in 'ash' > is compared with bash", "failed"),
      seen("a signal sent by bash, > is like one in ash", "passed"),
      seen("the lock in ash > is not tried here", "skipped"),
    ];
    const tried = "the suite's own tests of scripts";
    expect(toOutcomes(tests).at(-1)).toEqual({
      ...cell,
      tried,
      says: "1 / 2; **fails**: compose in it is compared with bash",
      inSuite: "in dash and busybox sh",
    });
  });
});

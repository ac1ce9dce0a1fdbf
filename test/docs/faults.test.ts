/** `docs/faults.md` names tests that are there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectTest } from "./named-test.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/faults.md"), "utf8");
const section = page.slice(page.indexOf("\n## Faults and the tests"), page.indexOf("\n## What does not hold"));
const rows = section.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| when |"));

describe("docs/faults.md", () => {
  it("has rows", () => {
    expect(rows.length).toBeGreaterThan(50);
  });

  it.each(rows.map((row) => [row.split(" | ")[0]?.slice(2), row]))("names a test that is there, when %s", (_, row) => {
    const [, file = "", title = ""] = /\| `(test\/[\w/.-]+)` "(.+)" \|$/.exec(row) ?? [];
    expectTest(file, title);
  });
});

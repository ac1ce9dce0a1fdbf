import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isStatement } from "../../../src/runner/context/unused.ts";
import { nowhere } from "../../support/nowhere.ts";

/** The wrapper that is looked at stands where `within` or the last of its kind is called; `@` marks the line. */
const STATEMENTS = [
  't.within("/srv");@',
  'await t.within("/srv");@',
  'within("/srv");@',
  'task("a", async (t) => { t.within("/srv"); await t.run`ls`; });@',
  '{ t.within("/srv") }@',
  'await t.run`ls`;\n// in the release\nt.within("/srv")@\nawait t.run`ls`;',
  't.within(join("/srv", "a)"))@ // there\n}',
];
const OTHERS = [
  'const there = t.within("/srv");@',
  'return t.within("/srv");@',
  'await t.within("/srv").run`ls`;@',
  'const there =\n  t.within("/srv");@',
  '(t) => t.within("/srv")@',
  'use(t.within("/srv"));@',
  't.within("/srv")@\n  .run`ls`;',
  'there = t.within("/srv");@',
  'const both = [\n  t.within("/srv"),@\n];',
  'cond && t.within("/srv");@',
];

/** A file with this text, and the line that is marked. */
function place(text: string) {
  const folder = mkdtempSync(join(tmpdir(), "fake-unused-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "deployfile.ts");
  writeFileSync(file, `start();\n${text.replace("@", "")}\n`);
  const line = text.slice(0, text.indexOf("@")).split("\n").length + 1;
  return { file, line };
}

describe("a context that was made", () => {
  it.each(STATEMENTS)("by a statement is lost: %s", (text) => expect(isStatement(place(text), "within")).toBe(true));

  it.each(OTHERS)("may still be used where it is given on: %s", (text) => expect(isStatement(place(text), "within")).toBe(false));

  it("by several wrappers in a statement is lost as well", () => {
    expect(isStatement(place('await t.within("/srv").vars({\n  A: "1",\n});'.replace("vars({", "vars({@")), "vars")).toBe(true);
  });

  it("is nothing to be told of where the source cannot be read", () => {
    expect(isStatement({ file: join(nowhere, "file.ts"), line: 1 }, "within")).toBe(false);
  });
});

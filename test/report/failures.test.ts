import { describe, expect, it } from "vitest";
import { summaryLines } from "../../src/report/summary.ts";
import type { RunResult } from "../../src/runner/result.ts";
import { errorOf } from "./simulate.ts";

const SENTENCE = "The folder /srv/shop is the deploy path of app1.example.com too: both names are of one machine.";
const COMMAND = `tar -x -f /srv/shop/releases/20261130135525/vendor.tar ${"--exclude=node_modules ".repeat(6)}`.trim();
const OUTPUT = "a line of output that is longer than most of the screens that people have, and is left as it came "
  .repeat(2)
  .trim();

function summaryOn(columns: number, isTTY = true): readonly string[] {
  const said = { ...errorOf("", 0, ""), command: undefined, message: SENTENCE, hint: SENTENCE, where: "deployfile.ts:10" };
  const failures = [said, errorOf(COMMAND, 28, OUTPUT)].map((error, at) => {
    return {
      phase: "task",
      host: `app${at}.example.com`,
      task: "assets:precompile",
      stage: "s",
      flow: undefined,
      error,
    } as const;
  });
  const hosts = failures.map(({ host }) => ({ host, status: "failed", changed: [], standing: undefined }) as const);
  const result: RunResult = { ok: false, exitCode: 1, hosts, failures, duration: 1, interrupted: undefined, dryRun: false };
  return summaryLines(result, { color: false, isTTY, columns });
}

describe("failures on a screen", () => {
  it.each([40, 80, 120])("of %i columns are broken between words, but for commands and what they printed", (columns) => {
    const lines = summaryOn(columns);
    const wide = lines.filter((line) => line.length > columns).map((line) => line.replace(/^[ $│]+/, ""));
    expect(wide).toEqual([COMMAND, OUTPUT].filter((line) => line.length > columns - 6));
    const text = lines.join(" ").replaceAll(/\s+/g, " ");
    expect(text.split(SENTENCE)).toHaveLength(3);
    expect(text).toContain(`${SENTENCE} (deployfile.ts:10)`);
    expect(text).toContain("✖ app0.example.com · assets:precompile");
  });

  it("are a line each in a file or a pipe", () => {
    expect(summaryOn(40, false)).toContain(`    ${SENTENCE} (deployfile.ts:10)`);
  });
});

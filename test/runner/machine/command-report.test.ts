import { describe, expect, it } from "vitest";
import { createRedactor } from "../../../src/command/redact.ts";
import type { RunEmitter } from "../../../src/runner/events.ts";
import { toCommandError } from "../../../src/runner/machine/command-report.ts";
import { skippedResult } from "../../../src/transport/command-result.ts";
import { command } from "../../transport/framing/shells.ts";

const SECRET = Array.from({ length: 500 }, (_, index) => `part${index}`).join("-");

function stdoutOf(stdout: string, truncated: boolean): string {
  const redactor = createRedactor();
  redactor.add(SECRET);
  const result = { ...skippedResult(command("x")), status: "failed" as const, exitCode: 1, stdout, truncated };
  return toCommandError(result, { id: "app1", events: { redactor } as RunEmitter }).stdout;
}

describe("what an error keeps of a command's output", () => {
  it.each([
    ["the end of a long output", `${SECRET} `.repeat(30), false],
    ["an output of which the beginning was thrown away", `${SECRET} `.repeat(3).slice(700), true],
    ["the same, in lines", `${SECRET}\n`.repeat(3).slice(700), true],
  ])("holds no part of a secret that was cut: %s", (_what, stdout, truncated) => {
    const shown = stdoutOf(stdout, truncated);
    expect(shown).toContain("[redacted]");
    expect(shown).not.toMatch(/part\d+-part/);
  });

  it("is all of it where nothing was cut", () => {
    expect(stdoutOf("one\ntwo\n", false)).toBe("one\ntwo\n");
  });
});

import { describe, expect, it } from "vitest";
import { createOutput } from "../../../src/cli/exec/output.ts";
import { createTestScreen, type TestScreen } from "../terminal.ts";

function open(kept = 1000) {
  const screen = Object.defineProperties(
    { behind: false },
    Object.getOwnPropertyDescriptors(createTestScreen()),
  ) as TestScreen & { behind: boolean };
  return { screen, output: createOutput(screen, "cyan", kept) };
}

describe("lines of many hosts on one screen", () => {
  it("have their host in front, whatever pieces they come in", () => {
    const { screen, output } = open();
    output.push("a", "on");
    output.push("b", "two\nthr");
    output.push("a", "e\n");
    output.flush("b");
    output.push("b", "new\n");
    expect(screen.text).toBe("[b] two\n[a] one\n[b] thr\n[b] new\n");
  });

  it("are not cut for being long", () => {
    const { screen, output } = open();
    const long = "x".repeat(100_000);
    for (const part of [long, long, "\n"]) output.push("a", part);
    expect(screen.text).toBe(`[a] ${long}${long}\n`);
  });

  it("are kept while nobody reads, and all shown when somebody does", () => {
    const { screen, output } = open();
    screen.behind = true;
    output.push("a", "1\n2\n");
    output.push("b", "x\n");
    expect(screen.text).toBe("");
    screen.behind = false;
    output.push("a", "3\n");
    expect(screen.text).toBe("[a] 1\n[a] 2\n[a] 3\n");
    output.close();
    expect(screen.text).toBe("[a] 1\n[a] 2\n[a] 3\n[b] x\n");
  });

  it("are kept up to an amount, and those that are not are counted", () => {
    const { screen, output } = open(50);
    screen.behind = true;
    for (let line = 1; line <= 1000; line++) output.push("a", `line ${line}\n`);
    output.close();
    const shown = screen.text.trimEnd().split("\n");
    const left = Number(/^\[a\] … (\d+) lines left out: nobody read as fast$/.exec(shown[0] ?? "")?.[1]);
    expect(left + shown.length - 1).toBe(1000);
    expect(shown.at(-1)).toBe("[a] line 1000");
  });
});

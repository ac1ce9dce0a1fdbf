import { describe, expect, it } from "vitest";
import type { Options } from "../../src/cli/argv/options.ts";
import { openReporter } from "../../src/cli/open-reporter.ts";
import type { CliIo } from "../../src/cli/terminal/io.ts";
import { createTestScreen, type TestScreen } from "../report/screen.ts";
import { readStream } from "../report/streams.ts";

describe("what is for eyes", () => {
  const play = async (name: Options["reporter"], stdout: TestScreen, stderr: TestScreen): Promise<void> => {
    const io = { stdout, stderr, env: {}, cwd: "/", now: () => 0 } as Partial<CliIo> as CliIo;
    const reporter = await openReporter({ reporter: name, verbose: false } as Partial<Options> as Options, io);
    for (const event of readStream("one-host")) reporter.on(event);
    await reporter.end();
  };

  it.each(["plain", "quiet"] as const)("of %s goes to stderr when stdout is no terminal", async (name) => {
    const [stdout, stderr] = [createTestScreen(), createTestScreen()];
    await play(name, stdout, stderr);
    expect([stdout.written(), stderr.written() === ""]).toEqual(["", false]);
    const [terminal, other] = [createTestScreen({ isTTY: true }), createTestScreen()];
    await play(name, terminal, other);
    expect([terminal.written() === "", other.written()]).toEqual([false, ""]);
  });

  it("does not come between the lines of json on stdout", async () => {
    const [stdout, stderr] = [createTestScreen(), createTestScreen({ isTTY: true })];
    await play("json", stdout, stderr);
    expect(stderr.written()).toBe("");
    for (const line of stdout.written().trimEnd().split("\n")) expect(JSON.parse(line)).toHaveProperty("kind");
  });

  it("is drawn as a tree on stderr when only that is a terminal", async () => {
    const [stdout, stderr] = [createTestScreen(), createTestScreen({ isTTY: true })];
    await play("auto", stdout, stderr);
    expect([stdout.written(), stderr.written()]).toEqual(["", expect.stringContaining("\x1b[?25l")]);
  });
});

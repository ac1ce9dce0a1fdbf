import { describe, expect, it } from "vitest";
import { createReporter, pickReporter } from "../../src/report/pick.ts";
import { createTestScreen, type TestScreen } from "./screen.ts";
import { readStream } from "./streams.ts";

describe("pickReporter", () => {
  const terminal = { isTTY: true, columns: 80, rows: 24 };
  it.each([
    ["tree", "on a terminal", terminal, {}, 0],
    ["tree", "on a terminal where CI is off", terminal, { CI: "false" }, 0],
    ["plain", "in a pipe", { isTTY: false }, {}, 0],
    ["plain", "under CI", terminal, { CI: "true" }, 0],
    ["plain", "on a dumb terminal", terminal, { TERM: "dumb" }, 0],
    ["plain", "on a narrow terminal", { ...terminal, columns: 39 }, {}, 0],
    ["plain", "on a terminal that has no width", { ...terminal, columns: 0 }, {}, 0],
    ["plain", "on a flat terminal", { ...terminal, rows: 5 }, {}, 0],
    ["plain", "with -v", terminal, {}, 1],
  ] as const)("takes %s for auto %s", (name, _, screen, env, verbosity) => {
    const stdout = createTestScreen(screen);
    expect(pickReporter("auto", { stdout, stderr: createTestScreen(), verbosity, env })).toBe(name);
  });

  it("takes a terminal on stderr when stdout is none", () => {
    const surroundings = {
      stdout: createTestScreen(),
      stderr: createTestScreen({ isTTY: true }),
      verbosity: 0,
      env: {},
    } as const;
    expect(pickReporter("auto", surroundings)).toBe("tree");
  });

  it("takes what was asked for", () => {
    const surroundings = { stdout: createTestScreen(), stderr: createTestScreen(), verbosity: 0, env: { CI: "1" } } as const;
    expect(pickReporter("tree", surroundings)).toBe("tree");
  });
});

describe("what is for eyes", () => {
  const play = async (name: "plain" | "quiet" | "json", stdout: TestScreen, stderr: TestScreen): Promise<void> => {
    const reporter = await createReporter(name, { stdout, stderr, verbosity: 0, now: () => 0 });
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
});

import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { createUi, type UiOptions } from "../../../src/cli/terminal/ui.ts";
import { createTestScreen, type TestScreen } from "../terminal.ts";

interface Desk {
  readonly screen: TestScreen;
  readonly keys: PassThrough;
  readonly prompts: string[];
  readonly ui: ReturnType<typeof createUi>;
}

function desk(overrides: Partial<UiOptions> = {}): Desk {
  const screen = createTestScreen(true);
  const keys = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => keys });
  const prompts: string[] = [];
  const onPrompt = (state: string): void => void prompts.push(state);
  const ui = createUi({
    stdin: { isTTY: true, open: () => keys },
    screen,
    interactive: true,
    onInterrupt: () => prompts.push("interrupt"),
    onPrompt,
    ...overrides,
  });
  return { screen, keys, prompts, ui };
}

describe("questions at a terminal", () => {
  it("take the line that is typed", async () => {
    const { ui, keys, screen, prompts } = desk();
    const answer = ui.ask("Which branch?");
    keys.write("main\r");
    expect(await answer).toBe("main");
    expect(screen.text).toContain("Which branch? main");
    expect(prompts).toEqual(["opened", "closed"]);
  });

  it("take the default for an empty line", async () => {
    const { ui, keys } = desk();
    const answer = ui.ask("Which branch?", { default: "main" });
    keys.write("\r");
    expect(await answer).toBe("main");
  });

  it("do not show a secret", async () => {
    const { ui, keys, screen } = desk();
    const answer = ui.ask("Passphrase", { secret: true });
    keys.write("hunter2\r");
    expect(await answer).toBe("hunter2");
    expect(screen.text).not.toContain("hunter2");
  });

  it.each([
    ["y\r", true],
    ["no\r", false],
    ["\r", true],
    ["what\rn\r", false],
  ])("confirm: %j", async (typed, expected) => {
    const { ui, keys } = desk();
    const answer = ui.confirm("Go on?", { default: true });
    for (const line of typed.split(/(?<=\r)/)) {
      keys.write(line);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await answer).toBe(expected);
  });

  it.each([
    ["2\r", "blue"],
    ["red\r", "red"],
    ["\r", "blue"],
  ])("choose by number or word: %j", async (typed, expected) => {
    const { ui, keys } = desk();
    const answer = ui.choice("Colour?", ["red", "blue"], { default: "blue" });
    keys.write(typed);
    expect(await answer).toBe(expected);
  });

  it("come one after another", async () => {
    const { ui, keys, prompts } = desk();
    const answers = Promise.all([ui.ask("One"), ui.ask("Two")]);
    keys.write("1\r");
    await new Promise((resolve) => setImmediate(resolve));
    keys.write("2\r");
    expect(await answers).toEqual(["1", "2"]);
    expect(prompts).toEqual(["opened", "closed", "opened", "closed"]);
  });

  it("end at ctrl-C, which is handed on", async () => {
    const { ui, keys, prompts } = desk();
    const answer = ui.ask("Which branch?");
    keys.write("\x03");
    await expect(answer).rejects.toMatchObject({ exitCode: 130 });
    expect(prompts).toEqual(["opened", "interrupt", "closed"]);
  });

  it("end when the input ends", async () => {
    const { ui, keys } = desk();
    const answer = ui.ask("Which branch?");
    keys.end();
    await expect(answer).rejects.toThrow("No answer was given");
  });
});

describe("questions without a terminal", () => {
  it("take their default", async () => {
    const { ui } = desk({ interactive: false });
    expect(await ui.ask("Q", { default: "a" })).toBe("a");
    expect(await ui.confirm("Q", { default: false })).toBe(false);
    expect(await ui.choice("Q", ["a", "b"], { default: "b" })).toBe("b");
  });

  it("fail, naming the prompt", async () => {
    const { ui, screen } = desk({ interactive: false });
    await expect(ui.ask("Which branch?")).rejects.toMatchObject({
      code: "NO_TERMINAL",
      exitCode: 2,
      message: expect.stringContaining("Which branch?"),
    });
    await expect(ui.confirm("Sure?")).rejects.toThrow("Sure?");
    await expect(ui.choice("Colour?", ["a"])).rejects.toThrow("Colour?");
    expect(screen.text).toBe("");
  });
});

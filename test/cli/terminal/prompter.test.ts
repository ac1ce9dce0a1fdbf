import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { createPrompter, type PrompterOptions } from "../../../src/cli/terminal/prompter.ts";
import { createRedactor } from "../../../src/command/redact.ts";
import { createTestScreen, type TestScreen } from "../terminal.ts";

interface Desk {
  readonly screen: TestScreen;
  readonly keys: PassThrough;
  readonly prompts: string[];
  readonly prompter: ReturnType<typeof createPrompter>;
}

function desk(overrides: Partial<PrompterOptions> = {}): Desk {
  const screen = createTestScreen(true);
  const keys = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => keys });
  const prompts: string[] = [];
  const onPrompt = (state: string): void => void prompts.push(state);
  const prompter = createPrompter({
    stdin: { isTTY: true, open: () => keys },
    screen,
    redactor: createRedactor(),
    interactive: true,
    onInterrupt: () => prompts.push("interrupt"),
    onPrompt,
    ...overrides,
  });
  return { screen, keys, prompts, prompter };
}

describe("questions at a terminal", () => {
  it("take the line that is typed", async () => {
    const { prompter, keys, screen, prompts } = desk();
    const answer = prompter.ask("Which branch?");
    keys.write("main\r");
    expect(await answer).toBe("main");
    expect(screen.text).toContain("Which branch? main");
    expect(prompts).toEqual(["opened", "closed"]);
  });

  it("take the default for an empty line", async () => {
    const { prompter, keys } = desk();
    const answer = prompter.ask("Which branch?", { default: "main" });
    keys.write("\r");
    expect(await answer).toBe("main");
  });

  it("are there once the terminal has stopped showing by itself what is typed", async () => {
    const { prompter, keys, screen } = desk();
    const shown: string[] = [];
    Object.assign(keys, { setRawMode: (on: boolean) => shown.push(`${on} ${screen.text}`) });
    const answer = prompter.ask("Token", { secret: true });
    keys.write("hunter2\r");
    await answer;
    expect(shown[0]).toBe("true ");
  });

  it("do not show a secret", async () => {
    const { prompter, keys, screen } = desk();
    const answer = prompter.ask("Passphrase", { secret: true });
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
    const { prompter, keys } = desk();
    const answer = prompter.confirm("Go on?", { default: true });
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
    const { prompter, keys } = desk();
    const answer = prompter.choice("Colour?", ["red", "blue"], { default: "blue" });
    keys.write(typed);
    expect(await answer).toBe(expected);
  });

  it("come one after another", async () => {
    const { prompter, keys, prompts } = desk();
    const answers = Promise.all([prompter.ask("One"), prompter.ask("Two")]);
    keys.write("1\r");
    await new Promise((resolve) => setImmediate(resolve));
    keys.write("2\r");
    expect(await answers).toEqual(["1", "2"]);
    expect(prompts).toEqual(["opened", "closed", "opened", "closed"]);
  });

  it("name whom they are about, and show no secret", async () => {
    const redactor = createRedactor();
    redactor.add("hunter2-token");
    const { prompter, keys, screen } = desk({ redactor });
    const answer = prompter.ask("Token", { about: "web1\x1b[2J", default: "hunter2-token" });
    keys.write("\r");
    expect(await answer).toBe("hunter2-token");
    expect(screen.text).toMatch(/^\[web1\] Token \[\[redacted\]\]: /);
    expect(screen.text).not.toContain("\x1b[2J");
  });

  it("that nobody waits for any more are taken off the screen, or never come there", async () => {
    const { prompter, keys, prompts, screen } = desk();
    const [first, second] = [new AbortController(), new AbortController()];
    const answers = [
      prompter.confirm("One?", { signal: first.signal }),
      prompter.ask("Two?", { signal: second.signal }),
      prompter.ask("Three?"),
    ] as const;
    second.abort(new Error("not needed"));
    await expect(answers[1]).rejects.toThrow("not needed");
    first.abort(new Error("too late"));
    await expect(answers[0]).rejects.toThrow("too late");
    await new Promise((resolve) => setImmediate(resolve));
    keys.write("3\r");
    expect(await answers[2]).toBe("3");
    expect(prompts).toEqual(["opened", "closed", "opened", "closed"]);
    expect(screen.text).toBe("One? (y/n) \nThree? 3\r\n");
  });

  it("end at ctrl-C, which is handed on", async () => {
    const { prompter, keys, prompts } = desk();
    const answer = prompter.ask("Which branch?");
    keys.write("\x03");
    await expect(answer).rejects.toMatchObject({ exitCode: 130 });
    expect(prompts).toEqual(["opened", "interrupt", "closed"]);
  });

  it("end when the input ends", async () => {
    const { prompter, keys } = desk();
    const answer = prompter.ask("Which branch?");
    keys.end();
    await expect(answer).rejects.toThrow("No answer was given");
  });
});

describe("questions without a terminal", () => {
  it("take their default", async () => {
    const { prompter } = desk({ interactive: false });
    expect(await prompter.ask("Q", { default: "a" })).toBe("a");
    expect(await prompter.confirm("Q", { default: false })).toBe(false);
    expect(await prompter.choice("Q", ["a", "b"], { default: "b" })).toBe("b");
  });

  it("fail, naming the prompt", async () => {
    const { prompter, screen } = desk({ interactive: false });
    await expect(prompter.ask("Which branch?")).rejects.toMatchObject({
      code: "NO_TERMINAL",
      exitCode: 2,
      message: expect.stringContaining("Which branch?"),
    });
    await expect(prompter.confirm("Sure?")).rejects.toThrow("Sure?");
    await expect(prompter.choice("Colour?", ["a"])).rejects.toThrow("Colour?");
    expect(screen.text).toBe("");
  });
});

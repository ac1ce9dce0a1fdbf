/** What tasks ask while they run, as a command line answers it. */
import { describe, expect, it } from "vitest";
import { deployfile, fake, project } from "../run-cli.ts";

const BODY = `role("web", [local("a"), local("b")]);
const say = (t: any, what: unknown) => t.log.info(what + " on " + t.host.name);
task("go", async (t: any) => say(t, (await t.ui.confirm("Go?")) ? "went" : "stayed"));
task("each", async (t: any) => say(t, (await t.ui.confirm("Go?", { each: true })) ? "went" : "stayed"));
task("careful", async (t: any) => say(t, (await t.ui.confirm("Go?", { default: false })) ? "went" : "stayed"));
task("which", async (t: any) => say(t, await t.ui.choice("Which?", ["one", "two"])));
task("who", async (t: any) => say(t, await t.ui.ask("Who?")));
app.verb("check", { desc: "Check.", run: async (t: any) => { await t.run("go"); } });`;

async function run(words: string, keys?: readonly string[]) {
  const { code, stdout, stderr } = await fake(
    project({ "deployfile.ts": deployfile(BODY) }),
    ["-R", "web", "--reporter", "plain", ...words.split(" ")],
    {
      terminal: keys !== undefined,
      prepare(io) {
        // Each when the one before was taken: what is typed ahead may be lost with the line.
        const write = io.stderr.write.bind(io.stderr);
        const left = [...(keys ?? [])];
        io.stderr.write = (chunk) => {
          write(chunk);
          if (chunk.includes("? ")) setImmediate(() => io.keys.write(left.shift() ?? ""));
        };
      },
    },
  );
  return { code, text: stdout + stderr };
}
const asked = (text: string): readonly string[] => text.match(/(\[[^\]\n]*\] )?Go\? \(.\/.\)/g) ?? [];

describe("at a terminal", () => {
  it.each([
    ["a task", "go", "[a, b] Go? (y/n)"],
    ["a task that a verb runs on each host", "check", "Go? (y/n)"],
  ])("%s asks once for all hosts", async (_, words, question) => {
    const { code, text } = await run(words, ["y\r"]);
    expect([code, asked(text)], text).toEqual([0, [question]]);
    expect(text).toContain("went on a");
    expect(text).toContain("went on b");
  });

  it("hosts ask by their names, one after another, where they are to ask each", async () => {
    const { code, text } = await run("each", ["y\r", "n\r"]);
    expect([code, asked(text)], text).toEqual([0, ["[a] Go? (y/n)", "[b] Go? (y/n)"]]);
    expect(text).toContain("went on a");
    expect(text).toContain("stayed on b");
  });

  it("no host asks after ctrl-C at the question of another", async () => {
    const { code, text } = await run("each", ["\x03"]);
    expect([code, asked(text)], text).toEqual([130, ["[a] Go? (y/n)"]]);
  });
});

describe.each([
  ["without a terminal", undefined, ""],
  ["with --non-interactive", [], " --non-interactive"],
])("%s", (_, keys, flag) => {
  it.each([
    ["go", "Go?", "--yes (-y) answers yes"],
    ["each", "Go?", "--yes (-y) answers yes"],
    ["which", "Which?", "-s KEY=VALUE"],
    ["who", "Who?", "-s KEY=VALUE"],
  ])("a question fails its task, with its line and what answers it: %s", async (task, question, answer) => {
    const { code, text } = await run(`${task}${flag}`, keys);
    expect([code, asked(text)]).toEqual([2, []]);
    expect(text).toMatch(
      new RegExp(`2 hosts \\(a, b\\) · ${task}\n.*nobody to ask: ${question.replace("?", "\\?")}\\s+\\(\\S+:\\d+\\)`),
    );
    expect(text).toContain(answer);
  });

  it("a default is taken", async () => {
    expect((await run(`careful${flag}`, keys)).text).toContain("stayed on b");
  });

  it("--yes answers yes, over a default too, and says so; it answers nothing else", async () => {
    for (const task of ["go", "careful"]) {
      const { code, text } = await run(`-y ${task}${flag}`, keys);
      expect([code, text.match(/^.*\(--yes\)$/gm)]).toEqual([0, [expect.stringContaining("[a, b] Go? yes (--yes)")]]);
      expect(text).toContain("went on b");
    }
    expect((await run(`-y which${flag}`, keys)).code).toBe(2);
  });
});

it("--yes names the hosts that would have asked each", async () => {
  const { text } = await run("-y each");
  expect(text.match(/^.*\(--yes\)$/gm)).toEqual(["[a] Go? yes (--yes)", "[b] Go? yes (--yes)"]);
});

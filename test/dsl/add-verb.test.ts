import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { OptionDefinition, VerbDefinition } from "../../src/dsl/verb.ts";
import { fill, messages, type Untyped } from "./fill.ts";

/** What a verb and an option of the command line take; a new one does not compile until it is here. */
const VERB: Required<VerbDefinition> = {
  desc: "Look",
  args: z.object({}),
  sets: () => ({}),
  examples: [["look", "looks"]],
  requires: ["deployPath"],
  run: () => undefined,
};
const OPTION: Required<OptionDefinition> = { desc: "what: TEXT", setting: "what", type: "text", short: "w", verbs: ["look"] };

describe("a verb and an option", () => {
  it("take what is declared, all of it", () => {
    const sealed = fill(({ verb, option }) => [verb("look", VERB), option("what", OPTION)]);
    expect(messages(sealed)).toEqual([]);
    expect([sealed.verbs.get("look")?.definition, sealed.options.get("what")?.definition]).toEqual([VERB, OPTION]);
  });

  it("refuse what they would ignore, with the one that was meant", () => {
    const problems = fill(({ verb, option }: Untyped) => {
      verb("look", { ...VERB, confirm: "Sure?", require: [] });
      option("what", { ...OPTION, default: "x" });
    }).problems();
    expect(problems.map(({ message, hint, where }) => [message, hint, where?.line])).toEqual([
      ["verb 'look': it takes no \"confirm\".", "It takes: desc, args, sets, examples, requires, run.", 1],
      ["verb 'look': it takes no \"require\".", 'Did you mean "requires"?', 2],
      ["option 'what': it takes no \"default\".", "It takes: desc, setting, type, short, verbs.", 3],
    ]);
  });
});

const body = (): void => undefined;

describe("what follows the last value that a member takes", () => {
  it.each<[string, (app: Untyped) => unknown]>([
    ["options behind the body of a task", ({ task }) => task("a", body, { confirm: true })],
    ["options behind description and body", ({ task }) => task("a", "A", body, { confirm: true })],
    ["options behind the body of a replacement", ({ task, replace }) => [task("a", body), replace("a", body, { confirm: true })]],
    ["a second body", ({ task }) => task("a", {}, body, body)],
    ["more options of a flow", ({ task, flow }) => flow("f", [task("s", {})], {}, { confirm: true })],
    ["settings behind the hosts of a role", ({ role }) => role("web", ["h1"], { branch: "main" })],
    ["options behind those of a hook", ({ task, after }) => after(task("a", body), task("b", body), {}, { flows: ["f"] })],
    ["options behind a verb", ({ verb }) => verb("look", VERB, { confirm: true })],
    ["options behind an option", ({ option }) => option("what", OPTION, { type: "flag" })],
  ])("is refused: %s", (_, deployfile) => {
    const problems = fill(deployfile).problems();
    expect(problems.map(({ message }) => message)).toEqual([expect.stringMatching(/would be ignored/)]);
    expect(problems[0]?.where?.file).toBe("deployfile.ts");
    expect(problems[0]?.hint).toMatch(/\(/);
  });
});

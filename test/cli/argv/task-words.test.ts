import { describe, expect, it } from "vitest";
import { z } from "zod";
import { addRecipeWords } from "../../../src/cli/argv/recipe-words.ts";
import { type KnownTasks, parseTaskWords } from "../../../src/cli/argv/task-words.ts";
import { vocabulary as bare } from "../../../src/cli/argv/verbs.ts";
import { createApp } from "../../../src/dsl/create-app.ts";
import { deploy } from "../../../src/recipes/deploy/index.ts";

const schemas: Readonly<Record<string, z.ZodObject | undefined>> = {
  deploy: undefined,
  rollback: z.object({
    to: z
      .string()
      .regex(/^\d{14}$/, "is a release id, 14 digits")
      .optional(),
  }),
  notify: z.object({
    text: z.string(),
    times: z.number().int().optional(),
    loud: z.boolean().default(false),
    tags: z.array(z.string()).default([]),
    maxLag: z.coerce.number().optional(),
  }),
};

const known: KnownTasks = {
  find: (word) => (word === "roll" ? "rollback" : Object.hasOwn(schemas, word) ? word : undefined),
  names: () => Object.keys(schemas),
  argsOf: (task) => schemas[task],
};

const { app, seal } = createApp();
app.use(deploy());
const vocabulary = addRecipeWords(bare, seal(), async () => async () => 0);
const parse = (...words: string[]) => parseTaskWords(words, known, vocabulary);

describe("the words of a run", () => {
  it("are tasks with what follows them as arguments", () => {
    const { names, args, problems } = parse("deploy", "rollback", "--to", "20260101000000", "notify", "text=a b", "loud=yes");
    expect(problems).toEqual([]);
    expect(names).toEqual(["deploy", "rollback", "notify"]);
    expect([...args]).toEqual([
      ["deploy", {}],
      ["rollback", { to: "20260101000000" }],
      ["notify", { text: "a b", loud: true, tags: [] }],
    ]);
  });

  it("may use an alias", () => {
    expect(parse("roll", "to=20260101000000").args.get("rollback")).toEqual({ to: "20260101000000" });
  });

  it.each([
    [["text=5"], { text: "5" }],
    [["text="], { text: "" }],
    [["--text", "a=b"], undefined],
    [["--text=a=b"], { text: "a=b" }],
    [["text=x", "times=3"], { times: 3 }],
    [["text=x", "--loud"], { loud: true }],
    [["text=x", "--loud", "false"], { loud: false }],
    [["text=x", "tags=a,b"], { tags: ["a", "b"] }],
    [["text=x", 'tags=["a,b"]'], { tags: ["a,b"] }],
    [["text=x", "tags=a", "tags=b"], { tags: ["a", "b"] }],
    [["text=x", "--max-lag", "1.5"], { maxLag: 1.5 }],
    [["text=x", "--max-lag", "-5"], { maxLag: -5 }],
  ])("become what the schema takes: %j", (words, expected) => {
    const { args, problems } = parse("notify", ...words);
    if (expected === undefined) expect(problems).not.toEqual([]);
    else {
      expect(problems).toEqual([]);
      expect(args.get("notify")).toMatchObject(expected);
    }
  });

  it("leaves the next task alone behind a flag", () => {
    expect(parse("notify", "text=x", "--loud", "deploy").names).toEqual(["notify", "deploy"]);
  });

  it.each([
    [["deploi"], 'There is no task and no verb "deploi".', 'Did you mean "deploy"?'],
    [["relases"], 'There is no task and no verb "relases".', 'Did you mean "releases"?'],
    [["deploy", "notfy"], 'There is no task "notfy".', 'Did you mean "notify"?'],
    [["deploy", "releases"], '"releases" is a verb of its own, and no task.', "Run it by itself: fake releases"],
    [["deploy", "deploy"], 'The task "deploy" is named twice.', undefined],
    [["x=1", "deploy"], '"x=1" stands before any task.', "Arguments follow the name of their task."],
    [["deploy", "x=1"], 'The task "deploy" takes no arguments, and no "x".', undefined],
    [
      ["deploy", "--skip-unreachble"],
      'The task "deploy" takes no arguments, and no "skipUnreachble".',
      "Did you mean --skip-unreachable?",
    ],
    [["rollback", "--too", "1"], 'The task "rollback" takes no argument "too".', "Did you mean to?"],
    [["rollback", "--to", "../../etc"], 'Task "rollback": to: is a release id, 14 digits (got "../../etc").', undefined],
    [["notify"], 'Task "notify": needs text: Invalid input: expected string, received undefined.', undefined],
    [
      ["notify", "text=x", "times=two"],
      'Task "notify": times: Invalid input: expected number, received string (got "two").',
      undefined,
    ],
  ])("are refused: %j", (words, message, hint) => {
    expect(parse(...words).problems).toEqual([expect.objectContaining({ message })]);
    expect(parse(...words).problems[0]?.hint).toBe(hint);
  });

  it("tell all that is wrong at once", () => {
    expect(parse("deploi", "--to", "x", "rollback", "to=1", "notify").problems).toHaveLength(3);
  });
});

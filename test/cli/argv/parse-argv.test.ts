import { describe, expect, it } from "vitest";
import { parseInvocation as parse } from "../../../src/cli/argv/parse-argv.ts";
import { addRecipeWords } from "../../../src/cli/argv/recipe-words.ts";
import { vocabulary } from "../../../src/cli/argv/verbs.ts";
import { createApp } from "../../../src/dsl/create-app.ts";
import { deploy } from "../../../src/recipes/deploy/index.ts";

const { app, seal } = createApp();
app.use(deploy());
const words = addRecipeWords(vocabulary, seal(), async () => async () => 0);
const parseInvocation = (argv: readonly string[]) => parse(argv, words);
const messagesOf = (...argv: string[]): string[] => parseInvocation(argv).problems.map(({ message }) => message);

describe("a command line", () => {
  it("takes options before and behind the task, and leaves the task its arguments", () => {
    const { verb, options, words, problems } = parseInvocation([
      "-R",
      "a,b",
      "rollback",
      "--to",
      "1",
      "-R",
      "c",
      "--dry-run",
      "k=v",
      "-s",
      "branch=1.10",
      "-s",
      "x=a=b,c",
    ]);
    expect(problems).toEqual([]);
    expect(verb.name).toBe("");
    expect(words).toEqual(["rollback", "--to", "1", "k=v"]);
    expect(options).toMatchObject({
      roles: ["a", "b", "c"],
      dryRun: true,
      set: [
        { key: "branch", raw: "1.10" },
        { key: "x", raw: "a=b,c" },
      ],
    });
  });

  it.each([
    [["-Rweb", "t"], { roles: ["web"] }],
    [["-R=web", "t"], { roles: ["web"] }],
    [["--roles=web", "t"], { roles: ["web"] }],
    [["-vyRweb", "t"], { roles: ["web"], verbose: true, yes: true }],
    [["--all=false", "t"], { all: false }],
    [["--dry-run", "t"], { dryRun: true }],
    [["--dry-run=true", "t"], { dryRun: true }],
    [["--dry-run=false", "t"], { dryRun: false }],
    [["t", "--dry-run=connect", "--json"], { dryRun: "connect", json: true }],
    [["connect", "--dry-run"], { dryRun: true }],
    [["-R", "a", "-R", "a, b", "t"], { roles: ["a", "b"] }],
    [["--batch", "25%", "t"], { batch: ["25%"] }],
    [["--batch", "1,10%, 50%", "t"], { batch: [1, "10%", "50%"] }],
    [["--batch", "2", "-P", "4", "t"], { batch: [2], parallel: 4 }],
    [["--lock-wait", "1m30s", "t"], { set: [{ key: "lockWait", raw: "1m30s" }] }],
    [["--host-keys", "accept-new", "t"], { hostKeys: "accept-new" }],
    [["--reporter", "tree", "--reporter", "json", "t"], { reporter: "json" }],
    [["-v", "-v", "--debug", "--debug=false", "t"], { verbose: true, debug: false }],
    [["--set=a=", "t"], { set: [{ key: "a", raw: "" }] }],
  ])("understands %j", (argv, expected) => {
    const { options, problems } = parseInvocation(argv);
    expect(problems).toEqual([]);
    expect(options).toMatchObject(expected);
  });

  it("gives exec the words behind the dashes, options of the command included", () => {
    const { verb, words, options } = parseInvocation(["exec", "-R", "web", "--", "ls", "-R", "--all"]);
    expect([verb.name, words, options.all]).toEqual(["exec", ["ls", "-R", "--all"], false]);
  });

  it("leaves a task the arguments that are options of other verbs only", () => {
    const argv = ["t", "--timeout", "5", "--as=me", "--fold", "--format", "x", "-P", "2"];
    const { words, options, problems } = parseInvocation(argv);
    expect([words, options.parallel, problems]).toEqual([["t", "--timeout", "5", "--as=me", "--fold", "--format", "x"], 2, []]);
    expect(parseInvocation(["exec", "--timeout", "5s", "--", "x"]).options.timeout).toBe("5s");
  });

  it("finds the verb behind options", () => {
    expect(parseInvocation(["-R", "web", "releases"]).verb.name).toBe("releases");
  });

  it("understands help as a word", () => {
    const { verb, options } = parseInvocation(["help", "env"]);
    expect([verb.name, options.help]).toEqual(["env", true]);
  });

  it.each([
    [["-P", "0", "t"], '--parallel takes a whole number, 1 or more (got "0").'],
    [["-P", "x", "t"], '--parallel takes a whole number, 1 or more (got "x").'],
    [
      ["--batch", "0", "t"],
      '--batch takes a number of hosts, 1 or more, or a share: 1% to 100%; or a list of these: 1,10%,50% (got "0").',
    ],
    [
      ["--batch", "1,,2", "t"],
      '--batch takes a number of hosts, 1 or more, or a share: 1% to 100%; or a list of these: 1,10%,50% (got "1,,2").',
    ],
    [["--lock-wait", "5", "t"], '--lock-wait takes a time with its unit, such as 90s or 5m (got "5").'],
    [["--lock-wait", "0s", "t"], '--lock-wait takes a time with its unit, such as 90s or 5m (got "0s").'],
    [["--lock-wait", "soon", "t"], '--lock-wait takes a time with its unit, such as 90s or 5m (got "soon").'],
    [
      ["--batch", "101%", "t"],
      '--batch takes a number of hosts, 1 or more, or a share: 1% to 100%; or a list of these: 1,10%,50% (got "101%").',
    ],
    [["--hosts=-oProxyCommand=x", "t"], "--hosts names a host that begins with a dash: no host does."],
    [["-R", "t"], undefined],
    [["t", "-R"], "-R needs a value: hosts that have any of these roles: A,B."],
    [["-R", "--dry-run", "t"], "-R needs a value: hosts that have any of these roles: A,B."],
    [["-R", "a,,b", "t"], "--roles has an empty name in its list."],
    [["-s", "branch", "t"], '--set takes KEY=VALUE, not "branch".'],
    [["-s", "=x", "t"], '--set takes KEY=VALUE, not "=x".'],
    [["--reporter", "tre", "t"], '--reporter is one of auto, tree, plain, json, quiet (got "tre").'],
    [["--host-keys", "no", "t"], '--host-keys is one of strict, accept-new (got "no").'],
    [["--dry-runn", "t"], "There is no option --dry-runn."],
    [["-z", "t"], "There is no option -z."],
    [["--dry-run=conect", "t"], '--dry-run stands alone, or with =connect (got "conect").'],
    [["--dry-run=", "t"], '--dry-run stands alone, or with =connect (got "").'],
    [["t", "--dry-run", "connect"], '--dry-run is followed by "connect", without a =.'],
    [["t", "--dry-run=connect", "--dry-run", "connect"], '--dry-run is followed by "connect", without a =.'],
    [["--all=maybe", "t"], "--all takes no value."],
    [["t", "--json", "--dry-run"], "Running tasks takes no --json."],
    [["tasks", "-P", "2"], "`fake tasks` takes no --parallel."],
    [["t", "--json"], "Running tasks takes no --json."],
    [["--timeout", "5s", "t"], "Running tasks takes no --timeout."],
    [["tasks", "extra"], '`fake tasks` takes no "extra".'],
    [["t", "--", "x"], "Nothing can stand behind `--` here."],
    [["exec", "-R", "web"], "No command was given."],
    [["env", "--branch"], "There is no option --branch."],
  ])("refuses %j", (argv, message) => {
    expect(messagesOf(...argv)[0]).toBe(message);
  });

  it("tells all of it at once, with what was meant", () => {
    const { problems } = parseInvocation(["-P", "0", "--batch", "0", "--reporter", "tre", "-s", "x", "--dry-rum", "t"]);
    expect(problems.map(({ message }) => message.split(" ").slice(0, 4).join(" "))).toEqual([
      "There is no option",
      "--set takes KEY=VALUE, not",
      "--parallel takes a whole",
      "--batch takes a number",
      "--reporter is one of",
    ]);
    expect(problems.map(({ hint }) => hint)).toEqual([
      "Did you mean --dry-run?",
      undefined,
      undefined,
      undefined,
      "Did you mean tree?",
    ]);
  });
});

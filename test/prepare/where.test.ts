import { describe, expect, it } from "vitest";
import { deployfile, fake, project } from "../cli/run-cli.ts";

const text = deployfile(`
  app.settings({ answer: { kind: "fact", desc: "Known in a run" } });
  env.set({ region: "eu", tier: (env: any) => env.region + "-" + (env.size ?? 1), size: 3, token: secret("s3cret"), deep: { a: 1 } });
  env.set({ broken: () => { throw new Error("no way"); } });
  role("web", { hosts: [local("a"), local("b", { region: "us", tags: ["edge", "old"] }), local("c", { spare: true })] });
  role("us", { hosts: [local("b")], region: "us-by-role" });
  task("who", { commands: (t: any) => [t.cmd("true")] });
  task("own", { hosts: ["a", "b"], commands: (t: any) => [t.cmd("true")] });
`);
const root = (): string => project({ "deployfile.ts": text });
const hostsOf = async (...argv: string[]): Promise<string[]> => {
  const { stdout, stderr } = await fake(root(), ["env", "--json", ...argv, "region"]);
  if (stderr !== "") throw new Error(stderr);
  return (JSON.parse(stdout) as { host: string }[]).map(({ host }) => host);
};

describe("--where", () => {
  it.each<[string, string[], string[]]>([
    ["of roles", ["-R", "web", "--where", "region=eu"], ["a", "c"]],
    ["of all hosts, where nothing else is said", ["--where", "region=us"], ["b"]],
    ["as the roles that are selected have it", ["-R", "us", "--where", "region=us"], ["b"]],
    ["not of this value", ["--where", "region!=eu"], ["b"]],
    ["several conditions, each of which must be met", ["--where", "region=eu", "--where", "spare=true"], ["c"]],
    ["a number as text", ["-H", "a,b", "--where", "size=3"], ["a", "b"]],
    ["what a function gives", ["--where", "tier=us-3"], ["b"]],
    ["an item of a list", ["--where", "tags=old"], ["b"]],
    ["not set is not that", ["--where", "tags!=old"], ["a", "c"]],
    ["-s wins over all others", ["--all", "-s", "region=us", "--where", "region=us", "-x", "a"], ["b", "c"]],
    ["left out besides", ["--where", "region=eu", "-x", "a"], ["c"]],
  ])("selects %s", async (_, argv, expected) => {
    // Settings that are not asked for are not looked at: \`broken\` would fail.
    expect(await hostsOf(...argv)).toEqual(expected);
  });

  it.each<[string, string[], string[]]>([
    [
      "an unknown setting",
      ["--where", "regoin=eu"],
      ['There is no setting "regoin" to select hosts by.', "Did you mean region?"],
    ],
    ["a secret", ["--where", "token=s3cret"], ["`token` is a secret: hosts cannot be selected by it."]],
    ["a fact", ["--where", "answer=42"], ["`answer` is only known during a run"]],
    ["an object", ["--where", "deep=1"], ["`deep` is neither text, a number"]],
    ["a setting that fails", ["--where", "broken=1"], ["no way"]],
    ["all that is wrong at once", ["--where", "nope=1", "--where", "regoin=1"], ['"nope"', '"regoin"']],
    ["what is no condition", ["--where", "region"], ['--where takes KEY=VALUE or KEY!=VALUE, not "region"']],
    [
      "what no host has, naming what they have",
      ["--where", "region=asia"],
      ["Of the 3 hosts selected, none has region=asia.", 'region is "eu" on a, c; "us" on b.'],
    ],
    [
      "what no host has together",
      ["--where", "region=us", "--where", "spare=true"],
      ["none has region=us and spare=true.", 'spare is not set on a, b; "true" on c.'],
    ],
    ["what the only host has not", ["-H", "a", "--where", "region=us"], ["a is selected, and does not have region=us."]],
  ])("refuses %s", async (_, argv, says) => {
    const { code, stderr } = await fake(root(), ["plan", "who", ...argv]);
    expect(code).toBe(2);
    for (const one of says) expect(stderr).toContain(one);
    expect(stderr).not.toContain("s3cret");
  });

  it("narrows the hosts down that a task names itself", async () => {
    const { code, stdout } = await fake(root(), ["plan", "own", "--where", "region=us"]);
    expect([code, /^ +b$/m.test(stdout)]).toEqual([0, true]);
    expect(stdout).not.toMatch(/^ +a/m);
  });

  it("counts for runs and for exec", async () => {
    const { stdout } = await fake(root(), ["exec", "--where", "region=us", "--json", "--", "true"]);
    expect(JSON.parse(stdout)).toMatchObject([{ host: "b", status: "ok" }]);
    expect((await fake(root(), ["--where", "region=us", "who"])).stderr).toContain("on 1 host: b");
  });
});

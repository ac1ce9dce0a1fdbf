import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deployfile, fake, project } from "../cli/run-cli.ts";

/** Wherever `confirm` may be written: `ask` is `{ confirm: "Sure?" }`, `work` a body. What is asked for is `go`. */
const PLACES: Readonly<Record<string, string>> = {
  "a task": `task("go", ask, work);`,
  "a task with a text body": `task("go", { ...ask, commands: (t: any) => [t.cmd("touch ran")] });`,
  "a local task": `task("go", { ...ask, local: true }, work);`,
  "a task that runs once": `task("go", { ...ask, once: "run" }, work);`,
  "a stage": `flow("go", [task("s", ask)]); after("s", task("x", work));`,
  "a flow": `flow("go", [task("s", {})], ask); after("s", task("x", work));`,
  "a flow in a flow": `flow("go", ["t"]); task("t", {}); after("t", flow("inner", [task("s", {})], ask)); after("s", task("x", work));`,
  "a replaced task": `task("go", work); app.replace("go", ask);`,
  "a replaced task with a new body": `task("go", () => {}); app.replace("go", ask, work);`,
  "a replaced flow": `flow("go", [task("s", {})]); after("s", task("x", work)); app.replace("go", ask);`,
  "a replaced flow with a body": `flow("go", [task("s", {})], ask); app.replace("go", work);`,
  "a task that is needed": `task("x", ask, work); task("go", { needs: ["x"] }, work);`,
  "a hook before": `task("go", work); before("go", task("x", ask, work));`,
  "a hook after": `task("go", work); after("go", task("x", ask, work));`,
  "a hook on a hook": `task("go", work); after("go", task("x", work)); before("x", task("y", ask, work));`,
  "a hook that always runs": `task("go", work); always("go", task("x", ask, work));`,
  "a hook of a failure": `task("go", work); onFailure("go", task("x", ask, work));`,
  "a flow that runs on failure": `task("go", work); onFailure("go", flow("x", [task("s", ask)])); after("s", task("y", work));`,
  "a hook on a hook of a failure": `task("go", work); onFailure("go", task("x", work)); onFailure("x", task("y", work)); before("y", task("z", ask, work));`,
  "a hook that is for this flow": `flow("go", [task("s", {})]); after("s", task("x", ask, work), { flows: ["go"] });`,
  "a task that a verb runs": `const x = task("x", ask, work); app.verb("go", { desc: "Go.", run: async (t: any) => { await t.run(x); } });`,
};

const inProject = (body: string): string => {
  const head = `role("web", [local("a"), local("b")]);
    const ask = { confirm: "Sure?" };
    const work = async (t: any) => { await t.run("touch ran"); };`;
  return project({ "deployfile.ts": deployfile(head + body) });
};
const ran = (root: string): boolean => existsSync(join(root, "ran"));
const count = (text: string, part: string): number => text.split(part).length - 1;
const verb = (place: string): boolean => place.includes("verb");

describe.each(Object.entries(PLACES))("the question of %s", (place, body) => {
  it("is refused before anything runs where nobody can answer, with what answers it", async () => {
    const root = inProject(body);
    const { code, stderr } = await fake(root, ["-R", "web", "go"]);
    expect([code, ran(root)], stderr).toEqual([2, false]);
    expect(stderr).toMatch(/There is nobody to confirm: Sure\? \(deployfile\.ts:\d+\)\n.*--yes/);
  });

  it("is asked once for all hosts, and the answer counts", async () => {
    const root = inProject(body);
    const answer = (key: string) =>
      fake(root, ["-R", "web", "go"], { terminal: true, prepare: (io) => io.keys.write(`${key}\r`) });
    const no = await answer("n");
    expect([no.code, count(no.stderr, "Sure? (y/n)"), ran(root)], no.stderr).toEqual([2, 1, false]);
    expect(no.stderr).toContain("Nothing was done");
    const yes = await answer("y");
    expect([yes.code, count(yes.stderr, "Sure? (y/n)"), ran(root)], yes.stderr).toEqual([0, 1, true]);
  });

  it("is not asked with --yes, nor in a dry run", async () => {
    const root = inProject(body);
    if (!verb(place)) expect((await fake(root, ["-R", "web", "go", "--dry-run"])).code).toBe(0);
    const { code, stderr } = await fake(root, ["-R", "web", "-y", "go"]);
    expect([code, ran(root)], stderr).toEqual([0, true]);
  });
});

describe("a question", () => {
  it("that several tasks ask is asked once; those that nobody can answer are told all at once", async () => {
    const root =
      inProject(`task("go", ask, work); before("go", task("x", ask, work)); after("go", task("y", { confirm: true }, work));
      onFailure("go", task("z", { confirm: true, once: "run" }, work)); task("no", { confirm: false }, work); before("go", "no");
      task("nowhere", { confirm: "Why?", roles: "db" }, work); role("db", []); before("go", "nowhere");`);
    const { code, stderr } = await fake(root, ["-R", "web", "go"]);
    expect(code).toBe(2);
    expect([...stderr.matchAll(/confirm: (.*) \(/g)].map(([, text]) => text)).toEqual([
      "Sure?",
      'Run "z" on a if "go" fails?',
      'Run "y" on a, b?',
    ]);
  });

  it("of what a function executes is asked when it comes to that, once for all hosts", async () => {
    const root = inProject(
      `task("x", ask, work); task("go", async (t: any) => { await t.execute("x"); await t.execute("x"); });`,
    );
    const options = { terminal: true, prepare: (io: { keys: { write(text: string): unknown } }) => io.keys.write("y\r") };
    const asked = await fake(root, ["-R", "web", "go"], options);
    expect([asked.code, count(asked.stderr, "Sure? (y/n)"), ran(root)], asked.stderr).toEqual([0, 1, true]);
    const other = inProject(`task("x", ask, work); task("go", (t: any) => t.execute("x"));`);
    const { code, stderr } = await fake(other, ["-R", "web", "go"]);
    expect([code, ran(other)], stderr).toEqual([1, false]);
    expect(stderr).toMatch(/"x", which "go" executes, was not confirmed: "Sure\?"/);
    expect(stderr).toContain("--yes");
    expect((await fake(other, ["-R", "web", "-y", "go"])).code).toBe(0);
  });
});

import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deployfile, fake, project } from "./run-cli.ts";

const inProject = (body: string): string => project({ "deployfile.ts": deployfile(body) });

const STARTS = "\nship would start. Nothing was changed.\n";

const OWN = `
  role("web", [local("a"), local("b")]);
  role("lost", [local("a"), "nowhere.invalid"]);
  task("touch", async (t) => { await t.run("touch touched"); });
  task("connect", async (t) => { await t.run("touch touched"); });
  task("ship", { args: undefined, look: async (t) => {
    const outcomes = await t.exec((at) => at.cmd("echo seen"));
    const seen = outcomes.map(({ host, stdout }) => host + " " + stdout.trim());
    return { data: seen, text: seen.join(", ") + "\\n", ok: outcomes.length > 1 };
  } }, async (t) => { await t.run("touch touched"); });
  app.replace("connect", { desc: "Connect" });
`;

describe("--dry-run=connect of a task", () => {
  it("that says nothing of hosts connects, and shows what --dry-run shows", async () => {
    const root = inProject(OWN);
    const { code, stdout, stderr } = await fake(root, ["-R", "web", "touch", "--dry-run=connect"]);
    expect(code, stderr).toBe(0);
    expect(stdout).toBe("a, b: connected. What touch finds there only touch itself knows; this is what --dry-run shows:\n");
    expect(stderr).toContain("  touch\n    $ touch touched\n");
    expect(stderr).toContain("Dry run: nothing was sent");
    expect(existsSync(join(root, "touched"))).toBe(false);
  });

  it("that says what it sees shows that alone, and does nothing", async () => {
    const root = inProject(OWN);
    const { code, stdout, stderr } = await fake(root, ["-R", "web", "ship", "--dry-run=connect"]);
    expect([code, stdout, stderr]).toEqual([0, `a seen, b seen\n${STARTS}`, ""]);
    const json = await fake(root, ["-R", "web", "ship", "--dry-run=connect", "--json"]);
    expect(JSON.parse(json.stdout)).toEqual({ task: "ship", ok: true, unreachable: [], look: ["a seen", "b seen"] });
    expect(existsSync(join(root, "touched"))).toBe(false);
  });

  it("ends with 1 where it says that it would not start", async () => {
    const { code, stdout } = await fake(inProject(OWN), ["-H", "a", "ship", "--dry-run=connect"]);
    expect([code, stdout]).toEqual([1, "a seen\n\nship would not start. Nothing was changed.\n"]);
  });

  it("is told of each task of the line, in order", async () => {
    const { code, stdout, stderr } = await fake(inProject(OWN), ["-R", "web", "touch", "ship", "--dry-run=connect"]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^a, b: connected\. .*\na seen, b seen\n\nship would start\. Nothing was changed\.\n$/);
  });

  it("of a recipe names tasks of the deployfile that hang in it, or are replaced, and the groups of --batch", async () => {
    const root = inProject(`
      use(deploy());
      env.set({ deployPath: ${JSON.stringify(join(import.meta.dirname, "nowhere"))}, scm: {
        name: "own", resolveRevision: async () => ({ id: "v1", label: "own" }), createRelease: () => ({ title: "", text: "" }),
      } });
      role("web", [local("a"), local("b")]);
      after("deploy:finished", task("mine", async (t) => { await t.run("touch touched"); }));
      app.replace("deploy:cleanup", async () => {});
    `);
    const { code, stdout, stderr } = await fake(root, ["-R", "web", "--batch", "1", "deploy", "--dry-run=connect"]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /^a, b\n {2}live .*\n {2}then +a new release \(own v1\)\n {2}build +nothing has to be brought there\n/,
    );
    expect(stdout).toContain(
      "\ngroup 1: a\ngroup 2: b\nNot looked at is what your own tasks in it do: deploy:cleanup, mine. deploy --dry-run shows that.\n",
    );
    expect(existsSync(join(import.meta.dirname, "nowhere"))).toBe(false);
  });

  it("is not meant by a task that is called connect, nor taken for one", async () => {
    const root = inProject(OWN);
    const word = await fake(root, ["-R", "web", "touch", "--dry-run", "connect"]);
    expect([word.code, word.stdout]).toEqual([2, ""]);
    expect(word.stderr).toContain("Write: fake -R web touch --dry-run=connect");
    const task = await fake(root, ["-R", "web", "connect", "--dry-run"]);
    expect([task.code, task.stdout]).toEqual([0, ""]);
    expect(existsSync(join(root, "touched"))).toBe(false);
  });

  it("names hosts that cannot be reached, says what follows from it, and ends as the run would", async () => {
    const root = inProject(OWN);
    const { code, stdout } = await fake(root, ["-R", "lost", "touch", "--dry-run=connect"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^a: connected\./);
    expect(stdout).toMatch(
      /nowhere\.invalid could not be looked at: [\s\S]*\n\ntouch would not start\. Nothing was changed\.\n$/,
    );
    const skipping = await fake(root, ["-R", "lost", "touch", "--dry-run=connect", "--skip-unreachable"]);
    expect([skipping.code, skipping.stdout]).toEqual([
      1,
      expect.stringMatching(/\n\ntouch would start without nowhere\.invalid\. Nothing was changed\.\n$/),
    ]);
    const json = await fake(root, ["-R", "lost", "touch", "--dry-run=connect", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      task: "touch",
      ok: false,
      unreachable: [{ host: "nowhere.invalid" }],
      look: null,
    });
  });

  it("takes --timings, and one form of output", async () => {
    const root = inProject(OWN);
    const timed = await fake(root, ["-R", "web", "ship", "--dry-run=connect", "--timings"]);
    expect([timed.code, timed.stdout]).toEqual([0, `a seen, b seen\n${STARTS}`]);
    expect(timed.stderr).toContain("the deployfile and the plan");
    const both = await fake(root, ["-R", "web", "ship", "--dry-run=connect", "--json", "--reporter", "json"]);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("two forms of one output")]);
  });

  it("asks for no confirmation", async () => {
    const root = inProject(`role("web", [local("a")]); task("drop", { confirm: "Drop it?" }, async () => {});`);
    expect((await fake(root, ["-R", "web", "drop", "--dry-run=connect"])).code).toBe(0);
  });
});

describe("what a task says to --dry-run=connect", () => {
  it("is no longer said when its body is replaced", async () => {
    const root = inProject(`${OWN} app.replace("ship", async () => {});`);
    const { stdout } = await fake(root, ["-R", "web", "ship", "--dry-run=connect"]);
    expect(stdout).toContain("a, b: connected.");
  });

  it("must be a function", async () => {
    const { code, stderr } = await fake(inProject(`task("a", { look: 5 }, () => {});`), ["tasks"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Task "a": look is 5.')]);
  });
});

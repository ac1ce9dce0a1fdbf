import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { nowhere } from "../../support/nowhere.ts";
import { buildCli, start } from "../built.ts";
import { deployfile, fake, project } from "../run-cli.ts";

/** Bodies that fail, each with the line, counted from the task's own, that has to be named. */
const FAILURES: Readonly<Record<string, readonly [line: number, body: string]>> = {
  "an error": [0, 'task("t", () => { throw new Error("no"); });'],
  "a text": [0, 'task("t", () => { throw "no"; });'],
  "an object": [0, 'task("t", () => { throw { code: 1 }; });'],
  nothing: [0, 'task("t", () => { throw undefined; });'],
  "an error without a stack": [0, 'task("t", () => { const e = new Error("no"); e.stack = ""; throw e; });'],
  "what node rejects with": [0, `task("t", () => import("node:fs/promises").then((fs) => fs.readFile("${nowhere}")));`],
  "an awaited rejection": [
    2,
    `task("t", async () => {\nconst fs = await import("node:fs/promises");\nawait fs.readFile("${nowhere}");\n});`,
  ],
  "an error in a timer's promise": [0, 'task("t", () => new Promise((_, no) => setTimeout(() => no(new Error("no")), 1)));'],
  "an error of a language feature": [1, 'task("t", () => {\nJSON.parse("{");\n});'],
  "a command": [2, 'task("t", async (t: any) => {\nawait t.run`true`;\nawait t.run`exit 3`;\n});'],
  "a file": [1, `task("t", async (t: any) => {\nawait t.upload("${nowhere}", "/tmp/nope");\n});`],
  "a setting": [1, 'task("t", (t: any) => {\nt.env.nope;\n});'],
  "an assignment": [1, 'task("t", (t: any) => {\nt.env.branch = "x";\n});'],
  "a question": [1, 'task("t", async (t: any) => {\nawait t.ui.ask("why?");\n});'],
  "what reads an answer": [0, 'task("t", { commands: (t: any) => [t.cmd`true`], receive: () => { throw "no"; } });'],
  "a limit": [0, 'task("t", { parallel: () => 0 }, () => {});'],
  "a task that is executed": [1, 'task("t", async (t: any) => {\nawait t.execute("nope");\n});'],
  "process.exit": [1, 'task("t", () => {\nprocess.exit(0);\n});'],
  "process.exit that is caught": [2, 'task("t", () => {\ntry {\nprocess.exit(0);\n} catch {}\n});'],
  "process.exit that is caught, and a skip": [2, 'task("t", (t: any) => {\ntry {\nprocess.exit(0);\n} catch {}\nt.skip();\n});'],
  "a context as a statement": [1, 'task("t", async (t: any) => {\nt.within("/");\nawait t.run`pwd`;\n});'],
};

/** What fails outside of a task: how it is called, and what is said of it, `$` for its line. */
const ELSEWHERE: Readonly<Record<string, readonly [body: string, argv: readonly string[], says: string]>> = {
  "a verb": ['app.verb("look", { desc: "", run: () => { throw new Error("no"); } });', ["look"], "error: fake look failed: no $"],
  "a verb, with a text": [
    'app.verb("look", { desc: "", run: async () => { throw "no"; } });',
    ["look"],
    "fake look failed: no $",
  ],
  "a verb, without a stack": [
    `app.verb("look", { desc: "", run: () => import("node:fs/promises").then((fs) => fs.readFile("${nowhere}")) });`,
    ["look"],
    `fake look failed: ENOENT: no such file or directory, open '${nowhere}' $`,
  ],
  "the data of a verb": [
    'app.verb("look", { desc: "", run: () => ({ data: 1n }) });',
    ["look", "--json"],
    "fake look failed: Do not know how to serialize a BigInt $",
  ],
  "a command of a verb": [
    'app.verb("look", { desc: "", run: async (t: any) => ({ data: 1, text: (await t.exec(() => { throw new Error("no"); }))[0].error }) });',
    ["look"],
    "no $",
  ],
  "a task of a verb": [
    'task("t", () => { throw new Error("no"); }); app.verb("look", { desc: "", run: async (t: any) => void (await t.run("t")) });',
    ["look"],
    "error: a: no $",
  ],
  "what a verb's arguments stand for": [
    'app.verb("look", { desc: "", sets: () => { throw new Error("no"); }, run: () => undefined });',
    ["look"],
    'error: "look": its `sets` threw: no. $',
  ],
  "what a task's arguments stand for": [
    'task("look", { sets: () => { throw new Error("no"); } }, () => {});',
    ["look"],
    'error: "look": its `sets` threw: no. $',
  ],
  "the schema of arguments": [
    'task("look", { args: z.object({ n: z.string().default("a").transform(() => { throw new Error("no"); }) }) }, () => {});',
    ["look", "--n=b"],
    'error: Task "look": its schema threw: no. $',
  ],
  "the look of a task": [
    'task("look", { look: () => { throw new Error("no"); } }, () => {});',
    ["look", "--dry-run=connect"],
    "error: The look of look failed: no $",
  ],
  "the command of a check": [
    'app.doctor({ command: () => { throw new Error("no"); }, judge: () => [] });',
    ["doctor"],
    "fail  a: no $",
  ],
  "what judges a check": [
    'app.doctor({ command: (t: any) => t.cmd`true`, judge: () => { throw new Error("no"); } });',
    ["doctor"],
    "fail  a: what judges a check failed: no $",
  ],
  "what judges a check and finds nothing": [
    "app.doctor({ command: (t: any) => t.cmd`true`, judge: () => undefined });",
    ["doctor"],
    "is not iterable $",
  ],
};

describe("a function of a deployfile that fails outside of a task", () => {
  it("is told as an error there, with its line: no bug of ours", async () => {
    const built = buildCli();
    onTestFinished(() => built.remove());
    const wrong: string[] = [];
    for (const [what, [body, argv, says]] of Object.entries(ELSEWHERE)) {
      const text = `import { z } from "fake-deploy";\nvoid z;\n${deployfile(`role("web", [local("a")]);\n${body}`)}`;
      const root = project({ "deployfile.ts": text });
      const { code, stdout, stderr } = await start(process.execPath, [built.bin, "-R", "web", ...argv], root).ended;
      const line = text.slice(0, text.indexOf(body)).split("\n").length;
      const said = (stdout + stderr).replace(new RegExp(`\\((?:${root}/)?deployfile.ts:${line}\\)`), "$");
      if (code === 0 || !said.includes(says) || said.includes("bug in fake"))
        wrong.push(`${what}: ${code}, no ${says} in\n${said}`);
    }
    expect(wrong).toEqual([]);
  }, 120_000);
});

describe("a task that fails", () => {
  it("names the line of the deployfile, whatever was thrown", async () => {
    // As it is installed: only node itself reads where compiled lines come from.
    const built = buildCli();
    onTestFinished(() => built.remove());
    const cases = Object.entries(FAILURES).map(([what, [line, body]], at) => ({
      what,
      line,
      body: body.replace('"t"', `"t${at}"`),
    }));
    const text = deployfile(`  role("web", [local("a")]);\n${cases.map(({ body }) => body).join("\n")}`);
    const root = project({ "deployfile.ts": text });
    const wrong: string[] = [];
    for (const [at, { what, line, body }] of cases.entries()) {
      const first = text.slice(0, text.indexOf(body)).split("\n").length;
      const { code, stderr } = await start(process.execPath, [built.bin, "-R", "web", `t${at}`], root).ended;
      const where = `(deployfile.ts:${first + line})`;
      if (code !== 1 && code !== 2) wrong.push(`${what}: exit code ${code}`);
      if (!stderr.includes(where)) wrong.push(`${what}: no ${where} in\n${stderr}`);
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  it("runs nothing after a context that was made for nothing", async () => {
    const text = '  role("web", [local("a")]);\ntask("t", async (t: any) => { t.within("/"); await t.run`echo ran in $PWD`; });';
    const { stderr } = await fake(project({ "deployfile.ts": deployfile(text) }), ["-R", "web", "t"]);
    expect(stderr).toContain("Write: await t.within(...).run`...`");
    expect(stderr).not.toContain("ran in");
  });

  it("by process.exit that it caught itself fails once for each host, and no other task for it", async () => {
    const root = project({
      "deployfile.ts": deployfile(`role("web", [local("a"), local("b")]);
        const leave = () => { try { process.exit(3); } catch {} };
        task("stop", leave); task("go", () => {}); before("go", "stop"); always("go", task("end", () => {}));
        app.verb("look", { desc: "Look.", run: () => { leave(); return undefined; } });`),
    });
    const { code, stderr } = await fake(root, ["-R", "web", "go"]);
    expect(code, stderr).toBe(1);
    for (const host of ["a", "b"]) expect(stderr).toContain(`[${host}] stop failed: process.exit(3) was called during a run`);
    expect(stderr).not.toContain("end failed");
    const verb = await fake(root, ["-R", "web", "look"]);
    expect([verb.code, verb.stderr.includes("process.exit(3) was called")], verb.stderr).toEqual([1, true]);
  });

  it("by process.exit ends its run as any failure does: hooks run, and the lock is free", async () => {
    const root = project({});
    const repo = join(root, "repo");
    mkdirSync(repo);
    writeFileSync(join(repo, "page"), "one");
    const git = (...args: string[]): void =>
      void execFileSync("git", ["-c", "user.name=Ann", "-c", "user.email=a@example.com", ...args], {
        cwd: repo,
        stdio: "ignore",
      });
    git("init", "--initial-branch=main");
    git("add", ".");
    git("commit", "--message", "one");
    const settings = { repoUrl: repo, branch: "main", deployPath: join(root, "site"), application: "shop" };
    const body = `use(deploy()); env.set(${JSON.stringify(settings)}); role("web", [local("a")]);
      task("stop", () => { process.exit(0); }); after("deploy:updated", "stop");
      onFailure("deploy", task("alarm", (t: any) => t.log.warn("alarm: " + t.failure.task)));`;
    writeFileSync(join(root, "deployfile.ts"), deployfile(body));
    const { code, stderr } = await fake(root, ["-R", "web", "deploy"]);
    expect(code).toBe(1);
    expect(stderr).toContain("process.exit(0) was called during a run");
    expect(stderr).toContain("alarm: stop");
    expect(existsSync(join(root, "site", "current"))).toBe(false);
    expect(existsSync(join(root, "site", ".fake", "lock"))).toBe(false);
  });
});

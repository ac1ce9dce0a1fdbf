import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { nowhere } from "../../support/nowhere.ts";
import { buildCli, start } from "../built.ts";
import { deployfile, fake, project } from "../run-cli.ts";
import type { TestIo } from "../terminal.ts";

const tasks = deployfile(`
  role("web", [local("a"), local("b")]);
  role("db", [local("c")]);
  const said = (text: string) => async (t: any) => { await t.run("echo " + text); };
  task("ok", "Says yes", said("yes"));
  task("bad", "Fails", async (t: any) => { await t.run("echo no >&2; exit 3"); });
  task("drop", { desc: "Drops", confirm: "Drop the database?" }, said("dropped"));
  task("build", { desc: "Builds here", local: true }, async (t: any) => { await t.local.run("echo built > built.txt"); });
  task("backup", { desc: "Backs up", hosts: ["c"] }, said("backup"));
  task("lines", { desc: "Text only", commands: (t: any) => [t.cmd\`echo \${t.host.name + " it's"}\`] });
  task("prints", "Prints", async () => { console.log("stray"); });
  task("quits", "Throws a bug", () => { throw new TypeError("undefined is not a function"); });
`);

const inProject = (): string => project({ "deployfile.ts": tasks });

describe("a run", () => {
  it("ends with 0 when every host is where it should be", async () => {
    const { code, stdout, stderr } = await fake(inProject(), ["-R", "web", "ok"]);
    expect(code, stderr).toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toContain("[a] yes");
    expect(stderr).toContain("[b] yes");
    expect(stderr).not.toContain("[c]");
  });

  it("ends with 1 when a task failed, with host, command and what it printed", async () => {
    const { code, stderr } = await fake(inProject(), ["-R", "db", "bad"]);
    expect(code).toBe(1);
    expect(stderr).toContain("exit code 3");
    expect(stderr).toContain("no");
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each([
    [
      ["--all", "ok"],
      ["a", "b", "c"],
    ],
    [
      ["-R", "web,db", "ok"],
      ["a", "b", "c"],
    ],
    [
      ["-H", "a,c", "ok"],
      ["a", "c"],
    ],
    [["-R", "web", "-x", "a", "ok"], ["b"]],
    [
      ["-R", "web", "--only", "web", "-P", "1", "ok"],
      ["a", "b"],
    ],
    [["backup"], ["c"]],
    [
      ["-R", "web", "backup"],
      ["a", "b"],
    ],
    [["ok", "-R", "db"], ["c"]],
  ])("selects hosts: %j", async (argv, hosts) => {
    const { code, stdout } = await fake(inProject(), ["--reporter", "json", ...argv]);
    expect(code).toBe(0);
    const started = JSON.parse(stdout.split("\n")[0] ?? "") as { kind: string; hosts: string[] };
    expect([started.kind, started.hosts]).toEqual(["runStarted", hosts]);
  });

  it("writes one event per line to stdout with --reporter json, and nothing else, whatever user code prints", async () => {
    const { code, stdout } = await fake(inProject(), ["--reporter", "json", "-R", "db", "ok", "prints"]);
    expect(code).toBe(0);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string });
    expect(events.at(0)?.kind).toBe("runStarted");
    expect(events.at(-1)?.kind).toBe("runFinished");
  });

  it("runs local tasks without any hosts", async () => {
    const root = inProject();
    expect((await fake(root, ["build"])).code).toBe(0);
    expect(readFileSync(join(root, "built.txt"), "utf8")).toBe("built\n");
  });

  it("keeps everything in the log file", async () => {
    const root = inProject();
    expect((await fake(root, ["-R", "web", "--reporter", "quiet", "--log-file", "run.log", "ok"])).code).toBe(0);
    expect(readFileSync(join(root, "run.log"), "utf8")).toContain("| yes");
  });

  it("prints the exact commands in a dry run, and runs nothing", async () => {
    const root = inProject();
    const { code, stdout, stderr } = await fake(root, ["-R", "web", "--dry-run", "lines", "ok", "drop"]);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`  lines (a)\n    $ echo 'a it'\\''s'\n  lines (b)\n    $ echo 'b it'\\''s'\n`);
    expect(stderr).toContain("  ok\n    $ echo yes\n");
    expect(stderr).toContain("  drop\n    $ echo dropped\n");
    expect(stdout).toBe("");
  });

  it("is not looked into in a dry run where code is loaded that cannot be held back", async () => {
    // In a process of its own: nothing that is loaded is ever unloaded.
    const built = buildCli();
    onTestFinished(() => built.remove());
    const dryRun = async (first: string, body: string): Promise<string> => {
      const tasks = `role("web", [local("a")]); task("t", async (t: any) => { ${body} await t.run("touch ran"); }); task("u", (t: any) => t.run("u"));`;
      const root = project({ "deployfile.ts": `${first}\n${deployfile(tasks)}` });
      const { code, stderr } = await start(process.execPath, [built.bin, "-R", "web", "t", "u", "--dry-run"], root).ended;
      expect([code, existsSync(join(root, "ran"))], stderr).toEqual([0, false]);
      return stderr;
    };
    // Loaded by the deployfile, whatever comes of that: no function is called.
    const native = await dryRun(`try { (process as any).dlopen({ exports: {} }, "${nowhere}"); } catch {}`, "");
    expect(native.split(`… a function, which is not looked into: ${nowhere} is loaded`)).toHaveLength(3);
    const builtIn = await dryRun('import "node:wasi";', "");
    expect(builtIn.split("… a function, which is not looked into: node:wasi is loaded")).toHaveLength(3);
    // By a function: that one goes on.
    const inside = await dryRun("", 'await import("node:wasi");');
    expect(inside).toContain("$ touch ran\n");
    expect(inside.split("… a function, which is not looked into: node:wasi is loaded")).toHaveLength(2);
  }, 60_000);

  it("is heard of by hooks of failures when it has started, and not when it is refused for a mistake", async () => {
    const root = project({
      "deployfile.ts": deployfile(`role("web", [local("a")]); task("bad", async (t: any) => { await t.run("exit 3"); });
        onFailure("bad", task("tell", { local: true }, (t: any) => t.run("touch heard")));`),
    });
    const heard = async (...argv: string[]) => [(await fake(root, argv)).code, existsSync(join(root, "heard"))];
    expect(await heard("-R", "web", "bad", "--nonsense")).toEqual([2, false]);
    expect(await heard("-R", "nowhere", "bad")).toEqual([2, false]);
    expect(await heard("-R", "web", "bad", "-s", "nonsense=1")).toEqual([2, false]);
    expect(await heard("-R", "web", "bad")).toEqual([1, true]);
  });

  it("asks what a task wants asked", async () => {
    const root = inProject();
    const answer = (key: string) =>
      fake(root, ["-R", "db", "--reporter", "plain", "drop"], { terminal: true, prepare: (io) => io.keys.write(`${key}\r`) });
    const yes = await answer("y");
    expect([yes.code, yes.stdout.includes("dropped")]).toEqual([0, true]);
    expect(yes.stderr).toContain("Drop the database? (y/n)");
    const no = await answer("n");
    expect([no.code, no.stdout.includes("dropped")]).toEqual([2, false]);
    expect(no.stderr).toContain("Nothing was done");
  });

  it.each([
    ["y", 0, ["opened", "closed", "runStarted", "runFinished"]],
    ["n", 2, ["opened", "closed"]],
  ])("tells programs of the question before it: %s", async (key, code, kinds) => {
    const prepare = (io: TestIo) => void io.keys.write(`${key}\r`);
    const ran = await fake(inProject(), ["-R", "db", "--reporter", "json", "drop"], { terminal: true, prepare });
    const events = ran.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string; state?: string });
    const told = events.map(({ kind, state }) => state ?? kind).filter((kind) => /^(?:opened|closed|run.*)$/.test(kind));
    expect([ran.code, told]).toEqual([code, kinds]);
    expect(ran.stderr).toContain("Drop the database? (y/n)");
  });

  it("asks nothing with -y, and refuses to go on without a terminal", async () => {
    const root = inProject();
    expect((await fake(root, ["-y", "-R", "db", "drop"])).code).toBe(0);
    const { code, stderr } = await fake(root, ["-R", "db", "drop"]);
    expect(code).toBe(2);
    expect(stderr).toContain("Drop the database?");
    expect((await fake(root, ["--non-interactive", "-R", "db", "drop"], { terminal: true })).code).toBe(2);
  });

  it("shows stack traces with --debug alone", async () => {
    const root = inProject();
    expect((await fake(root, ["-R", "db", "quits"])).stderr).toContain("undefined is not a function");
    const { stderr } = await fake(project({ "deployfile.ts": "throw new Error('x');" }), ["--debug", "tasks"]);
    expect(stderr).toMatch(/^caused by: Error: x\n\s+at /m);
  });

  it("ends at ctrl-C typed at a question of a task", async () => {
    const asks =
      'role("web", [local("a")]); task("t", async (t: any) => { await t.ui.ask("Which?").catch(() => {}); await t.run("echo went on"); });';
    const root = project({ "deployfile.ts": deployfile(asks) });
    const { code, stdout } = await fake(root, ["-R", "web", "--reporter", "plain", "t"], {
      terminal: true,
      prepare: (io) => io.keys.write("\x03"),
    });
    expect(code, stdout).toBe(130);
  });

  it("asks for required settings only where a task of their recipe runs", async () => {
    const uses = deployfile('use(deploy());\nrole("web", [local("a")]);\ntask("own", "Own", () => {});');
    expect((await fake(project({ "deployfile.ts": uses }), ["-R", "web", "own"])).code).toBe(0);
    const declares = `import { setting } from "fake-deploy";\n${deployfile('app.settings({ region: setting(undefined, { desc: "Region", required: true }) });\nrole("web", [local("a")]);\ntask("own", "Own", () => {});')}`;
    const { code, stderr } = await fake(project({ "deployfile.ts": declares }), ["-R", "web", "own"]);
    expect([code, stderr.split("\n")[0]]).toEqual([2, expect.stringContaining("`region` is not set")]);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("ends with the code of the signal: %s", async (signal, expected) => {
    const root = project({
      "deployfile.ts": deployfile(
        `role("web", [local("a")]); task("slow", async (t: any) => { await t.run("echo started; sleep 60"); });`,
      ),
    });
    const result = await fake(root, ["-R", "web", "--reporter", "json", "slow"], {
      prepare(io) {
        const { write } = io.stdout;
        Object.assign(io.stdout, {
          write(text: string) {
            write.call(io.stdout, text);
            // Twice: the first only keeps new tasks from starting.
            if (text.includes('"started\\n"')) for (const _time of [1, 2]) io.signal(signal);
          },
        });
      },
    });
    expect(result.code).toBe(expected);
  });
});

import { spawnSync } from "node:child_process";
import {
  chownSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { transformSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createCodeCache } from "../../src/cli/package/code-cache.ts";
import { shortHash } from "../../src/loader/cache-folder.ts";
import { nowhere } from "../support/nowhere.ts";
import { unless } from "../support/unless.ts";
import { type BuiltCli, buildCli, type Ended, type SpawnedCli, start } from "./built.ts";
import { deployfile, project } from "./run-cli.ts";

// Each of these starts node once or more, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 });

let built: BuiltCli;
beforeAll(() => {
  built = buildCli();
}, 60_000);
afterAll(() => built.remove());

const run = (root: string, argv: readonly string[], env?: NodeJS.ProcessEnv): SpawnedCli =>
  start(process.execPath, [built.bin, ...argv], root, env);
const fake = (root: string, argv: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> => run(root, argv, env).ended;
const shell = (root: string, script: string): Promise<Ended> =>
  start("bash", ["-c", script], root, { FAKE: `${process.execPath} ${built.bin}` }).ended;

const tasks = deployfile(`
  role("web", [local("a")]);
  task("ok", "Fine", async (t: any) => { console.log("stray"); process.stdout.write("more stray\\n"); await t.run("echo hello"); });
  task("bad", async (t: any) => { await t.run("false"); });
  task("slow", async (t: any) => { await t.run("echo started; sleep 60"); });
  task("loose", { local: true }, async () => { Promise.reject(new Error("let go")); await new Promise((go) => setTimeout(go, 20)); });
  task("last", { local: true }, () => { Promise.reject(new Error("let go")); });
  task("stuck", { local: true }, async () => { await new Promise(() => {}); });
  task("forgets", { local: true }, () => { setInterval(() => {}, 1000); });
  task("throws", { local: true }, () => { const o: any = undefined;
    o.x(); });
`);

/** A node that says it is another one. */
async function asNode(version: string, argv: readonly string[]): Promise<Ended> {
  const root = project({ "deployfile.ts": tasks });
  const versions = `{ ...process.versions, node: ${JSON.stringify(version)} }`;
  writeFileSync(join(root, "other.cjs"), `Object.defineProperty(process, "versions", { value: ${versions} });\n`);
  return await start(process.execPath, ["-r", join(root, "other.cjs"), built.bin, ...argv], root).ended;
}

const noRoot = unless(process.getuid?.() === 0, "only root may give files away");
const noScript = unless(spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0, "no script(1)");

describe("the process", () => {
  it("keeps stdout for results, whatever user code prints", async () => {
    const { code, stdout, stderr } = await fake(project({ "deployfile.ts": `console.log("while loading");\n${tasks}` }), [
      "--reporter",
      "json",
      "-R",
      "web",
      "ok",
    ]);
    expect(code, stderr).toBe(0);
    for (const line of stdout.trimEnd().split("\n")) expect(JSON.parse(line)).toHaveProperty("kind");
    expect(stderr).toBe("while loading\nstray\nmore stray\n");
  });

  it.each([
    ["ok", 0],
    ["bad", 1],
  ])("keeps its exit code when nobody reads: %s", async (task, expected) => {
    const root = project({ "deployfile.ts": tasks });
    const { stdout, stderr } = await shell(root, `$FAKE --reporter json -R web ${task} | true; echo "code \${PIPESTATUS[0]}"`);
    expect(stdout).toBe(`code ${expected}\n`);
    expect(stderr).not.toContain("EPIPE");
  });

  it.each([
    ["0.12.18", ["tasks"]],
    ["12.22.12", ["-R", "web", "ok"]],
    ["18.20.8", ["init"]],
    ["20.9.0", ["doctor"]],
    ["20.18.3", ["--help"]],
  ])("says in one sentence that node %s is too old, whatever is asked: %j", async (version, argv) => {
    const { code, stdout, stderr } = await asNode(version, argv);
    expect([code, stdout, stderr]).toEqual([
      2,
      "",
      `error: fake needs Node 20.19 or newer, and this is Node ${version} (${process.execPath}).\n`,
    ]);
  });

  it.each(["20.19.0", "21.0.0", "22.3.0", "100.0.0"])("takes node %s", async (version) => {
    expect(await asNode(version, ["tasks"])).toMatchObject({ code: 0 });
  });

  it("is written so that old nodes can read that sentence", () => {
    const text = readFileSync(built.bin, "utf8");
    const lowered = (target: string): string => transformSync(text, { target, supported: { "dynamic-import": true } }).code;
    expect(lowered("es2015")).toBe(lowered("esnext"));
    // What it needs is asked for behind it.
    expect(text.indexOf("process.exit(2)")).toBeLessThan(text.indexOf("require("));
  });

  it("ends although the deployfile left a timer", async () => {
    expect(await fake(project({ "deployfile.ts": tasks }), ["forgets"])).toMatchObject({ code: 0 });
  });

  it("fails, and goes on to the end, when something is thrown where nobody waits", async () => {
    const { code, stderr } = await fake(project({ "deployfile.ts": tasks }), ["loose"]);
    expect(code).toBe(1);
    expect(stderr).toContain("error: Error: let go (thrown at deployfile.ts:11 where nobody waits for it)");
    expect(stderr).toContain("loose ok");
    const told = "✖ local · loose\n    Error: let go (deployfile.ts:11)\n    It was thrown where nobody waits for it: ";
    expect([/^✖ Failed after .*s, on this machine$/m.test(stderr), stderr.includes(told)]).toEqual([true, true]);
  });

  it("says Done of no run whose last act was to throw something where nobody waits", async () => {
    const { code, stderr } = await fake(project({ "deployfile.ts": tasks }), ["last"]);
    expect([code, stderr.includes("Done"), /^✖ Failed after/m.test(stderr)]).toEqual([1, false, true]);
  });

  it("keeps secrets out of what is thrown where nobody waits", async () => {
    const text = deployfile(`env.set({ token: secret("hunter2hunter2") });
  task("loose", { local: true }, async (t: any) => {
    Promise.reject(new Error("no " + t.env.token.reveal()));
    await new Promise((go) => setTimeout(go, 20));
  });`);
    const { code, stdout, stderr } = await fake(project({ "deployfile.ts": text }), ["--debug", "loose"]);
    expect(code).toBe(1);
    expect(stderr).toContain("error: Error: no [redacted] (thrown at deployfile.ts:8 where nobody waits for it)");
    expect(stdout + stderr).not.toContain("hunter2");
  });

  it("says so when a task waits for what can never come", async () => {
    const { code, stderr } = await fake(project({ "deployfile.ts": tasks }), ["stuck"]);
    expect(code).toBe(1);
    expect(stderr).toContain("Something was waited for that can never come");
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends a run at the second %s with %i", async (signal, expected) => {
    const { child, seen, ended } = run(project({ "deployfile.ts": tasks }), ["-R", "web", "slow"]);
    await seen("[a] started");
    child.kill(signal);
    await seen("Once more");
    child.kill(signal);
    expect((await ended).code).toBe(expected);
  });

  it("points at the lines of the deployfile", async () => {
    const root = project({ "deployfile.ts": tasks });
    const { stderr } = await fake(root, ["--debug", "-v", "throws"]);
    expect(stderr).toMatch(new RegExp(`${join(root, "deployfile.ts")}:16:7`));
  });

  it.each([
    [
      "an await that never settles",
      "await new Promise(() => {});",
      "deployfile.ts:1: waits for a promise that never settles: nothing is left",
    ],
    ["process.exit", "process.exit(0);", "deployfile.ts:1: called process.exit(0) while it was loaded."],
    ["a rejection that nobody waits for", "Promise.reject(new Error('let go'));", "deployfile.ts:1: threw Error: let go"],
    ["an error in a package", "import 'thrower';", "threw Error: from a package"],
  ])("is not ended by a deployfile with %s", async (_what, first, says) => {
    const root = project({
      "deployfile.ts": `${first}\nexport default () => {};`,
      "node_modules/thrower/package.json": '{"name":"thrower","main":"i.js"}',
      "node_modules/thrower/i.js": "throw new Error('from a package');",
    });
    const { code, stderr } = await fake(root, ["tasks"]);
    expect(code).toBe(2);
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("loads a deployfile from a package of either kind, and keeps the compiler away the second time", async () => {
    for (const type of ["module", "commonjs"]) {
      const root = project({ "package.json": JSON.stringify({ type }), "deployfile.ts": tasks });
      expect(await fake(root, ["tasks"])).toMatchObject({ code: 0 });
      expect(await fake(root, ["tasks"], { ESBUILD_BINARY_PATH: nowhere })).toMatchObject({ code: 0 });
    }
  });

  /** `script` of util-linux gives a terminal. */
  it.skipIf(spawnSync("script", ["-qec", "true", "/dev/null"]).status !== 0)(
    `works on a terminal without a width, without colours, and on one that can do nothing, with its exit code${noScript}`,
    async () => {
      const root = project({ "deployfile.ts": tasks });
      const onTerminal = async (settings: string, size: string, task: string): Promise<string> => {
        const line = `stty ${size}; ${settings} $FAKE -R web ${task}`;
        const { stdout } = await shell(root, `script -qec '${line}' /dev/null </dev/null; echo "code $?"`);
        return stdout;
      };
      const drawn = await onTerminal("TERM=xterm", "cols 80 rows 24", "ok");
      expect(drawn).toContain("\x1b[");
      expect(drawn).toMatch(/code 0\n$/);
      for (const [settings, size] of [
        ["TERM=xterm NO_COLOR=1", "cols 0 rows 0"],
        ["TERM=dumb", "cols 80 rows 24"],
        ["TERM=dumb", "cols 0 rows 0"],
      ] as const) {
        const good = await onTerminal(settings, size, "ok");
        expect([settings, size, good]).toEqual([settings, size, expect.not.stringMatching(/\x1b\[[0-9;]*m/)]);
        expect(good).toMatch(/code 0\n$/);
        expect(await onTerminal(settings, size, "bad")).toMatch(/code 1\n$/);
      }
      expect(await onTerminal("TERM=dumb", "cols 80 rows 24", "ok")).not.toContain("\x1b");
    },
  );

  it("colours where colours are wanted", async () => {
    const root = project({ "deployfile.ts": tasks });
    expect((await fake(root, ["nope"])).stderr).not.toContain("\x1b[");
    expect((await fake(root, ["nope"], { FORCE_COLOR: "1" })).stderr).toContain("\x1b[31merror:");
    expect((await fake(root, ["nope"], { FORCE_COLOR: "1", NO_COLOR: "1" })).stderr).not.toContain("\x1b[");
  });
});

describe("compiled code", () => {
  const filesIn = (home: string): Map<string, number> => {
    const folder = join(home, ".cache/fake/code");
    return new Map(readdirSync(folder).map((name) => [join(folder, name), statSync(join(folder, name)).mtimeMs]));
  };

  it("is kept for the next run", async () => {
    const home = project({ "deployfile.ts": tasks });
    expect(await fake(home, ["tasks"])).toMatchObject({ code: 0 });
    const first = filesIn(home);
    expect([...first.keys()].map((path) => basename(path)).join()).toMatch(
      new RegExp(`app-.*cjs-${process.version}-${process.arch}`),
    );
    expect(await fake(home, ["tasks"])).toMatchObject({ code: 0 });
    // Neither refused nor made again.
    expect(filesIn(home)).toEqual(first);
  });

  it("is that of the installation that runs, not of another of the same version", async () => {
    const home = project({ "deployfile.ts": tasks });
    const first = realpathSync(dirname(dirname(built.bin)));
    const other = `${first}-other`;
    cpSync(first, other, { recursive: true });
    try {
      await fake(home, ["nope", "--debug"]);
      const { stderr } = await start(process.execPath, [join(other, "cli/bin.cjs"), "nope", "--debug"], home).ended;
      expect(stderr).toContain(`${other}/lib/`);
      expect(stderr).not.toContain(`${first}/`);
    } finally {
      rmSync(other, { recursive: true });
    }
  });

  it("is made again when it is not what it was", async () => {
    const home = project({ "deployfile.ts": tasks });
    const { stdout } = await fake(home, ["tasks"]);
    for (const path of filesIn(home).keys()) writeFileSync(path, "something else");
    expect(await fake(home, ["tasks"])).toEqual({ code: 0, stdout, stderr: "" });
    const again = [...filesIn(home).keys()].find((path) => basename(path).startsWith("app-"));
    expect(readFileSync(again ?? "", "latin1")).not.toBe("something else");
  });

  it("goes when nobody has used it for long", async () => {
    const home = project({ "deployfile.ts": tasks });
    await fake(home, ["completion", "bash"]);
    const old = [...filesIn(home).keys()];
    const longAgo = Date.now() / 1000 - 91 * 24 * 60 * 60;
    for (const path of old) {
      renameSync(path, `${path}-old`);
      utimesSync(`${path}-old`, longAgo, longAgo);
    }
    await fake(home, ["tasks"]);
    expect([...filesIn(home).keys()].filter((path) => path.endsWith("-old"))).toEqual([]);
  });

  it("is not kept where that is not wanted, or cannot be", async () => {
    const home = project({ "deployfile.ts": tasks });
    expect(await fake(home, ["tasks"], { NODE_DISABLE_COMPILE_CACHE: "1" })).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(join(home, ".cache"))).toBe(false);
    writeFileSync(join(home, ".cache"), "a file, no folder");
    expect(await fake(home, ["tasks"])).toMatchObject({ code: 0, stderr: "" });
  });

  it.skipIf(process.getuid?.() !== 0)(`is not taken from someone else${noRoot}`, () => {
    const home = project({ ".cache/fake/code/mine": "" });
    const name = `x.cjs-${process.version}-${process.arch}-${shortHash("x.cjs")}`;
    writeFileSync(join(home, ".cache/fake/code", name), "code");
    const cache = createCodeCache({ HOME: home });
    expect(cache.find("x.cjs")?.toString()).toBe("code");
    chownSync(join(home, ".cache/fake/code", name), 4321, 4321);
    expect(cache.find("x.cjs")).toBeUndefined();
  });
});

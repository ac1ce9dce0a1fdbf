/** Every public function that takes an object of options: a key that it does not know is refused, with the place, and does not compile. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createTestRun } from "../../src/testing.ts";
import { fake, project } from "../cli/run-cli.ts";
import { readEntryPoint } from "../support/entry-point.ts";

const root = join(import.meta.dirname, "../..");

/** Right as it stands, on one line; `key` is written `wrong` where it is to be refused: while it is read, or when `go` runs. */
interface Row {
  readonly code: string;
  readonly key: string;
  readonly wrong: string;
}
const row = (key: string, wrong: string, code: string): Row => ({ code, key, wrong });
const body = (key: string, wrong: string, code: string): Row => row(key, wrong, `task("go", async (t) => { ${code} });`);
const hook = (kind: string): Row => row("flows", "flow", `flow("go", [task("s", {})]); ${kind}("s", x, { flows: ["go"] });`);

/** By the type of the object. */
const PLACES: Readonly<Record<string, readonly Row[]>> = {
  SettingOptions: [row("example", "exmaple", 'settings({ a: setting(schema, { desc: "A", example: "1" }) });')],
  FactOptions: [row("default", "defualt", 'settings({ a: fact("A", { default: "1" }) });')],
  TaskDefinition: [
    row("hidden", "hiden", 'task("go", { hidden: true }, () => {});'),
    row("hidden", "hiden", 'task("go", { args: schema, hidden: true }, () => {});'),
    row("hidden", "hiden", 'task("go", () => {}); replace("go", { hidden: true });'),
    row("hidden", "hiden", 'task("go", () => {}); replace("go", { args: schema, hidden: true }, () => {});'),
  ],
  TaskOptions: [row("retry", "retyr", 'task("go", { commands: (t) => [t.cmd`true`], retry: 1 });')],
  FlowOptions: [row("prefetch", "prefech", 'flow("go", [task("s", {})], { prefetch: ["region"] });')],
  HookOptions: ["before", "after", "onFailure", "always"].map(hook),
  VerbDefinition: [
    row("requires", "require", 'verb("v", { desc: "V", requires: [], run: () => undefined });'),
    row("requires", "require", 'verb("v", { desc: "V", args: schema, requires: [], run: () => undefined });'),
  ],
  OptionDefinition: [row("short", "shorts", 'option("o", { desc: "what: X", setting: "region", short: "o" });')],
  DoctorCheck: [row("requires", "require", "doctor({ requires: [], command: (t) => t.cmd`true`, judge: () => [] });")],
  RehearsalDefinition: [row("files", "file", "rehearse({ files: {} });")],
  RoleDefinition: [row("fastLogin", "fastLogn", 'role("w", { hosts: [], fastLogin: true });')],
  // Among hosts of a list, the compiler lets any key be.
  HostObject: [
    row("fastLogin", "fastLogn", 'role("w", [{ host: "a", transport: "local", fastLogin: true }]);'),
    row("port", "prot", 'role("w", async () => [{ host: "b", port: 22 }]);'),
    row("user", "usr", 'host({ host: "b", user: "me" });'),
  ],
  SettingInputs: [
    row("fastLogin", "fastLogn", "env.set({ fastLogin: true });"),
    row("fastLogin", "fastLogn", 'host("a", { fastLogin: true });'),
  ],
  DeployOptions: [row("cache", "cahce", 'use(deploy({ cache: "/tmp" })); env.set({ deployPath: "/a", repoUrl: "/b" });')],
  CommandOptions: [
    body("quiet", "quite", "await t.run({ quiet: true })`true`;"),
    body("quiet", "quite", "await t.local.run({ quiet: true })`true`;"),
  ],
  TransferOptions: [
    body("mode", "mod", 'await t.writeFile("a", "text", { mode: "600" });'),
    body("mode", "mod", 'await t.fleet.put("deployfile.ts", "a", { mode: "600" });'),
    body("mode", "mod", 'await t.upload("deployfile.ts", "a", { mode: "600" });'),
    body("mode", "mod", 'await t.template("deployfile.ts", "a", {}, { mode: "600" });'),
    body("mode", "mod", 'await t.local.writeFile("a", "text", { mode: "600" });'),
  ],
  SpawnOptions: [
    body("scope", "scpoe", 't.spawn("true", { scope: "run", stdin: "" });'),
    body("timeout", "timeuot", 't.local.spawn("true", { timeout: "1m", stdin: "" });'),
  ],
  TaskForwardOptions: [
    body("listen", "lisen", 'await t.forward({ to: "localhost:80", listen: 0 });'),
    body("scope", "scpoe", 'await t.local.forward({ socks: true, scope: "run" });'),
  ],
  Ui: [
    body("default", "defualt", 'await t.ui.ask("Why?", { default: "x" });'),
    body("default", "defualt", 'await t.ui.confirm("Sure?", { default: true });'),
    body("default", "defualt", 'await t.ui.choice("Which?", ["a"], { default: "a" });'),
    row("default", "defualt", verb('await t.ui.confirm("Sure?", { default: true });')),
  ],
  VerbRunOptions: [
    row("hosts", "host", verb("await t.run(x, { hosts: t.hosts });")),
    row("hosts", "host", verb("await t.exec((on) => on.cmd`true`, { hosts: t.hosts });")),
  ],
};
/** They run in tests, of which the compiler has seen all. */
const KIT: Readonly<Record<string, readonly Row[]>> = {
  TestRunOptions: [row("dryRun", "dryrun", 'await createTestRun(kit, { tasks: ["a"], all: true, dryRun: true });')],
  MemoryReply: [
    row("exitCode", "exitcode", 'await createTestRun(kit, { tasks: ["a"], all: true, replies: { true: { exitCode: 1 } } });'),
  ],
  MemoryRule: [
    row(
      "times",
      "time",
      'await createTestRun(kit, { tasks: ["a"], all: true, replies: [{ command: "b", reply: {}, times: 1 }] });',
    ),
  ],
};
/** They are no options of a call, or must not be refused. */
const OTHERS: Readonly<Record<string, string>> = {
  ConnectOptions: "a transport is given them by the runner",
  FakeErrorOptions: "an error that is being told must not become another one",
};

function verb(code: string): string {
  return `verb("go", { desc: "Go", async run(t) { ${code} return undefined; } });`;
}

const toWrong = ({ code, key, wrong }: Row): string => code.replace(new RegExp(`\\b${key}(?=:)`), wrong);

const deployfile = (code: string): string => `import { defineDeployfile, fact, setting } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";
const schema: never = { safeParse: (data: unknown) => ({ success: true, data }), shape: {}, _zod: { def: {} } } as never;
export default defineDeployfile<{ region: string }>((app) => {
  const { after, always, before, doctor, env, flow, host, onFailure, option, rehearse, replace, role, settings, task, use, verb } = app;
  env.set({ region: "eu" });
  role("web", [{ host: "a", transport: "local" }]);
  const x = task("x", () => {});
${code}
  void [after, always, before, deploy, doctor, fact, flow, host, onFailure, option, rehearse, replace, schema, setting, settings, use, verb, x];
});
`;

describe.each(Object.entries(PLACES))("%s", (_type, rows) => {
  it.each(rows.map((given) => [given.code, given] as const))("%s", async (_code, given) => {
    const outcome = async (code: string) => {
      const folder = project({ "deployfile.ts": deployfile(code) });
      return await fake(folder, code.includes('"go"') ? ["-R", "web", "go"] : ["-R", "web", "x"]);
    };
    const right = await outcome(given.code);
    expect(right.stderr).not.toContain("error");
    const { code, stderr } = await outcome(toWrong(given));
    expect(code, stderr).not.toBe(0);
    expect(stderr).toContain(given.wrong);
    expect(stderr).toMatch(new RegExp(`Did you mean.*\\b${given.key}\\b`));
    // A host has the place of where it was listed first. What runs in the process of the tests has no source map: the line is that of what was compiled.
    expect(stderr).toMatch(given.code.includes("async") ? /\(.*:\d+\)/ : /deployfile\.ts:[79]\b/);
  });
});

describe.each(Object.entries(KIT))("%s of the test kit", (_type, rows) => {
  it.each(rows.map((given) => [given.code, given] as const))("%s", async (_code, given) => {
    const kit = ({ role, task }: { role: (...a: unknown[]) => void; task: (...a: unknown[]) => void }): void => {
      role("web", ["a"]);
      task("a", async (t: { run(text: string): unknown }) => void (await t.run("true")));
    };
    const AsyncFunction = (async () => undefined).constructor as new (
      ...text: string[]
    ) => (...given: unknown[]) => Promise<unknown>;
    const run = async (code: string): Promise<string> => {
      const made = (await new AsyncFunction("createTestRun", "kit", `return ${code}`)(createTestRun, kit)) as { result: unknown };
      return JSON.stringify(made.result);
    };
    await run(given.code);
    const told = await run(toWrong(given)).catch((error: Error & { hint?: string }) => `${error.message} ${error.hint}`);
    expect(told).toContain(given.wrong);
    expect(told).toMatch(new RegExp(`Did you mean.*\\b${given.key}\\b`));
  });
});

describe("the tables above", () => {
  it("have every type of options that an entry point exports", () => {
    const names = ["src/index.ts", "src/testing.ts", "src/recipes/deploy/index.ts"]
      .flatMap(readEntryPoint)
      .map(({ name }) => name);
    const deploy = [...readFileSync(join(root, "src/recipes/deploy/index.ts"), "utf8").matchAll(/^export interface (\w+)/gm)];
    const found = [...names, ...deploy.map(([, name = ""]) => name)].filter((name) =>
      /(?:Options|Definition|Check|Rule|Reply|SettingInputs|HostObject)$/.test(name),
    );
    expect(
      Object.keys({ ...PLACES, ...KIT, ...OTHERS })
        .filter((name) => name !== "Ui")
        .sort(),
    ).toEqual([...new Set(found)].sort());
  });

  it("have every public member that takes options without a name", () => {
    const index = readFileSync(join(root, "src/index.ts"), "utf8");
    const files = [...index.matchAll(/from "\.\/([^"]+)";/g)].map(([, file = ""]) =>
      readFileSync(join(root, "src", file), "utf8"),
    );
    const members = files.flatMap((text) =>
      [...text.matchAll(/^ {2}(\w+)(?:<.*?>)?\([^()]*?\boptions\??: \{/gm)].map(([, name]) => name),
    );
    expect([...new Set(members)]).toEqual(["ask", "confirm", "choice"]);
  });

  it("let every key that may be left out be undefined: `port: cond ? 22 : undefined` compiles everywhere", () => {
    const names = new Set([...Object.keys({ ...PLACES, ...KIT, ...OTHERS }), "SourceLocation"]);
    const entries = ["src/index.ts", "src/testing.ts", "src/recipes/deploy/index.ts"];
    const files = entries.flatMap((entry) => {
      const text = readFileSync(join(root, entry), "utf8");
      return [
        join(root, entry),
        ...[...text.matchAll(/from "(\.[^"]+)";/g)].map(([, file = ""]) => join(root, entry, "..", file)),
      ];
    });
    const types = [...new Set(files)].flatMap((file) => [
      ...readFileSync(file, "utf8").matchAll(/^export (?:interface|type) (\w+)[^;]*?(?:\{\n[\s\S]*?^\}|;)/gm),
    ]);
    const own = types.filter(([, name = ""]) => names.has(name));
    expect(new Set(own.map(([, name]) => name)).size).toBeGreaterThan(names.size - 4);
    const strict = own.flatMap(([text, name]) =>
      [...text.matchAll(/(\w+)\?: ((?:\{[^}]*\}|[^;}{])*)/g)]
        .filter(([, , type = ""]) => !/\bundefined\b|^unknown$|^TaskDefinition\[/.test(type))
        .map(([, key]) => `${name}.${key}`),
    );
    expect(strict).toEqual([]);
  });

  it("do not compile with the wrong key, and do with the right one", { timeout: 240_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), "fake-options-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const all = Object.entries(PLACES).flatMap(([type, rows]) => (type === "HostObject" ? [] : rows));
    for (const [at, given] of all.entries()) {
      writeFileSync(join(folder, `${at}-right.ts`), deployfile(given.code));
      writeFileSync(join(folder, `${at}-wrong.ts`), deployfile(`// @ts-expect-error ${given.wrong}\n${toWrong(given)}`));
    }
    const kit =
      'import { type App } from "fake-deploy";\nimport { createTestRun } from "fake-deploy/testing";\nconst kit = ({ task }: App): void => void task("a", () => {});\n';
    const wrong = Object.values(KIT).flatMap((rows) =>
      rows.map((given) => `// @ts-expect-error ${given.wrong}\n${toWrong(given)}\n${given.code}\n`),
    );
    writeFileSync(join(folder, "kit.ts"), kit + wrong.join(""));
    const paths = {
      "fake-deploy": [join(root, "src/index.ts")],
      "fake-deploy/testing": [join(root, "src/testing.ts")],
      "fake-deploy/recipes/*": [join(root, "src/recipes/*/index.ts")],
    };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions: { paths }, include: ["*.ts"], exclude: [] }),
    );
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    let told = "";
    try {
      execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], { encoding: "utf8" });
    } catch (error) {
      told = (error as { stdout: string }).stdout;
    }
    expect(told).toBe("");
  });
});

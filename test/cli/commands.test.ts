import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deployfile, fake, project } from "./run-cli.ts";

const text = deployfile(`
  env.set({ application: "shop", token: secret("s3cret-value"), url: (env: any) => "https://" + env.branch + ".example.com", region: "eu" });
  role("staging", { hosts: [local("a")], branch: "next" });
  role("web", { hosts: [local("b"), local("c", { region: "us" })], branch: "main" });
  task("restart", { desc: "Restart it", aliases: ["bounce"] }, () => {});
  task("app:check", "Check it", () => {});
  task("secretly", { hidden: true }, () => {});
  after("restart", "app:check");
`);
const inProject = (): string => project({ "deployfile.ts": text });

describe("fake tasks", () => {
  it("lists tasks, those without a namespace first", async () => {
    const { code, stdout } = await fake(inProject(), ["tasks"]);
    expect([code, stdout]).toEqual([0, "restart    Restart it (also bounce)\napp:check  Check it\n"]);
  });

  it("lists them as JSON", async () => {
    const { stdout } = await fake(inProject(), ["tasks", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject([
      { name: "restart", desc: "Restart it", aliases: ["bounce"], args: [], where: { file: "deployfile.ts", line: 10 } },
      { name: "app:check" },
    ]);
  });
});

describe("fake plan", () => {
  it("shows hosts x steps, and contacts nobody", async () => {
    const { code, stdout, stderr } = await fake(inProject(), ["plan", "restart", "-R", "web"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^ +b +c$/m);
    expect(stdout).toMatch(/^ +app:check +● +●$/m);
  });

  it("shows the groups of --batch", async () => {
    const recipe = deployfile(`
      role("web", ["w[1:9]"]);
      flow("ship", [task("ready", {}), task("steady", {})], { rollingFrom: "steady" });
      task("go", { commands: (t: any) => [t.cmd("go")] });
      after("ready", "go");
      before("steady", task("work", { commands: (t: any) => [t.cmd("work")] }));
    `);
    const root = project({ "deployfile.ts": recipe });
    const groups = "\ngroup 1: w1\ngroup 2: w2, w3, w4\ngroup 3: w5, w6, w7\ngroup 4: w8, w9\n";
    const table = await fake(root, ["plan", "ship", "-R", "web", "--batch", "1,30%"]);
    expect(table.stdout).toContain("steady (group after group, 4 in all)");
    expect(table.stdout.endsWith(groups)).toBe(true);
    expect((await fake(root, ["plan", "ship", "-R", "web", "--batch", "1,30%", "--flights"])).stdout.endsWith(groups)).toBe(true);
    const idle = await fake(root, ["plan", "go", "-R", "web", "--batch", "1"]);
    expect([idle.code, idle.stderr]).toEqual([2, expect.stringContaining("nothing of go is done in groups")]);
  });

  it("shows with --flights what is sent together, and with --no-fuse what would be sent without", async () => {
    const recipe = deployfile(`
      role("web", { hosts: ["a.example.com", "b.example.com"] });
      role("one", { hosts: ["a.example.com"] });
      task("build", { commands: (t: any) => [t.cmd("make")] });
      task("check", { commands: (t: any) => [t.cmd("test -d " + t.env.nothing)] });
      task("here", { local: true }, () => {});
      task("restart", { roles: "one" }, () => {});
      task("ship", { commands: (t: any) => [t.cmd("ship")] });
      before("ship", "build");
      before("build", "here");
      after("ship", "restart");
    `);
    const root = project({ "deployfile.ts": recipe });
    const shown = async (...words: string[]) => (await fake(root, ["plan", ...words])).stdout;
    expect(await shown("ship", "-R", "web", "--flights")).toBe(
      [
        "  -  here (on this machine)",
        "     -- all hosts wait for each other --",
        "  1  build                                a.example.com",
        "     ship",
        "  -  restart (a function)                 a.example.com",
        "  2  build                                b.example.com",
        "     ship",
        "",
        "1 flight to each of 2 hosts; functions send what they run by themselves.",
        "",
      ].join("\n"),
    );
    expect(await shown("ship", "-R", "one", "--flights", "--no-fuse")).toContain("  1  build\n  2  ship\n");
    const wrong = await fake(root, ["plan", "check", "-R", "web", "--flights"]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("nothing")]);
  });

  it("needs hosts", async () => {
    expect(await fake(inProject(), ["plan", "restart"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Roles: staging, web."),
    });
  });
});

describe("fake graph", () => {
  it.each([
    ["tree", "after: app:check"],
    ["mermaid", "flowchart"],
    ["dot", "digraph"],
    ["json", '"app:check"'],
  ])("draws a task as %s", async (format, says) => {
    const { code, stdout } = await fake(inProject(), ["graph", "restart", "--format", format]);
    expect(code).toBe(0);
    expect(stdout).toContain(says);
  });

  it("names the task that was meant", async () => {
    expect(await fake(inProject(), ["graph", "restrt"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean "restart"?'),
    });
    expect((await fake(inProject(), ["graph"])).code).toBe(2);
  });
});

describe("fake env", () => {
  it("shows each setting with its value and where that was set, hosts that agree together", async () => {
    const { code, stdout } = await fake(inProject(), ["env", "-R", "web"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Hosts: b (web), c (web)");
    expect(stdout).toMatch(/^application +shop +deployfile deployfile\.ts:7$/m);
    expect(stdout).toMatch(/^branch +main +role web deployfile\.ts:9$/m);
    expect(stdout).toMatch(/^region +eu +deployfile deployfile\.ts:7 +b$/m);
    expect(stdout).toMatch(/^region +us +host c .* +c$/m);
    expect(stdout).toMatch(/^url +https:\/\/main\.example\.com +deployfile deployfile\.ts:7, from branch$/m);
    expect(stdout).toMatch(/^token +\[redacted\]/m);
  });

  it("prints one value for scripts", async () => {
    expect(await fake(inProject(), ["env", "-R", "web", "branch"])).toEqual({ code: 0, stdout: "main\n", stderr: "" });
    expect((await fake(inProject(), ["env", "--all", "branch"])).stdout).toBe("a\tnext\nb\tmain\nc\tmain\n");
    expect((await fake(inProject(), ["env", "-R", "web", "token"])).stdout).toBe("[redacted]\n");
    expect((await fake(inProject(), ["env", "-R", "web", "-s", "branch=1.10", "branch"])).stdout).toBe("1.10\n");
  });

  it("prints JSON for machines", async () => {
    const { stdout } = await fake(inProject(), ["env", "-R", "staging", "--json"]);
    expect(stdout).not.toContain("s3cret-value");
    expect(JSON.parse(stdout)).toMatchObject([
      {
        host: "a",
        roles: ["staging"],
        settings: {
          branch: { value: "next", layer: "role", name: "staging", file: "deployfile.ts", line: 8 },
          token: { value: "[redacted]" },
          url: { value: "https://next.example.com", reads: ["branch"] },
        },
      },
    ]);
  });

  it("names the setting that was meant, and asks for hosts", async () => {
    expect(await fake(inProject(), ["env", "-R", "web", "brunch"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Did you mean branch?"),
    });
    expect((await fake(inProject(), ["env"])).code).toBe(2);
  });

  it("asks nobody: what a recipe would find out is left out, and named it is a placeholder", async () => {
    const asks = `import { setting } from "fake-deploy"; import { writeFileSync } from "node:fs";\n${deployfile(`
      app.settings({ found: setting(undefined, { desc: "Found", default: async () => { writeFileSync(import.meta.dirname + "/called", ""); return 1; } }) });
      role("web", [local("x")]);
      task("t", { commands: (t: any) => [t.cmd\`echo \${t.env.found}\`] });`)}`;
    const root = project({ "deployfile.ts": asks });
    expect((await fake(root, ["env", "-R", "web"])).stdout).not.toContain("found");
    expect((await fake(root, ["env", "-R", "web", "found"])).stdout).toBe("<found>\n");
    expect((await fake(root, ["-R", "web", "--dry-run", "t"])).stderr).toContain("$ echo '<found>'");
    expect(existsSync(join(root, "called"))).toBe(false);
  });

  it("tells what cannot be had, and shows the rest", async () => {
    const broken = deployfile('env.set({ a: 1, b: () => { throw new Error("no way"); } }); role("web", [local("x")]);');
    const { code, stdout } = await fake(project({ "deployfile.ts": broken }), ["env", "-R", "web"]);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^a +1/m);
    expect(stdout).toMatch(/^b +\(.*no way/m);
  });
});

describe("fake init", () => {
  it.each([
    [[], "deployfile.ts"],
    [["--yaml"], "deployfile.yaml"],
  ])("writes a deployfile that works, with every setting in it: %j", async (argv, name) => {
    const root = project({});
    expect((await fake(root, ["init", ...argv])).code).toBe(0);
    const written = readFileSync(join(root, name), "utf8");
    for (const key of ["application", "repoUrl", "deployPath", "branch", "linkedDirs", "keepReleases", "rollbackOnFailure"]) {
      expect(written).toMatch(new RegExp(`^ *(?:// |# )?${key}: `, "m"));
    }
    expect(written).toMatch(/(?:\/\/|#) Good releases to keep on a host/);
    const { code, stderr } = await fake(root, ["plan", "deploy", "-R", "staging"]);
    expect(code, stderr).toBe(0);
  });

  it("overwrites nothing", async () => {
    const root = project({ "deployfile.mjs": "export default () => {};" });
    const { code, stderr } = await fake(root, ["init"]);
    expect(code).toBe(2);
    expect(stderr).toContain("There is a deployfile.mjs here already");
  });
});

/** What a command line loads before it does anything: counts, which are the same on every machine. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { runFake } from "../support/fake.ts";
import { nowhere } from "../support/nowhere.ts";
import { said } from "../support/story.ts";

const DEPLOYFILE = `
import { defineDeployfile } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";
export default defineDeployfile(({ env, role, task, after, use }) => {
  const { finished } = use(deploy());
  env.set({ application: "shop", repoUrl: "git@example.com:acme/shop.git", branch: "main", deployPath: "/srv/shop" });
  role("staging", ["deploy@staging1.example.com"]);
  after(finished, task("restart", "Restart it", async ({ run }) => { await run\`systemctl restart shop\`; }));
});
`;

let project: string;
beforeAll(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), "fake-start-up-")));
  writeFileSync(join(project, "deployfile.ts"), DEPLOYFILE);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

interface Loaded {
  readonly files: readonly string[];
  /** Packages that something in these files comes from, installed or bundled. */
  readonly packages: ReadonlySet<string>;
  /** Modules of node's own. */
  readonly builtins: ReadonlySet<string>;
}

/** All that V8 ran for one command line, whatever loaded it. */
async function loadedBy(line: string, exitCode = 0, cwd = project): Promise<Loaded> {
  const args = line.split(" ");
  const folder = mkdtempSync(join(project, "coverage-"));
  const outcome = await runFake(inject("installed"), args, { cwd, env: { NODE_V8_COVERAGE: folder } });
  expect(outcome.exitCode, said(outcome)).toBe(exitCode);
  const urls = readdirSync(folder).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(folder, name), "utf8")) as { result: { url: string }[] };
    return result.map(({ url }) => url);
  });
  const files = urls.filter((url) => url.startsWith("file:")).map((url) => fileURLToPath(url.replace(/\?.*$/, "")));
  const builtins = new Set(urls.filter((url) => url.startsWith("node:")));
  return { files, builtins, packages: new Set(files.flatMap(packagesIn)) };
}

function packagesIn(file: string): string[] {
  const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
  if (name !== "fake-deploy") return name === undefined ? [] : [name];
  // The build says of each part of a bundled file where it is from.
  const origins = readFileSync(file, "utf8").matchAll(/^\/\/ (?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//gm);
  return [...origins].map(([, origin = ""]) => origin);
}

describe("starting", () => {
  beforeAll(async () => {
    // Warm, as most starts are.
    for (const args of ["--help", "tasks"]) await runFake(inject("installed"), [args], { cwd: project });
  });

  it.each([
    ["--version", 1, [], 0],
    ["completion bash", 6, [], 0],
    ["help exec", 9, ["yargs"], 0],
    // Recipes of the deployfile bring verbs and options.
    ["--help", 14, ["zod", "yargs"], 0],
    ["tasks", 8, ["zod"], 0],
    // Nobody listens there.
    ["exec -H 127.0.0.1:1 -- true", 14, ["zod", "ssh2"], 1],
    // ssh2 speaks on the control socket (decision 022), and is loaded while ssh logs in.
    ["exec -H 127.0.0.1:1 -s transport=openssh -- true", 14, ["zod", "ssh2"], 1],
  ])("fake %s loads at most %i files, and of libraries only %j", async (line, most, libraries, exitCode) => {
    const { files, packages, builtins } = await loadedBy(line, exitCode);
    expect(files.length, files.join("\n")).toBeLessThanOrEqual(most);
    expect(["node:http", "node:https", "node:tls"].filter((name) => builtins.has(name))).toEqual([]);
    const heavy = ["zod", "ssh2", "listr2", "simple-git", "yargs", "cosmiconfig", "ssh-config", "esbuild"];
    expect(heavy.filter((name) => packages.has(name))).toEqual(libraries);
    // Of what measures text that is not ASCII, nothing: it makes the set of all emoji (build/string-width.mjs).
    expect(files.filter((file) => /string-width/.test(file))).toEqual([]);
  });

  it("fake --help loads at most 9 files where there is no deployfile, and of libraries only yargs", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "fake-elsewhere-"));
    const { files, packages } = await loadedBy("--help", 0, elsewhere);
    rmSync(elsewhere, { recursive: true });
    expect(files.length, files.join("\n")).toBeLessThanOrEqual(9);
    expect([packages.has("yargs"), packages.has("zod"), packages.has("esbuild")]).toEqual([true, false, false]);
  });

  it("takes the compiler when the deployfile changed, and only then", async () => {
    writeFileSync(join(project, "deployfile.ts"), `${DEPLOYFILE}\n// changed`);
    expect([...(await loadedBy("tasks")).packages]).toContain("esbuild");
    expect([...(await loadedBy("tasks")).packages]).not.toContain("esbuild");
  });

  it("reads the zod of `z` when the deployfile names it, and only then", async () => {
    const ofZod = ({ files }: Loaded): readonly string[] => files.filter((file) => file.includes("/node_modules/zod/"));
    for (const [name, count] of [
      ["defineDeployfile", 0],
      ["defineDeployfile, z", 1],
    ] as const) {
      const use = count === 0 ? "" : "z.object({});";
      writeFileSync(
        join(project, "z.mjs"),
        `import { ${name} } from "fake-deploy";\n${use}\nexport default defineDeployfile(() => {});`,
      );
      await loadedBy("-f z.mjs tasks");
      expect(Math.min(1, ofZod(await loadedBy("-f z.mjs tasks")).length)).toBe(count);
    }
  });

  it("lists tasks without what only connections need", async () => {
    const { builtins } = await loadedBy("tasks");
    expect(
      [...builtins].filter((name) => ["node:crypto", "node:child_process", "node:readline", "node:tls"].includes(name)),
    ).toEqual([]);
  });

  it("reads the SSH implementation while git is at work", async () => {
    const order = join(project, "order");
    const hook = `
      const { appendFileSync } = require("node:fs");
      const note = (what) => appendFileSync(${JSON.stringify(order)}, what + "\\n");
      const { ChildProcess } = require("node:child_process");
      const { spawn } = ChildProcess.prototype;
      ChildProcess.prototype.spawn = function (options) { note(options.file); return spawn.call(this, options); };
      const vm = require("node:vm");
      vm.Script = class extends vm.Script {
        constructor(code, options) { if (code.includes("node_modules/ssh2/lib/client.js")) note("ssh2"); super(code, options); }
      };`;
    writeFileSync(join(project, "hook.cjs"), hook);
    const env = { NODE_OPTIONS: `--require ${join(project, "hook.cjs")}` };
    const config = join(project, "ssh_config");
    writeFileSync(config, "User ada\n");
    const words = ["--ssh-config", config, "-s", `repoUrl=${nowhere}`, "-H", "127.0.0.1:1", "deploy"];
    const outcome = await runFake(inject("installed"), words, {
      cwd: project,
      env,
    });
    expect(outcome.exitCode, said(outcome)).toBe(1);
    expect(readFileSync(order, "utf8").trim().split("\n")).toEqual(["git", "ssh2"]);
  });

  it("makes no WebAssembly to connect: its memory would have garbage collected", async () => {
    const hook = `
      const refuse = () => { throw new Error("made WebAssembly"); };
      Object.assign(WebAssembly, { instantiate: refuse, Instance: refuse });`;
    writeFileSync(join(project, "wasm.cjs"), hook);
    const env = { NODE_OPTIONS: `--require ${join(project, "wasm.cjs")}` };
    const outcome = await runFake(inject("installed"), ["exec", "-H", "127.0.0.1:1", "--", "true"], { cwd: project, env });
    expect(said(outcome)).toContain("Nothing accepts connections on 127.0.0.1 port 1.");
  });

  it("asks neither for a terminal nor for a folder to keep things in", async () => {
    const home = join(project, "home");
    mkdirSync(home);
    writeFileSync(join(home, ".cache"), "a file, no folder");
    const outcome = await runFake(inject("installed"), ["tasks"], { cwd: project, env: { HOME: home } });
    expect(outcome.exitCode, said(outcome)).toBe(0);
    expect(outcome.stderr).toBe("");
  });
});

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { askAdvisories } from "../support/advisories.ts";
import { runFake } from "../support/fake.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";
import { unless } from "../support/unless.ts";

const root = resolve(import.meta.dirname, "../..");
const sshd = findSshd() !== undefined;

/** Writes files below a folder. */
function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

interface Sbom {
  readonly components: readonly {
    readonly name: string;
    readonly group?: string;
    readonly version: string;
    readonly purl: string;
    readonly licenses: readonly unknown[];
  }[];
  readonly dependencies: unknown;
}

const advisories = await askAdvisories(join(inject("installed"), "node_modules/fake-deploy/dist/sbom.cdx.json"));

describe("the packed tarball", () => {
  const { files, size } = inject("packed");
  const installed = join(inject("installed"), "node_modules", "fake-deploy");
  const readJson = (path: string): unknown => JSON.parse(readFileSync(join(installed, path), "utf8"));

  it("holds what is run and read, and nothing else", () => {
    const folders = ["dist/", "docs/", "templates/"];
    const others = files.filter((file) => !folders.some((folder) => file.startsWith(folder)));
    expect(others.toSorted()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
    expect(files.filter((file) => /\.test\.|\.map$|(?<!\.d)\.ts$|tsbuildinfo|node_modules|\.env/.test(file))).toEqual([]);
    expect(size).toBeLessThan(1_000_000);
  });

  it("has each file that it names as an entry point, and loads", async () => {
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as Record<string, unknown>;
    const entries = JSON.stringify([manifest["bin"], manifest["exports"]]).match(/\.?\/?dist\/[^"]+/g) ?? [];
    const recipes = readdirSync(join(root, "src/recipes"));
    const paths = entries.flatMap((entry) => recipes.map((recipe) => entry.replace("*", recipe)));
    for (const path of paths) expect(existsSync(join(installed, path)), path).toBe(true);
    expect(manifest["scripts"]).not.toHaveProperty("postinstall");
    expect(Object.keys(await import(join(installed, "dist/recipes/deploy/index.js")))).toContain("deploy");
  });

  it("carries the licence of each package that it contains code of", () => {
    const code = files.filter((file) => file.endsWith(".cjs")).map((file) => readFileSync(join(installed, file), "utf8"));
    const origins = code.flatMap((text) => [...text.matchAll(/^\/\/ (?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)]);
    const bundled = new Set(origins.map(([, name = ""]) => name));
    expect([...bundled]).toEqual(expect.arrayContaining(["yargs", "zod", "simple-git", "listr2"]));
    const licences = readFileSync(join(installed, "dist/THIRD-PARTY-LICENSES"), "utf8").split(/^-{80}$/m);
    const named = licences
      .slice(1)
      .map((text) => /^\n\n(\S+)@[\d.]+ \([A-Z][\w .-]+\)\n\n[\s\S]*(?:copyright|©)/i.exec(text)?.[1]);
    expect(named.filter((name) => name === undefined)).toEqual([]);
    expect([...bundled].filter((name) => !named.includes(name))).toEqual([]);
  });

  it("says in a bill of materials what it contains, by the packages that the licences are of", () => {
    const sbom = readJson("dist/sbom.cdx.json") as Sbom;
    expect(sbom).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.6", metadata: { component: { name: "fake-deploy" } } });
    const licences = readFileSync(join(installed, "dist/THIRD-PARTY-LICENSES"), "utf8");
    const licensed = [...licences.matchAll(/^-{80}\n\n(\S+@[\d.]+) \(/gm)].map(([, title]) => title);
    expect(
      sbom.components.map(({ name, group, version }) => `${group === undefined ? "" : `${group}/`}${name}@${version}`),
    ).toEqual(licensed);
    for (const { purl, licenses } of sbom.components) {
      expect(purl).toMatch(/^pkg:npm\/(?:%40[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/);
      expect(licenses).toEqual([{ expression: expect.stringMatching(/^[A-Z0-9][\w.-]+(?: (?:OR|AND) [\w.-]+)*$/) }]);
    }
    expect(sbom.dependencies).toEqual([{ ref: expect.any(String), dependsOn: sbom.components.map(({ purl }) => purl) }]);
  });

  it("lists that for people", async () => {
    const { stdout } = await runFake(inject("installed"), ["--version", "--verbose"], { cwd: installed });
    const sbom = readJson("dist/sbom.cdx.json") as Sbom;
    expect(stdout.split("\n")[0]).toBe((readJson("package.json") as { version: string }).version);
    expect(stdout).toMatch(/^ {2}yargs +18\.\d+\.\d+ +MIT$/m);
    expect(stdout.match(/^ {2}\S+ +\d/gm)).toHaveLength(sbom.components.length);
  });

  it.skipIf(advisories.code === 2)(
    `has no advisory on anything that it contains${unless(advisories.code !== 2, "the registry answers nothing about advisories")}`,
    () => {
      expect(advisories.said).toMatch(/^No advisories on the \d+ bundled packages\.\n$/);
      expect(advisories.code).toBe(0);
    },
  );

  it("ships declarations only of what an entry point leads to", () => {
    const shipped = files.filter((file) => file.endsWith(".d.ts"));
    const reached = new Set(
      shipped.filter((file) => /^dist\/types\/(?:index|testing|process|recipes\/[^/]+\/index)\.d\.ts$/.test(file)),
    );
    for (const file of reached) {
      const specifiers = readFileSync(join(installed, file), "utf8").matchAll(/(?:from|import)[\s(]*"(\.[^"]+)"/g);
      for (const [, specifier = ""] of specifiers) reached.add(join(dirname(file), specifier.replace(/\.[tj]s$/, ".d.ts")));
    }
    expect(shipped.toSorted()).toEqual([...reached].toSorted());
    expect(shipped.length).toBeGreaterThan(20);
  });

  it("names no path of the machine that it was built on", () => {
    const named = files.filter((file) => readFileSync(join(installed, file), "utf8").includes(root));
    expect(named).toEqual([]);
  });
});

describe.skipIf(!sshd)(`a deployfile of every kind, with the installed package${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  let project: string;
  const settings = (): Record<string, unknown> => ({
    application: "shop",
    repoUrl: story.repo.directory,
    branch: "main",
    deployPath: story.path(0),
  });
  const run = (args: string, cwd = project) =>
    runFake(inject("installed"), ["--ssh-config", story.fleet.sshConfig, ...args.split(" ")], { cwd });
  const code = (header: string, hosts = '["host1"]'): string => `
    ${header}
    const recipe = defineDeployfile(({ env, role, task, use }) => {
      use(deploy());
      env.set(${JSON.stringify(settings())});
      role("web", ${hosts});
      task("hello", "Say hello", async ({ run, env }) => { await run\`echo hello from \${env.application}\`; });
    });
    `;
  const imports = 'import { defineDeployfile } from "fake-deploy"; import { deploy } from "fake-deploy/recipes/deploy";';

  const expectDeploy = async (args = "", cwd = project): Promise<void> => {
    rmSync(story.path(0), { recursive: true, force: true });
    const outcome = await run(`${args} -R web deploy`.trim(), cwd);
    expect(outcome.exitCode, said(outcome)).toBe(0);
    expect(story.read(0, "current/index.txt")).toBe("v1\n");
  };

  beforeAll(async () => {
    story = await startStory(1);
  });
  afterEach(() => rmSync(project, { recursive: true, force: true }));
  afterAll(() => story?.end());

  /** A folder outside of any project; `linked`: with the package in its node_modules. */
  const start = (files: Readonly<Record<string, string>>, linked = true): void => {
    project = realpathSync(mkdtempSync(join(tmpdir(), "fake-project-")));
    write(project, files);
    if (!linked) return;
    mkdirSync(join(project, "node_modules"));
    symlinkSync(join(inject("installed"), "node_modules", "fake-deploy"), join(project, "node_modules", "fake-deploy"));
  };

  it("TypeScript in a CommonJS package, with modules of its own, found from a folder below", async () => {
    start({
      "package.json": JSON.stringify({ name: "shop", type: "commonjs" }),
      "deployfile.ts": `${code(`${imports} import { hosts } from "./ops/hosts.js"; import extra from "./ops/extra.json";`, "[...hosts, ...extra.hosts]")} export default recipe;`,
      "ops/hosts.ts": `enum Names { first = "host1" }\nexport const hosts: string[] = [Names.first];\n`,
      "ops/extra.json": '{ "hosts": [] }',
      "src/deep/.keep": "",
    });
    await expectDeploy("", join(project, "src/deep"));
    const hello = await run("-R web hello");
    expect(said(hello)).toContain("hello from shop");
  });

  it("CommonJS that requires the package", async () => {
    start({
      "package.json": JSON.stringify({ name: "shop" }),
      "deployfile.cjs": `${code('const { defineDeployfile } = require("fake-deploy"); const { deploy } = require("fake-deploy/recipes/deploy");')} module.exports = recipe;`,
    });
    await expectDeploy();
  });

  it("YAML, with roles and settings only", async () => {
    const { application, ...rest } = settings();
    const env = Object.entries(rest).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`);
    start(
      {
        "deployfile.yaml": `use: [deploy]\nenv:\n  application: ${application}\n${env.join("\n")}\nroles:\n  web:\n    hosts: [host1]\n`,
      },
      false,
    );
    await expectDeploy();
    const back = await run("-R web rollback");
    expect(back.exitCode).toBe(1);
    expect(said(back)).toContain("No good release older than the live one");
  });

  it("package.json, in a project that has nothing else", async () => {
    start(
      { "package.json": JSON.stringify({ name: "shop", fake: { use: ["deploy"], env: settings(), roles: { web: ["host1"] } } }) },
      false,
    );
    await expectDeploy();
  });

  it("named with -f from somewhere else, where the package is not installed", async () => {
    start({ "ops/production.ts": `${code(imports)} export default recipe;` }, false);
    const elsewhere = mkdtempSync(join(tmpdir(), "fake-elsewhere-"));
    await expectDeploy(`-f ${join(project, "ops/production.ts")}`, elsewhere);
    rmSync(elsewhere, { recursive: true });
    // Another copy is not asked: what a deployfile imports is the fake that runs it.
    const other = {
      name: "fake-deploy",
      version: "0.0.1",
      type: "module",
      exports: { ".": "./index.js", "./recipes/*": "./index.js" },
    };
    write(join(project, "node_modules/fake-deploy"), {
      "package.json": JSON.stringify(other),
      "index.js": 'throw new Error("the other copy");',
    });
    await expectDeploy("-f ops/production.ts");
  });

  it("that is broken: says where, and connects to nobody", async () => {
    start({ "deployfile.ts": `${code(imports)}\n  before("deploy:publish", "hello");\nexport default recipe;` });
    const before = story.fleet.hosts[0]?.log();
    const thrown = await run("-R web deploy");
    expect(thrown.exitCode).toBe(2);
    expect(thrown.stderr).toMatch(/deployfile\.ts:\d+/);
    write(project, {
      "deployfile.ts": `${code(imports)}\nexport default (app) => { recipe(app); app.before("deploy:publish", "hello"); };`,
    });
    const unknown = await run("-R web deploy");
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain("deploy:publish");
    expect(unknown.stderr).toContain('Did you mean "deploy:publishing"?');
    expect(unknown.stderr).not.toContain("    at ");
    expect(story.fleet.hosts[0]?.log()).toBe(before);
  });
});

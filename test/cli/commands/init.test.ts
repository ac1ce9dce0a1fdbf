/** What a project says about itself ends up in its deployfile. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readOffers } from "../../../src/cli/init/offers.ts";
import { fake, project } from "../run-cli.ts";

const root = resolve(import.meta.dirname, "../../..");
const recipes = readOffers(join(root, "templates/recipes")).map(({ name }) => name);

interface Kind {
  readonly files: Readonly<Record<string, string>>;
  readonly manifest?: object;
  readonly commands: readonly string[];
  readonly run: string;
}

const KINDS: Readonly<Record<string, Kind>> = {
  npm: { files: { "package-lock.json": "{}" }, commands: ["npm ci", "npm run build"], run: "npx fake" },
  pnpm: {
    files: { "pnpm-lock.yaml": "" },
    commands: ["pnpm install --frozen-lockfile", "pnpm run build"],
    run: "pnpm exec fake",
  },
  yarn: { files: { "yarn.lock": "" }, commands: ["yarn install --frozen-lockfile", "yarn run build"], run: "yarn fake" },
  "a newer yarn": {
    files: { "yarn.lock": "", ".yarnrc.yml": "" },
    commands: ["yarn install --immutable", "yarn run build"],
    run: "yarn fake",
  },
  bun: { files: { "bun.lock": "" }, commands: ["bun install --frozen-lockfile", "bun run build"], run: "bunx fake" },
  "no lockfile": { files: {}, commands: ["npm install", "npm run build"], run: "npx fake" },
  "a manager that is named": {
    files: {},
    manifest: { packageManager: "pnpm@9.1.0" },
    commands: ["pnpm install", "pnpm run build"],
    run: "pnpm exec fake",
  },
  "nothing to build": {
    files: { "bun.lockb": "" },
    manifest: { scripts: {} },
    commands: ["bun install --frozen-lockfile"],
    run: "bunx fake",
  },
};

const manifest = { name: "@acme/shop", type: "module", scripts: { build: "tsc" }, devDependencies: { "fake-deploy": "*" } };

/** A project of that kind, cloned from somewhere. */
function clone({ files, manifest: own }: Kind): string {
  const folder = project({ ...files, "package.json": JSON.stringify({ ...manifest, ...own }) });
  const git = (...args: string[]): void => void execFileSync("git", args, { cwd: folder, stdio: "ignore" });
  git("init", "--initial-branch=trunk");
  git("remote", "add", "origin", "git@git.example.com:acme/shop.git");
  return folder;
}

describe("the deployfile of a project with packages", () => {
  it.each(Object.keys(KINDS))("has its repository, branch and package manager: %s", async (name) => {
    const kind = KINDS[name] as Kind;
    const folder = clone(kind);
    const { code, stdout } = await fake(folder, ["init", "--with", "none"]);
    expect(code).toBe(0);
    const next = stdout.split("\n").slice(1, 4);
    expect(next.map((line) => line.replace(/ +#.*/, ""))).toEqual(
      ["doctor -R staging", "plan deploy -R staging", "-R staging deploy"].map((line) => `  ${kind.run} ${line}`),
    );
    expect(next[0]).toMatch(/# what is missing, and how to create it$/);
    for (const line of next) expect(line.length).toBeLessThanOrEqual(80);
    const text = readFileSync(join(folder, "deployfile.ts"), "utf8");
    expect(text).toContain('\n    application: "shop",');
    expect(text).toContain('\n    repoUrl: "git@git.example.com:acme/shop.git",');
    expect(text).toContain('\n    branch: "trunk",');
    const plan = await fake(folder, ["plan", "deploy", "-R", "staging", "--flights"]);
    expect(plan).toMatchObject({ code: 0, stderr: "" });
    const dry = await fake(folder, ["-R", "staging", "deploy", "--dry-run", "-v"]);
    for (const command of kind.commands) expect(text).toContain(`cmd\`${command}\``);
    expect(dry.code).toBe(0);
  });

  it("leaves packages to the node recipe where there is a lockfile", async () => {
    const told = async (kind: string): Promise<string> => {
      const folder = clone(KINDS[kind] as Kind);
      expect((await fake(folder, ["init"])).code).toBe(0);
      expect(await fake(folder, ["plan", "deploy", "-R", "staging"])).toMatchObject({ code: 0, stderr: "" });
      return readFileSync(join(folder, "deployfile.ts"), "utf8");
    };
    const locked = await told("pnpm");
    expect([locked.includes("use(node());"), locked.includes("pnpm install")]).toEqual([true, false]);
    const open = await told("no lockfile");
    expect([open.includes("use(node());"), open.includes("npm install")]).toEqual([false, true]);
  });

  it("type-checks, whatever kind of package it is, with every recipe", { timeout: 240_000 }, async () => {
    const all = project({ "package.json": "{}" });
    for (const [at, type] of ["module", "commonjs"].entries()) {
      const folder = join(all, `p${at}`);
      mkdirSync(folder);
      writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, type, devDependencies: { typescript: "*" } }));
      expect((await fake(folder, ["init", "--with", recipes.join(",")])).code).toBe(0);
    }
    const paths = {
      "fake-deploy": [join(root, "src/index.ts")],
      "fake-deploy/recipes/*": [join(root, "src/recipes/*/index.ts")],
    };
    const options = { paths, typeRoots: [join(root, "node_modules/@types")] };
    const config = {
      extends: join(root, "tsconfig.json"),
      compilerOptions: options,
      include: ["p*/*.ts", "p*/*.mts"],
      exclude: [],
    };
    writeFileSync(join(all, "tsconfig.json"), JSON.stringify(config));
    expect(compile(all)).toBe("");
  });

  it.each([
    [{ type: "module" }, {}, "Wrote deployfile.ts. "],
    [{ type: "module", devDependencies: { typescript: "*" } }, {}, "Wrote deployfile.ts and tsconfig.json. "],
    [{ type: "commonjs" }, {}, "Wrote deployfile.ts. "],
    [{ type: "commonjs", devDependencies: { typescript: "*" } }, {}, "Wrote deployfile.mts and tsconfig.json. "],
    [{ type: "commonjs" }, { "tsconfig.json": "{}" }, "Wrote deployfile.mts. "],
    [{ dependencies: { typescript: "*" } }, {}, "Wrote deployfile.mts and tsconfig.json. "],
    [{}, { "tsconfig.json": "{}" }, "Wrote deployfile.mts. "],
    [{}, {}, "Wrote deployfile.ts. "],
  ] as const)(
    "is an ES module for the compiler that the project has, with a tsconfig where there is none: %j, %j",
    async (own, files, said) => {
      const folder = project({ ...files, "package.json": JSON.stringify(own) });
      const { code, stdout } = await fake(folder, ["init"]);
      expect([code, stdout.slice(0, said.length)]).toEqual([0, said]);
      expect((await fake(folder, ["tasks"])).code).toBe(0);
      const config = readFileSync(join(folder, "tsconfig.json"), { encoding: "utf8", flag: "a+" });
      if (!said.includes("tsconfig")) return expect(config).toBe(Object.values(files).join(""));
      // The guide shows it.
      const guide = readFileSync(join(root, "docs/tasks-and-hooks.md"), "utf8");
      expect(guide).toContain(config.replace(/deployfile\.m?ts/, "deployfile.mts"));
      const yaml = project({ "package.json": JSON.stringify(own) });
      expect((await fake(yaml, ["init", "--yaml"])).stdout).toMatch(/^Wrote deployfile\.yaml\. /);
    },
  );

  it("is not written over one that is there", async () => {
    const folder = project({ "package.json": "{}", "deployfile.yaml": "use: [deploy]\n" });
    expect((await fake(folder, ["init"])).code).toBe(2);
    expect(readFileSync(join(folder, "deployfile.yaml"), "utf8")).toBe("use: [deploy]\n");
  });

  it.each([
    ["git+https://example.com/shop.git", "https://example.com/shop.git"],
    ["acme/shop", "https://github.com/acme/shop.git"],
    [{ url: "gitlab:acme/shop" }, "https://gitlab.com/acme/shop.git"],
  ])("takes the repository of package.json where there is no remote: %j", async (repository, url) => {
    const folder = project({ "package.json": JSON.stringify({ repository }) });
    expect((await fake(folder, ["init"])).code).toBe(0);
    expect(readFileSync(join(folder, "deployfile.ts"), "utf8")).toContain(`repoUrl: "${url}"`);
  });

  it("holds nothing of a package.json that is broken or hostile", async () => {
    for (const text of [
      "{",
      "[]",
      '"x"',
      JSON.stringify({ name: "`;}", repository: "`${process.exit()}", packageManager: 5, scripts: [] }),
    ]) {
      const folder = project({ "package.json": text });
      expect(await fake(folder, ["init"])).toMatchObject({ code: 0, stderr: "" });
      if (text !== "{") expect((await fake(folder, ["tasks"])).code).toBe(0);
    }
  });
});

function compile(folder: string): string {
  try {
    return execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], { encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

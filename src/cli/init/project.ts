import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { LOCKFILES, MANAGERS } from "../../recipes/node/managers.ts";
import { askProgram } from "../ask-program.ts";
import type { CliIo } from "../terminal/io.ts";

/** What a project says about itself, as far as a deployfile wants to know. */
export interface Project {
  readonly application: string;
  readonly repoUrl: string | undefined;
  readonly branch: string | undefined;
  /** Undefined without a package.json. */
  readonly packages: PackageSetup | undefined;
}

/** How packages are installed, and what is there. */
export interface PackageSetup {
  readonly manager: PackageManager;
  /** Command lines, to be run in a release. */
  readonly install: string;
  readonly build: string | undefined;
  /** What starts `fake` here. */
  readonly run: string;
  /** What adds `fake-deploy`; undefined where it is installed. */
  readonly add: string | undefined;
  /** Its `.ts` files are CommonJS to a compiler, which lets them import no ES module: for TypeScript up to 5.7, and `verbatimModuleSyntax`. */
  readonly isCommonJs: boolean;
  /** Its compiler has not been told anything. */
  readonly lacksTsconfig: boolean;
}

type PackageManager = (typeof LOCKFILES)[string];

const RUN: Readonly<Record<PackageManager, string>> = {
  npm: "npx fake",
  pnpm: "pnpm exec fake",
  yarn: "yarn fake",
  bun: "bunx fake",
};
const ADD: Readonly<Record<PackageManager, string>> = {
  npm: "npm install --save-dev fake-deploy",
  pnpm: "pnpm add --save-dev fake-deploy",
  yarn: "yarn add --dev fake-deploy",
  bun: "bun add --dev fake-deploy",
};

/** What of a package.json is looked at. It may say anything. */
interface PackageJson {
  readonly name?: unknown;
  readonly repository?: unknown;
  readonly packageManager?: unknown;
  readonly type?: unknown;
  readonly scripts?: unknown;
  readonly dependencies?: unknown;
  readonly devDependencies?: unknown;
}

/** Looks at the folder, its package.json and its git repository. Nothing is run but `git`. */
export async function readProject(io: CliIo): Promise<Project> {
  const manifest = readManifest(io.cwd);
  const name = textOf(manifest?.name)?.replace(/^@[^/]*\//, "") ?? basename(io.cwd);
  const origin = await askProgram("git", ["config", "--get", "remote.origin.url"], io);
  const head = await askProgram("git", ["symbolic-ref", "--short", "refs/remotes/origin/HEAD"], io);
  const own = await askProgram("git", ["symbolic-ref", "--short", "HEAD"], io);
  const branch = head?.replace(/^origin\//, "") ?? own;
  return {
    application: name.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "") || "app",
    repoUrl: [origin, repositoryOf(manifest)].find(isPlain),
    branch: branch !== undefined && /^[\w./-]+$/.test(branch) ? branch : undefined,
    packages: manifest === undefined ? undefined : packagesOf(manifest, readdirSync(io.cwd)),
  };
}

function packagesOf(manifest: PackageJson, files: readonly string[]): PackageSetup {
  const lockfile = Object.keys(LOCKFILES).find((name) => files.includes(name));
  const [, said, version = ""] = /^(npm|pnpm|yarn|bun)@(\d+)/.exec(textOf(manifest.packageManager) ?? "") ?? [];
  const manager = (said as PackageManager | undefined) ?? (lockfile === undefined ? "npm" : LOCKFILES[lockfile]) ?? "npm";
  const isLocked = lockfile !== undefined && LOCKFILES[lockfile] === manager;
  const isNewYarn = manager === "yarn" && (Number(version) >= 2 || files.includes(".yarnrc.yml"));
  const { program, frozen } = MANAGERS[isNewYarn ? "berry" : manager];
  const known = { ...recordOf(manifest.dependencies), ...recordOf(manifest.devDependencies) };
  const isCompiled = "typescript" in known || files.includes("tsconfig.json");
  const isCommonJs = isCompiled && manifest.type !== "module";
  return {
    manager,
    install: isLocked ? [program, ...frozen].join(" ") : `${manager} install`,
    build: textOf(recordOf(manifest.scripts)["build"]) === undefined ? undefined : `${manager} run build`,
    run: RUN[manager],
    add: "fake-deploy" in known ? undefined : ADD[manager],
    isCommonJs,
    lacksTsconfig: isCompiled && !files.includes("tsconfig.json"),
  };
}

/** `repository` as a URL that git takes: it may be short for one. */
function repositoryOf(manifest: PackageJson | undefined): string | undefined {
  const { repository } = manifest ?? {};
  const text = textOf(repository) ?? textOf(recordOf(repository)["url"]);
  const [, host = "github", path] = /^(?:(github|gitlab|bitbucket):)?([\w.-]+\/[\w.-]+)$/.exec(text ?? "") ?? [];
  if (path === undefined) return text?.replace(/^git\+/, "");
  return `https://${host}.${host === "bitbucket" ? "org" : "com"}/${path}.git`;
}

/** A password in the URL belongs in nobody's deployfile. */
function isPlain(url: string | undefined): url is string {
  return url !== undefined && url !== "" && !/:\/\/[^/@]*:[^/@]*@/.test(url) && !/[\s"'`\\$]/.test(url);
}

function readManifest(folder: string): PackageJson | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, "package.json"), "utf8");
  } catch {
    return undefined;
  }
  try {
    return recordOf(JSON.parse(text));
  } catch {
    // Broken, it says nothing but that there are packages.
    return {};
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

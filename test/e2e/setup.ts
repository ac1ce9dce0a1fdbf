/**
 * What a user does, once for all stories of all projects: packs the package, and installs the tarball in an empty folder. The stories run that
 * `fake`, never the source.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder where the package is installed. */
    readonly installed: string;
    /** What `npm pack` says is in it. */
    readonly packed: { readonly size: number; readonly files: readonly string[] };
  }
}

const root = resolve(import.meta.dirname, "../..");

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

interface Installed {
  readonly directory: string;
  readonly project: string;
  readonly packed: Packed;
}

/** Each project loads this file for itself, all in one process. */
const shared = globalThis as { installedForStories?: Installed | undefined };

export default function setup(project: TestProject): () => void {
  shared.installedForStories ??= install();
  const { directory, project: installed, packed } = shared.installedForStories;
  project.provide("installed", installed);
  project.provide("packed", { size: packed.size, files: packed.files.map(({ path }) => path) });
  // When all projects are done.
  return () => {
    rmSync(directory, { recursive: true, force: true });
    shared.installedForStories = undefined;
  };
}

function install(): Installed {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-installed-")));
  npm(root, "run", "build", "--silent");
  const [packed] = JSON.parse(npm(root, "pack", "--json", "--ignore-scripts", "--pack-destination", directory)) as [Packed];
  const project = join(directory, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", private: true, type: "module" }));
  npm(project, "install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", join(directory, packed.filename));
  return { directory, project, packed };
}

function npm(cwd: string, ...args: readonly string[]): string {
  return execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/**
 * What a user does, once for all stories: packs the package, and installs the tarball in an empty folder. The stories run that
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

export default function setup(project: TestProject): () => void {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-installed-")));
  npm(root, "run", "build", "--silent");
  const [tarball] = JSON.parse(npm(root, "pack", "--json", "--ignore-scripts", "--pack-destination", directory)) as [Packed];
  const installed = join(directory, "project");
  mkdirSync(installed);
  writeFileSync(join(installed, "package.json"), JSON.stringify({ name: "project", private: true, type: "module" }));
  npm(installed, "install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", join(directory, tarball.filename));
  project.provide("installed", installed);
  project.provide("packed", { size: tarball.size, files: tarball.files.map(({ path }) => path) });
  return () => rmSync(directory, { recursive: true, force: true });
}

function npm(cwd: string, ...args: readonly string[]): string {
  return execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

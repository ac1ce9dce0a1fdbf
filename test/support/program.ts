import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";

/** A program of test/support/programs, to be run in a process of its own. */
export interface Program {
  readonly directory: string;
  readonly path: string;
  remove(): void;
}

/** Made for node. Beneath node_modules, where it finds the packages it needs. */
export async function buildProgram(name: string): Promise<Program> {
  const root = resolve(import.meta.dirname, "..", "..");
  const cache = join(root, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, `fake-${name}-`));
  const path = join(directory, `${name}.mjs`);
  const entryPoints = [join(import.meta.dirname, "programs", `${name}.ts`)];
  await build({ entryPoints, outfile: path, bundle: true, packages: "external", platform: "node", format: "esm" });
  return { directory, path, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

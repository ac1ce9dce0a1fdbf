import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** A copy of the tree, into which parts are docked as `CONTRIBUTING.md` says. */
export interface CopiedTree {
  /** Copies a part of `test/fixtures/docking` to a place in the tree; what it imports of the package it imports by path there. */
  add(fixture: string, place: string): void;
  /** Puts a line into a file, behind the one that begins like this. */
  addLine(place: string, behind: string, line: string): void;
  /** What the compiler says of the whole tree. */
  compile(): string;
  build(): void;
  /** Runs the built `fake` in a project with these files. @returns exit code and all it said */
  fake(files: Readonly<Record<string, string>>, ...words: readonly string[]): readonly [exitCode: number | null, said: string];
  remove(): void;
}

export function copyTree(): CopiedTree {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "fake-docking-")));
  for (const name of ["src", "build", "package.json", "tsconfig.json"])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return {
    add(fixture, place) {
      const path = join(root, "test/fixtures/docking", fixture);
      const here = dirname(join(root, place));
      const imported = (from: string): string => relative(here, from).replace(/^(?!\.)/, "./");
      const text = readFileSync(path, "utf8")
        .replaceAll(
          /from "fake-deploy\/(recipes\/[^"]+)"/g,
          (_, name: string) => `from "${imported(`${root}/src/${name}/index.ts`)}"`,
        )
        .replaceAll('from "fake-deploy"', `from "${imported(`${root}/src/index.ts`)}"`)
        .replaceAll(/from "(\.[^"]+)"/g, (all, from: string) => {
          const target = resolve(dirname(path), from);
          return target.startsWith(join(root, "src")) ? `from "${imported(target)}"` : all;
        });
      mkdirSync(dirname(join(folder, place)), { recursive: true });
      writeFileSync(join(folder, place), text);
    },
    addLine(place, behind, line) {
      const lines = readFileSync(join(folder, place), "utf8").split("\n");
      const at = lines.findIndex((each) => each.startsWith(behind));
      if (at === -1) throw new Error(`${place} has no line ${behind}`);
      writeFileSync(join(folder, place), lines.toSpliced(at + 1, 0, line).join("\n"));
    },
    compile: () => spawnSync(process.execPath, [tsc, "-p", "tsconfig.json"], { cwd: folder, encoding: "utf8" }).stdout,
    build: () => void execFileSync(process.execPath, [join(folder, "build/package.mjs")], { stdio: "pipe" }),
    fake(files, ...words) {
      const project = mkdtempSync(join(folder, "project-"));
      for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
      const env = { PATH: process.env["PATH"], HOME: project, NO_COLOR: "1" };
      const options = { cwd: project, env, encoding: "utf8", timeout: 20_000 } as const;
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, "dist/cli/bin.cjs"), ...words], options);
      return [status, stdout + stderr];
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const tsc = join(root, "node_modules/typescript/bin/tsc");

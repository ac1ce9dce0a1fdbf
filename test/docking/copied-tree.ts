import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** A copy of the tree, into which parts are docked as `CONTRIBUTING.md` says. */
export interface CopiedTree {
  /** Copies a part of `test/fixtures/docking` to a place in the tree; what it imports of the package it imports by path there. */
  add(fixture: string, place: string): void;
  /** Writes one line of a file anew. */
  replaceLine(place: string, line: string, replacement: string): void;
  /** What the compiler says of the whole tree. */
  compile(): string;
  build(): void;
  /** Runs the built `fake` in a project with these files. @returns exit code and all it said */
  fake(files: Readonly<Record<string, string>>, ...words: readonly string[]): readonly [exitCode: number | null, said: string];
  remove(): void;
}

export function copyTree(): CopiedTree {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "fake-docking-")));
  for (const name of ["src", "build", "package.json", "tsconfig.json", "tsconfig.build.json"])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return {
    add(fixture, place) {
      const up = "../".repeat(place.split("/").length - 2);
      const text = readFileSync(join(root, "test/fixtures/docking", fixture), "utf8")
        .replaceAll(/from "fake-deploy\/(recipes\/[^"]+)"/g, (_, name: string) => `from "${up}${name}/index.ts"`)
        .replaceAll('from "fake-deploy"', `from "${up}index.ts"`);
      mkdirSync(dirname(join(folder, place)), { recursive: true });
      writeFileSync(join(folder, place), text);
    },
    replaceLine(place, line, replacement) {
      const lines = readFileSync(join(folder, place), "utf8").split("\n");
      const at = lines.indexOf(line);
      if (at === -1) throw new Error(`${place} has no line ${line}`);
      writeFileSync(join(folder, place), lines.with(at, replacement).join("\n"));
    },
    compile: () => spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: folder, encoding: "utf8" }).stdout,
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

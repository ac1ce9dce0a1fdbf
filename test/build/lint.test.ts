import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

/** Lints one file that does not belong there, in a copy of the tree; gives what the linter prints. */
async function lintPlanted(copy: string, path: string, text: string): Promise<string> {
  const planted = join(copy, path);
  writeFileSync(planted, text);
  const biome = join(root, "node_modules", "@biomejs", "biome", "bin", "biome");
  try {
    const { stdout, stderr } = await run(process.execPath, [biome, "lint", "--vcs-enabled=false", path], { cwd: copy });
    return stdout + stderr;
  } catch (error) {
    const failed = error as { stdout: string; stderr: string };
    return `refused\n${failed.stdout}${failed.stderr}`;
  } finally {
    rmSync(planted);
  }
}

describe("the linter guards the sources", () => {
  let copy: string;

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), "fake-architecture-"));
    cpSync(join(root, "src"), join(copy, "src"), { recursive: true });
    for (const path of ["biome.json", "build/layers.biome.json"]) cpSync(join(root, path), join(copy, path));
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  });

  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it("refuses output outside cli and report", async () => {
    const said = await lintPlanted(copy, "src/runner/planted.ts", 'export const planted = (): void => console.log("here");\n');
    expect(said).toMatch(/^refused[\s\S]*noConsole/);
  });

  it("refuses a file over 250 lines", async () => {
    const lines = Array.from({ length: 260 }, (_, line) => `export const line${line} = ${line};\n`);
    const said = await lintPlanted(copy, "src/graph/planted.ts", lines.join(""));
    expect(said).toMatch(/^refused[\s\S]*noExcessiveLinesPerFile/);
  });

  it("refuses an import cycle", async () => {
    const text = 'import { planted } from "./planted.ts";\n\nexport const again = planted;\n';
    writeFileSync(join(copy, "src/graph/planted-too.ts"), text);
    const said = await lintPlanted(
      copy,
      "src/graph/planted.ts",
      'import { again } from "./planted-too.ts";\n\nexport const planted = again;\n',
    );
    rmSync(join(copy, "src/graph/planted-too.ts"));
    expect(said).toMatch(/^refused[\s\S]*noImportCycles/);
  });
});

import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
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

describe("the linter guards the architecture", () => {
  let copy: string;

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), "fake-architecture-"));
    cpSync(join(root, "src"), join(copy, "src"), { recursive: true });
    cpSync(join(root, "biome.json"), join(copy, "biome.json"));
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  });

  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  const violations: readonly (readonly [layer: string, imported: string])[] = [
    ["src/graph", "../env/settings.ts"],
    ["src/hosts", "../command/command.ts"],
    ["src/command", "../hosts/host.ts"],
    ["src/env", "../graph/task.ts"],
    ["src/transport", "../runner/events.ts"],
    ["src/transport/local", "../../runner/events.ts"],
    ["src/runner", "../report/reporter.ts"],
    ["src/dsl", "../transport/transport.ts"],
    ["src/runner", "../prepare/target.ts"],
    ["src/prepare", "../cli/io.ts"],
    ["src/prepare", "../transport/transport.ts"],
    ["src/testing", "../report/reporter.ts"],
    ["src/dsl", "../testing/test-run.ts"],
    ["src/report", "../dsl/app.ts"],
    ["src/loader", "../runner/events.ts"],
    ["src/demo", "../runner/events.ts"],
    ["src/recipes/deploy", "../../runner/context.ts"],
  ];

  it.each(violations)("refuses an import from %s of %s", async (layer, imported) => {
    const text = `import type * as planted from "${imported}";\n\nexport type Planted = keyof typeof planted;\n`;
    const said = await lintPlanted(copy, `${layer}/planted.ts`, text);
    expect(said).toMatch(/^refused/);
    expect(said).toContain("noRestrictedImports");
  });

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

  it("accepts an import that points down", async () => {
    const text = 'import type { Host } from "../hosts/host.ts";\n\nexport type Planted = Host["name"];\n';
    expect(await lintPlanted(copy, "src/transport/planted.ts", text)).not.toMatch(/^refused/);
  });
});

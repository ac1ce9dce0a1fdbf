/** Every snippet of the guides is executed: files are written and type-checked, commands are run, what they print is compared. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { foreignTrees } from "../recipes/deploy/foreign-trees.ts";
import { type ExampleFleet, startExampleFleet } from "../support/example-fleet.ts";
import { guides } from "../support/guides.ts";
import { type Block, parseBlocks, parseConsole, showsInOrder } from "../support/markdown.ts";

const root = resolve(import.meta.dirname, "../..");
describe.each(guides)("%s", (guide) => {
  const blocks = parseBlocks(readFileSync(join(root, guide), "utf8"));
  let fleet: ExampleFleet;
  let cwd: string;

  beforeAll(async () => {
    fleet = await startExampleFleet(inject("installed"));
    cwd = mkdtempSync(join(inject("installed"), "guide-"));
    if (guide === "docs/from-other-tools.md") layOutOtherTool(fleet);
  });
  afterAll(async () => {
    await fleet?.end();
    rmSync(cwd, { recursive: true, force: true });
  });

  it("has no snippet that nothing executes", () => {
    const known = blocks.filter(
      (block) =>
        block.title !== undefined || ["console", "sh", "json", "text", "jsonl"].includes(block.language) || block.language === "",
    );
    expect(blocks.filter((block) => !known.includes(block)).map(({ line }) => line)).toEqual([]);
  });

  it("shows no command twice in a row of them", () => {
    const rows = blocks
      .filter(({ language }) => language === "console")
      .map((block) => parseConsole(block).map(({ command }) => command));
    expect(rows.flatMap((row) => row.filter((command, at) => row.indexOf(command) !== at))).toEqual([]);
  });

  for (const block of blocks) {
    if (block.title !== undefined) it(`line ${block.line}: ${block.title}`, () => writeBlock(block, fleet, cwd));
    if (block.language !== "console") continue;
    for (const { command, exitCode, output, line } of parseConsole(block)) {
      it(`line ${line}: ${command}`, async () => {
        const outcome = await fleet.run(command, cwd);
        expect(outcome.exitCode, outcome.output).toBe(exitCode);
        expect(showsInOrder(outcome.output, output), outcome.output).toBe(true);
      });
    }
  }
});

/** What the guide is about: another tool has deployed there. */
function layOutOtherTool(fleet: ExampleFleet): void {
  const deployer = foreignTrees.find(({ tool }) => tool === "Deployer");
  const shas = ["a", "b", "c", "d"].map((letter) => letter.repeat(40));
  for (const host of ["app1.example.com", "app2.example.com"]) deployer?.make(fleet.path(host, "srv/shop"), "", shas);
}

/** Writes it where the following commands run; TypeScript must compile, a test must pass. */
function writeBlock(block: Block, fleet: ExampleFleet, cwd: string): void {
  const title = block.title ?? "";
  const file = join(cwd, title);
  writeFileSync(file, fleet.relocate(block.text));
  if (!title.endsWith(".ts")) return;
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const options = [
    "--noEmit",
    "--ignoreConfig",
    "--strict",
    "--skipLibCheck",
    "--target",
    "es2023",
    "--module",
    "nodenext",
    "--allowImportingTsExtensions",
  ];
  const types = ["--types", "node", "--typeRoots", join(root, "node_modules", "@types")];
  const printed = tryRun(process.execPath, [tsc, ...options, ...types, file], cwd);
  expect(printed).toBe("");
  if (title.endsWith(".test.ts")) expect(tryRun(process.execPath, [compile(file)], cwd)).toBe("");
  else if (block.text.includes('from "fake-deploy/process"')) compile(file);
}

/** Compiles a test or a script of a guide as a user's tool would. @returns the path of the `.mjs` beside it */
function compile(file: string): string {
  const compiled = file.replace(/\.ts$/, ".mjs");
  buildSync({ entryPoints: [file], outfile: compiled, bundle: true, format: "esm", platform: "node", packages: "external" });
  return compiled;
}

function tryRun(program: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(program, args, { cwd, encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout || String(error);
  }
}

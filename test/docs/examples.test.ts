/** The examples in the docstrings of the public API compile: an editor shows them to whoever writes a deployfile. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";
import { exampleIn, readEntryPoint } from "../support/entry-point.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "fake-examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entryPoints = {
  "fake-deploy": "src/index.ts",
  "fake-deploy/testing": "src/testing.ts",
  "fake-deploy/process": "src/process.ts",
};

/** What a deployfile, a task, a test and a script have at hand. */
const around = `
import assert from "node:assert/strict";
import { deploy } from "fake-deploy/recipes/deploy";
${Object.entries(entryPoints).map(importAll).join("\n")}
declare const app: App;
declare const t: TaskContext;
declare const deployfile: Recipe;
declare const launcher: Launcher;
declare const servers: Action;
declare const clients: Action;
const { env, settings, role, host, task, replace, flow, before, after, onFailure, always, use, verb, option, rehearse } = app;
`;

function importAll([specifier, path]: readonly [string, string]): string {
  const before = Object.entries(entryPoints).slice(0, Object.keys(entryPoints).indexOf(specifier));
  const known = before.flatMap(([, path]) => readEntryPoint(path).map(({ name }) => name));
  const names = readEntryPoint(path).filter(({ name }) => !known.includes(name));
  return `import { ${names.map(({ name, isType }) => (isType ? `type ${name}` : name)).join(", ")} } from "${specifier}";`;
}

/** As a module where it must be one; else as what stands in a function. */
function toModule(example: string): string {
  const isModule = /^(?:export|declare) /m.test(example);
  return `${around}\n${isModule ? example : `export async function example() {\n${example}\n}`}\n`;
}

it("the examples of the public API compile", { timeout: 240_000 }, () => {
  for (const { name, isType, doc } of Object.values(entryPoints).flatMap(readEntryPoint)) {
    const example = exampleIn(doc);
    if (example !== "")
      writeFileSync(join(folder, `${isType || /^[A-Z]/.test(name) ? "type" : "value"}-${name}.ts`), toModule(example));
  }
  const paths = {
    "fake-deploy": [join(root, "src/index.ts")],
    "fake-deploy/testing": [join(root, "src/testing.ts")],
    "fake-deploy/process": [join(root, "src/process.ts")],
    "fake-deploy/recipes/*": [join(root, "src/recipes/*/index.ts")],
  };
  const config = { extends: join(root, "tsconfig.json"), compilerOptions: { paths }, include: ["*.ts"], exclude: [] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  expect(compile()).toBe("");
});

function compile(): string {
  try {
    return execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], { encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

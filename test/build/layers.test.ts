import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

/** What each part of src may import, from the top down. */
const layers = new Map(
  Object.entries(
    JSON.parse(readFileSync(join(root, "build/layers.json"), "utf8")) as Readonly<Record<string, readonly string[]>>,
  ),
);
const parts = [...layers.keys()];

/** A file of each part at each depth, then files of folders and one at the top that no row names. */
const filesOfParts = parts.flatMap((part) => filesOf(part).map((file) => [file, part] as const));
const filesOfNone = ["new/planted.ts", "new/inner/planted.ts", "planted.ts", "transport/new/planted.ts"];

describe("the layers of src", () => {
  let copy: string;
  let refused: ReadonlyMap<string, ReadonlySet<string>>;

  beforeAll(async () => {
    copy = mkdtempSync(join(tmpdir(), "fake-layers-"));
    for (const path of ["biome.json", "build/layers.biome.json"]) cpSync(join(root, path), join(copy, path));
    for (const file of [...filesOfParts.map(([path]) => path), ...filesOfNone]) plant(file);
    refused = await lint();
  });

  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it.each(filesOfParts)("lets %s import what the row of %s names, and nothing else", (file, part) => {
    const may = [...(part === file ? [] : [part]), ...(layers.get(part) ?? [])];
    expect([...(refused.get(file) ?? [])].toSorted()).toEqual(parts.filter((other) => !may.includes(other)).toSorted());
  });

  it.each(filesOfNone)("lets %s, which no row names, import nothing", (file) => {
    expect([...(refused.get(file) ?? [])].toSorted()).toEqual(parts.toSorted());
  });

  it("refuses an import that leaves a folder on a roundabout way, or by the name of the package", async () => {
    const around = ["./../runner/run.ts", "./inner/../../runner/run.ts", "fake-deploy", "fake-deploy/testing"];
    writeFileSync(join(copy, "src/graph/around.ts"), around.map((path) => `import type {} from "${path}";\n`).join(""));
    const said = await lintOutput();
    rmSync(join(copy, "src/graph/around.ts"));
    expect(said.match(/graph\/around\.ts,line=\d/g)).toHaveLength(around.length);
  });

  it("allow nothing that no file does", () => {
    const taken = importsOfSources();
    const free = [...layers].flatMap(([part, may]) => may.map((other) => `${part} ──> ${other}`));
    expect(free.filter((arrow) => !taken.has(arrow))).toEqual([]);
  });

  it("are written for the linter and drawn in the documentation as the table says", async () => {
    await expect(run(process.execPath, [join(root, "build/layers.mjs"), "--check"])).resolves.toBeDefined();
  });

  /** A file with one import from each part, a line each. */
  function plant(file: string): void {
    const path = join(copy, "src", file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, parts.map((part) => `import type {} from "${specifier(file, part)}";\n`).join(""));
  }

  /** For each file the parts that it may not import. */
  async function lint(): Promise<Map<string, Set<string>>> {
    const found = new Map<string, Set<string>>();
    for (const [, path = "", line] of (await lintOutput()).matchAll(/noRestrictedImports,file=([^,]+),line=(\d+)/g)) {
      const file = relative(join(copy, "src"), path);
      found.set(file, (found.get(file) ?? new Set()).add(parts[Number(line) - 1] ?? "none"));
    }
    return found;
  }

  async function lintOutput(): Promise<string> {
    const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
    const options = ["--vcs-enabled=false", "--only=style/noRestrictedImports", "--max-diagnostics=none", "--reporter=github"];
    const refusing = run(process.execPath, [biome, "lint", ...options, "src"], { cwd: copy, maxBuffer: 1e9 });
    const { stdout } = await refusing.catch((error: { readonly stdout: string }) => error);
    return stdout;
  }
});

function filesOf(part: string): string[] {
  if (part.endsWith(".ts")) return [part];
  const inner = parts.some((other) => other.startsWith(`${part}/`)) ? [] : ["inner/planted.ts", "inner/most/planted.ts"];
  return ["planted.ts", ...inner].map((file) => `${part}/${file}`);
}

function specifier(file: string, part: string): string {
  const target = part.endsWith(".ts") ? part : `${part}/anything.ts`;
  const path = posix.relative(posix.dirname(file), target);
  return path.startsWith(".") ? path : `./${path}`;
}

/** Every import of the sources from one part to another, as an arrow. */
function importsOfSources(): ReadonlySet<string> {
  const sources = join(root, "src");
  const files = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return new Set(
    files.flatMap((file) =>
      [...readFileSync(join(sources, file), "utf8").matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(
        ([, path = ""]) => `${partOf(file)} ──> ${partOf(posix.join(posix.dirname(file), path))}`,
      ),
    ),
  );
}

/** The longest of the rows that a file is in: it or a folder of it. */
function partOf(file: string): string {
  const rows = parts.filter((part) => part === file || file.startsWith(`${part}/`));
  return rows.toSorted((one, other) => other.length - one.length)[0] ?? file;
}

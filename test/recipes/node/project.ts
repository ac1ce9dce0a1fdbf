import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { FileContent, GitRepo } from "../../support/git-repo.ts";

/** A project with packages of its own, which need no registry: tarballs beside package.json. */
export interface NodeProject {
  /** Commits it with changes: files, and fields of package.json. */
  commit(files?: Readonly<Record<string, FileContent | undefined>>, manifest?: object): void;
}

const MANIFEST = {
  name: "shop",
  version: "1.0.0",
  scripts: { build: "cp node_modules/dep/index.js built" },
  dependencies: { dep: "file:dep.tgz" },
  devDependencies: { tool: "file:tool.tgz" },
};

let packed: Readonly<Record<string, Buffer>> | undefined;

/** By the real npm, once. */
function pack(): Readonly<Record<string, Buffer>> {
  if (packed !== undefined) return packed;
  const folder = mkdtempSync(join(tmpdir(), "node-packages-"));
  const npm = (...args: readonly string[]): void => void execFileSync("npm", args, { cwd: folder, stdio: "ignore" });
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  try {
    for (const name of ["dep", "tool"]) {
      write(`${name}/package.json`, JSON.stringify({ name, version: "1.0.0" }));
      write(`${name}/index.js`, "v1\n");
      execFileSync("tar", ["-czf", `${name}.tgz`, "--transform", `s,^${name},package,`, name], { cwd: folder });
      rmSync(join(folder, name), { recursive: true });
    }
    write("package.json", JSON.stringify(MANIFEST));
    npm("install", "--package-lock-only", "--no-audit", "--no-fund");
    packed = Object.fromEntries(
      ["dep.tgz", "tool.tgz", "package-lock.json"].map((name) => [name, readFileSync(join(folder, name))]),
    );
    return packed;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function createProject(repo: GitRepo): NodeProject {
  return {
    commit(files = {}, manifest = {}) {
      const all = pack();
      for (const name of ["dep.tgz", "tool.tgz"]) writeFileSync(join(repo.directory, name), all[name] ?? "");
      repo.git("add", "-A");
      const lock = String(all["package-lock.json"]);
      repo.commit(
        { "package.json": JSON.stringify({ ...MANIFEST, ...manifest }, undefined, 2), "package-lock.json": lock, ...files },
        "x",
      );
    },
  };
}

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { nowhere } from "./nowhere.ts";

/** A real repository on this machine, made commit by commit. */
export interface GitRepo {
  /** Its work tree; also what `repoUrl` may be. */
  readonly directory: string;
  /** Writes files and commits them; `undefined` deletes. @returns the commit's id */
  commit(files: Readonly<Record<string, FileContent | undefined>>, message?: string): string;
  git(...args: readonly string[]): string;
  /** The id that a name stands for. */
  sha(name?: string): string;
  remove(): void;
}

/** Text, an executable, or a symbolic link. */
export type FileContent = string | { readonly executable: string } | { readonly link: string };

/** Nothing of the user's own configuration, so that commits are the same everywhere. */
const ENVIRONMENT = {
  PATH: process.env["PATH"],
  HOME: nowhere,
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
  GIT_ALLOW_PROTOCOL: "file",
};

/** Makes an empty repository with the branch `main`. */
export function createGitRepo(directory: string): GitRepo {
  mkdirSync(directory, { recursive: true });
  const git = (...args: readonly string[]): string =>
    execFileSync("git", args, { cwd: directory, env: ENVIRONMENT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  git("init", "--quiet", "--initial-branch=main");
  return {
    directory,
    git,
    sha: (name = "HEAD") => git("rev-parse", name),
    commit(files, message = "Change") {
      writeFiles(directory, files);
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "-m", message);
      return git("rev-parse", "HEAD");
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Writes files below a directory; `undefined` deletes. */
export function writeFiles(directory: string, files: Readonly<Record<string, FileContent | undefined>>): void {
  for (const [path, content] of Object.entries(files)) write(join(directory, path), content);
}

function write(path: string, content: FileContent | undefined): void {
  rmSync(path, { recursive: true, force: true });
  if (content === undefined) return;
  mkdirSync(dirname(path), { recursive: true });
  if (typeof content === "string") writeFileSync(path, content);
  else if ("link" in content) symlinkSync(content.link, path);
  else {
    writeFileSync(path, content.executable);
    chmodSync(path, 0o755);
  }
}

/** The code that is rehearsed: what a clone on this machine has of it, copied, with commits of the rehearsal's own on top. No git server. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../errors.ts";
import type { SiteCode } from "./site.ts";

export interface RepositoryOptions {
  /** As the deployfile has it; undefined where a strategy of its own does without. */
  readonly url: string | undefined;
  /** Branch, tag or commit. */
  readonly ref: string;
  /** Where a clone is looked for: the folder of the deployfile. */
  readonly folder: string;
  /** A clone that was named. */
  readonly given: string | undefined;
  /** Where the copy goes. */
  readonly into: string;
}

/** Nothing of the user's own configuration, and no editor. */
const ALONE = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Rehearsal",
  GIT_AUTHOR_EMAIL: "rehearsal@localhost",
  GIT_COMMITTER_NAME: "Rehearsal",
  GIT_COMMITTER_EMAIL: "rehearsal@localhost",
};

/** Each commit has the same files. @throws UsageError where there is no clone of that repository */
export function copyRepository(options: RepositoryOptions): SiteCode {
  const { ref, into } = options;
  const clone = findClone(options);
  const found = ["refs/heads/", "refs/remotes/origin/", "refs/tags/", ""]
    .map((prefix) => tryGit(clone, "rev-parse", "--verify", "--quiet", `${prefix}${ref}^{commit}`))
    .find((id) => id !== undefined);
  const start = found ?? git(clone, "rev-parse", "HEAD");
  git("/", "clone", "--quiet", "--bare", "--", clone, into);
  const isBranch = ref !== "HEAD" && tryGit(into, "rev-parse", "--verify", "--quiet", `refs/tags/${ref}`) === undefined;
  // The same where that is a branch.
  const branch = isBranch && !/^[0-9a-f]{4,64}$/.test(ref) && !ref.startsWith("refs/") ? ref : "fake-rehearsal";
  git(into, "update-ref", `refs/heads/${branch}`, start);
  git(into, "symbolic-ref", "HEAD", `refs/heads/${branch}`);
  let head = start;
  let commits = 0;
  const changes = tryGit(clone, "status", "--porcelain", "--untracked-files=no") ?? "";
  const remark = changes === "" ? "" : "; changes that are not committed are not in it";
  return {
    what: `${found === undefined ? "HEAD" : ref} (${start.slice(0, 7)}) of ${clone}${remark}`,
    commit() {
      commits += 1;
      head = git(into, "commit-tree", `${head}^{tree}`, "-p", head, "-m", `Rehearsal ${commits}`);
      git(into, "update-ref", `refs/heads/${branch}`, head);
      return head;
    },
    settings: () => [`repoUrl=${into}`, `branch=${branch}`],
  };
}

function findClone({ url, folder, given }: RepositoryOptions): string {
  if (given !== undefined) {
    const clone = tryGit(given, "rev-parse", "--absolute-git-dir") === undefined ? undefined : resolve(given);
    if (clone !== undefined) return clone;
    throw new UsageError("NO_CLONE", `${given} is no git repository.`, { hint: "--repo takes the folder of a clone." });
  }
  const path = url?.replace(/^file:\/\//, "") ?? "";
  if (path.startsWith("/") && existsSync(path)) return path;
  const around = tryGit(folder, "rev-parse", "--show-toplevel");
  const remotes = around === undefined ? [] : (tryGit(around, "config", "--get-regexp", "^remote\\..*\\.url$") ?? "").split("\n");
  const isClone = url === undefined || remotes.some((line) => normalise(line.replace(/^\S+ /, "")) === normalise(url));
  if (around !== undefined && isClone) return around;
  throw new UsageError(
    "NO_CLONE",
    `A rehearsal needs a clone of ${hidePassword(url)} on this machine, and ${folder} is not in one.`,
    {
      hint: "Name one: --repo FOLDER. What is committed there is deployed to the throwaway hosts, and nothing is fetched.",
    },
  );
}

/** `git@host:a/b.git`, `ssh://git@host/a/b` and `https://host/a/b.git` are one repository. */
function normalise(url: string): string {
  return url
    .replace(/^[a-z+]+:\/\//i, "")
    .replace(/^[^@/]*@/, "")
    .replace(/^([^/:]+):(?:\d+\/)?/, "$1/")
    .replace(/\/+$/, "")
    .replace(/\.git$/, "")
    .toLowerCase();
}

function hidePassword(url = "the repository"): string {
  return url.replace(/\/\/[^@/]*@/, "//");
}

function git(directory: string, ...args: readonly string[]): string {
  const env = { PATH: process.env["PATH"], HOME: "/nonexistent", ...ALONE };
  const safe = ["-c", "safe.directory=*"];
  return execFileSync("git", [...safe, ...args], {
    cwd: directory,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

function tryGit(directory: string, ...args: readonly string[]): string | undefined {
  try {
    return git(directory, ...args);
  } catch {
    return undefined;
  }
}

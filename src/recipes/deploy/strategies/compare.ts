import { type Clone, hasCommit } from "./control-clone.ts";

export interface CommitInfo {
  readonly id: string;
  readonly author: string;
  /** ISO 8601. */
  readonly date: string;
  readonly subject: string;
}

export interface FileChange {
  readonly path: string;
  /** Lines; null in files that are no text. */
  readonly added: number | null;
  readonly removed: number | null;
}

/**
 * What is live beside what would be deployed. `behind`: it lacks commits; `ahead`: deploying goes back; `diverged`: both. `unknown`: what is
 * live is not in the repository any more.
 */
export interface Comparison {
  readonly relation: "same" | "behind" | "ahead" | "diverged" | "unknown";
  /** Commits that would come, newest first. */
  readonly commits: readonly CommitInfo[];
  /** Commits that are live and would go. */
  readonly gone: readonly CommitInfo[];
  readonly files: readonly FileChange[];
}

const NONE = { commits: [], gone: [], files: [] };

/** Compares two commits in a clone on the control machine, which has the second. @param tree only what is in this directory; empty for all */
export async function compareCommits(clone: Clone, live: string, next: string, tree: string): Promise<Comparison> {
  if (live === next) return { relation: "same", ...NONE };
  if (!(await hasCommit(clone, live))) return { relation: "unknown", ...NONE };
  const { git } = clone;
  const paths = ["--", ...(tree === "" ? [] : [`:(top,literal)${tree}`])];
  const log = async (range: string): Promise<readonly CommitInfo[]> =>
    parseLog(await git(["log", "--no-show-signature", `--format=${FORMAT}`, range, ...paths]));
  const differ = ["diff", "--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", live, next];
  const [base, commits, gone, files] = await Promise.all([
    git(["merge-base", live, next]).then(
      (text) => text.trim(),
      // They have nothing in common.
      () => "",
    ),
    log(`${live}..${next}`),
    log(`${next}..${live}`),
    git([...differ, ...paths]),
  ]);
  const relation = base === live ? "behind" : base === next ? "ahead" : "diverged";
  return { relation, commits, gone, files: parseNumbers(files) };
}

const FORMAT = "%H%x00%an%x00%aI%x00%s";

function parseLog(output: string): readonly CommitInfo[] {
  return output.split("\n").flatMap((line) => {
    const [id = "", author = "", date = "", ...subject] = line.split("\0");
    return date === "" ? [] : [{ id, author, date, subject: subject.join(" ") }];
  });
}

function parseNumbers(output: string): readonly FileChange[] {
  return output.split("\0").flatMap((entry) => {
    const [, added = "", removed = "", path = ""] = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(entry) ?? [];
    return path === "" ? [] : [{ path, added: toCount(added), removed: toCount(removed) }];
  });
}

function toCount(text: string): number | null {
  return text === "-" ? null : Number(text);
}

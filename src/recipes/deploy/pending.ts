import { drawColumns } from "../../index.ts";
import type { ReleaseInfo } from "./listing.ts";
import { oneLine } from "./log-revision.ts";
import { shortRevision } from "./revision.ts";
import type { CommitInfo, Comparison, FileChange } from "./strategies/compare.ts";
import type { Revision } from "./strategies/strategy.ts";

/** What a deploy would bring to hosts on which the same is live. `incomparable`: what they are is no commit of git. */
export interface PendingDeploy extends Omit<Comparison, "relation"> {
  readonly hosts: readonly string[];
  readonly live: ReleaseInfo | null;
  readonly next: Revision;
  readonly relation: Comparison["relation"] | "nothing-live" | "incomparable";
}

/** Lines of one list before the rest is counted. */
const MOST = 40;

/** For people. */
export function drawPending({ hosts, live, next, relation, commits, gone, files }: PendingDeploy): string {
  const to = name(next.label, next.id);
  const from = live === null ? "nothing" : `${live.id} (${name(live.branch, live.revision)})`;
  const lists = [
    ...listCommits(`${count(commits.length, "commit")} to deploy`, commits),
    ...listCommits(`${count(gone.length, "commit")} that ${gone.length === 1 ? "is" : "are"} live and would go`, gone),
    ...listFiles(files),
  ];
  return [`${hosts.join(", ")}: ${from} is live, ${SAID[relation](to)}.`, ...lists, ""].join("\n");
}

const SAID: { readonly [R in PendingDeploy["relation"]]: (to: string) => string } = {
  same: () => "which is what would be deployed: nothing is pending",
  behind: (to) => `${to} would be deployed`,
  ahead: (to) => `${to} would be deployed, which goes back`,
  diverged: (to) => `${to} would be deployed, which has another history`,
  unknown: (to) => `which is not in the repository any more; ${to} would be deployed`,
  "nothing-live": (to) => `all of ${to} would be deployed`,
  incomparable: (to) => `${to || "what only a host can say"} would be deployed; only commits can be compared`,
};

function name(said: string, id: string): string {
  const label = oneLine(said);
  // The beginning of a commit's id says it already.
  return (
    (label !== "" && id.startsWith(label) ? [label] : [label, shortRevision(id)]).filter((part) => part !== "").join(" ") ||
    "unknown"
  );
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function listCommits(title: string, commits: readonly CommitInfo[]): readonly string[] {
  if (commits.length === 0) return [];
  const rows = commits
    .slice(0, MOST)
    .map(({ id, date, author, subject }) => [shortRevision(id), date.slice(0, 10), author, subject]);
  return [`  ${title}:`, ...indented(rows), ...more(commits.length)];
}

function listFiles(files: readonly FileChange[]): readonly string[] {
  if (files.length === 0) return [];
  const sum = (key: "added" | "removed"): number => files.reduce((total, file) => total + (file[key] ?? 0), 0);
  const rows = files
    .slice(0, MOST)
    .map(({ path, added, removed }) => (added === null ? ["-", "-", path] : [`+${added}`, `-${removed}`, path]));
  return [
    `  ${count(files.length, "file")} changed, +${sum("added")} -${sum("removed")} lines:`,
    ...indented(rows),
    ...more(files.length),
  ];
}

function indented(rows: readonly (readonly string[])[]): readonly string[] {
  return drawColumns(rows)
    .trimEnd()
    .split("\n")
    .map((line) => `    ${line}`);
}

function more(length: number): readonly string[] {
  return length > MOST ? [`    and ${length - MOST} more: --json has all`] : [];
}

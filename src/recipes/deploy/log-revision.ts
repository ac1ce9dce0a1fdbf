import { sh } from "../../index.ts";
import type { DeployPaths } from "./paths.ts";
import { isReleaseId } from "./release-id.ts";
import { isRevisionId } from "./revision.ts";
import { shareText } from "./shared-texts.ts";

/** What revisions.log tells of a release; what it does not tell is empty. */
export interface LoggedRelease {
  readonly branch: string;
  readonly user: string;
  readonly revision: string;
  /** The release that it was left for, as a bad one. */
  readonly leftFor: string;
  /** How many rollbacks to that release, from a newer one, there were by then. */
  readonly rollbacks: number;
}

const DEPLOYED = "deployed as release ";
const ROLLED_BACK = "rolled back to release ";

/** Capistrano's line for a deploy, to the letter: other tools read it. */
export function deployedLine(release: { branch: string; sha: string; id: string; user: string }): string {
  return `Branch ${oneLine(release.branch)} (at ${release.sha}) deployed as release ${release.id} by ${oneLine(release.user)}`;
}

/** Capistrano's line for a rollback. */
export function rolledBackLine(user: string, id: string): string {
  return `${oneLine(user)} rolled back to release ${id}`;
}

/** Appends lines to revisions.log. */
export function logRevision(paths: DeployPaths, lines: string): string {
  return sh`printf '%s\n' ${lines} >>${paths.revisionsLog}`;
}

/** True in the shell when the line was the last one that was noted. */
export function isLogged(paths: DeployPaths, line: string): string {
  return sh`[ "$(tail -n 1 ${paths.revisionsLog} 2>/dev/null)" = ${line} ]`;
}

/**
 * All that revisions.log tells, whoever has written it: lines of deploys in any words that end in `deployed as release ID`, and those of
 * rollbacks. In the order in which the releases were live last.
 */
export function parseRevisionsLog(lines: readonly string[]): ReadonlyMap<string, LoggedRelease> {
  const logged = new Map<string, LoggedRelease>();
  const rollbacks = new Map<string, number>();
  let live = "";
  for (const line of lines) {
    const deployed = parseDeployed(line.trim());
    const [id, release] = deployed ?? [findId(line, ROLLED_BACK).id, undefined];
    if (id === undefined) continue;
    const left = logged.get(live);
    if (deployed === undefined && id < live) rollbacks.set(id, (rollbacks.get(id) ?? 0) + 1);
    if (deployed === undefined && left !== undefined && id < live)
      logged.set(live, { ...left, leftFor: id, rollbacks: rollbacks.get(id) ?? 0 });
    const known = release ?? logged.get(id) ?? { branch: "", user: "", revision: "" };
    logged.delete(id);
    logged.set(id, { ...known, leftFor: "", rollbacks: 0 });
    // A rollback that builds the release again notes both, in this order.
    if (deployed === undefined || id > live) live = id;
  }
  return logged;
}

/** `Branch B (at SHA) deployed as release ID by USER`, without the commit in Capistrano 3.0, or in a deployfile's own words. */
function parseDeployed(line: string): [id: string, logged: Omit<LoggedRelease, "leftFor" | "rollbacks">] | undefined {
  const { id, before, after } = findId(line, DEPLOYED);
  if (id === undefined) return undefined;
  const what = before.startsWith("Branch ") ? before.slice("Branch".length).trimEnd() : "";
  // From its end, where the commit is: a branch may hold the same words. No expression: a line may be as long as its host likes.
  const start = what.endsWith(")") ? what.lastIndexOf(" (at ") : -1;
  const sha = start < 0 ? "" : what.slice(start + " (at ".length, -1);
  const by = after.startsWith(" by ") ? after.slice(" by ".length).trim() : "";
  // Where it names no commit, Capistrano ended it so.
  const user = start < 0 ? by.replace(/;$/, "") : by;
  const [branch, revision] = [(start < 0 ? what : what.slice(0, start)).slice(1), isRevisionId(sha) ? sha : ""];
  return [shareText(id), { branch: shareText(branch), user: shareText(user), revision: shareText(revision) }];
}

/** The release whose id stands behind these words. */
function findId(
  line: string,
  words: string,
): { readonly id: string | undefined; readonly before: string; readonly after: string } {
  const at = line.lastIndexOf(words);
  const rest = at < 0 ? "" : line.slice(at + words.length);
  const id = rest.slice(0, 14);
  const after = rest.slice(14);
  return { id: isReleaseId(id) && !/^\d/.test(after) ? id : undefined, before: line.slice(0, Math.max(at, 0)), after };
}

/** What it says on one line, without control characters. */
export function oneLine(text: string): string {
  return text.replaceAll(/\p{C}+/gu, " ");
}

import { sh } from "../../index.ts";
import type { DeployPaths } from "./paths.ts";

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

function oneLine(text: string): string {
  return text.replaceAll(/\p{C}+/gu, " ");
}

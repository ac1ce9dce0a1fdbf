import type { Command, CommandBodyContext, CommandOptions, Secret } from "../../index.ts";
import type { NewEntry } from "./journal.ts";
import { type DeployPaths, deployPaths } from "./paths.ts";
import { findCurrent, type HostState, type ReleaseState } from "./state.ts";
import { pickStrategy } from "./strategies/pick.ts";
import { parseRepository } from "./strategies/repository.ts";
import type { Source, Strategy } from "./strategies/strategy.ts";

/** What the steps read from their context: the settings and facts of the host at hand, as the builders take them. */

type At = Pick<CommandBodyContext, "env" | "runId" | "dryRun" | "flow" | "cmd">;

export type Kind = "deploy" | "rollback";

export function kindOf(t: Pick<At, "flow">): Kind {
  return t.flow === "rollback" ? "rollback" : "deploy";
}

/** In a flow that makes a release: the recipe's own, or one that a deployfile put together from its stages. */
export function isDeploying(t: Pick<At, "flow">): boolean {
  return t.flow !== undefined && kindOf(t) === "deploy";
}

export function pathsOf(t: Pick<At, "env">): DeployPaths {
  return deployPaths(t.env);
}

export function strategyOf(t: Pick<At, "env">): Strategy {
  return pickStrategy(t.env.scm);
}

/** The strategy's view of the host. Its revision is empty as long as only a host can say which commit is meant. */
export function sourceOf(t: At): Source {
  const { repoTree, submodules, lfsPointers } = t.env;
  return {
    paths: pathsOf(t),
    run: t.runId,
    repository: parseRepository(t.env.repoUrl),
    revision: revisionOf(t),
    repoTree,
    submodules,
    lfsPointers,
  };
}

/** A dry run asks nobody, the repository included. */
function revisionOf(t: At): string {
  if (t.dryRun) return "<revision>";
  return t.env.resolvedRevision.kind === "commit" ? t.env.revision : "";
}

/** How people call what is deployed. */
export function branchOf(t: At): string {
  return t.dryRun ? t.env.branch : t.env.resolvedRevision.name;
}

/** What the host said of its releases; undefined in a dry run, where no host says anything. */
export function stateOf(t: At): HostState | undefined {
  const state: unknown = t.env.releaseState;
  return typeof state === "object" ? (state as HostState) : undefined;
}

/** The release that this run makes or goes back to, for the journal. */
export function releaseOf(t: At): Omit<NewEntry, "status"> {
  const id = t.env.releaseId;
  const user = t.env.localUser;
  if (kindOf(t) === "deploy") return { id, sha: revisionOf(t), branch: branchOf(t), user, run: t.runId };
  const release = stateOf(t)?.releases.find((candidate) => candidate.id === id);
  return { id, sha: release?.revision ?? "", branch: branchOfRelease(release), user, run: t.runId };
}

/** The release that was live when the run began, for the journal. */
export function entryFor(release: ReleaseState, status: NewEntry["status"], run: string): NewEntry {
  const user = release.entry?.user ?? release.logged?.user ?? "";
  return { id: release.id, status, sha: release.revision, branch: branchOfRelease(release), user, run };
}

export function branchOfRelease(release: ReleaseState | undefined): string {
  return release?.entry?.branch ?? release?.logged?.branch ?? "";
}

export function currentOf(t: At): ReleaseState | undefined {
  const state = stateOf(t);
  return state === undefined ? undefined : findCurrent(state);
}

/** `20261120101500 (main 1a2b3c4)`. */
export function describeRelease(release: { id: string; branch: string; sha: string }): string {
  const what = [release.branch, release.sha.slice(0, 7)].filter((part) => part !== "").join(" ");
  return what === "" ? release.id : `${release.id} (${what})`;
}

/** Where a host stands when a deploy has come to nothing. */
export function describeLeft(left: ReleaseState | undefined): string {
  if (left === undefined) return "nothing is live, as before";
  return `live: ${describeRelease({ id: left.id, branch: branchOfRelease(left), sha: left.revision })}, as before`;
}

export interface StepCommand extends CommandOptions {
  readonly title: string;
  readonly text: string;
  readonly vars?: Readonly<Record<string, string | Secret>> | undefined;
}

/**
 * A command of a step. What it prints is read by us, not by people. All are written so that they can be run again when their
 * answer was lost.
 */
export function command(t: At & Pick<CommandBodyContext, "vars">, { text, vars, ...options }: StepCommand): Command {
  const builder = vars === undefined ? t : t.vars(vars);
  return builder.cmd({ quiet: "output", ifLost: "repeat", ...options })(text);
}

import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import type { Command, CommandBodyContext, CommandOptions, Script, Secret } from "../../index.ts";
import type { NewEntry } from "./journal.ts";
import { oneLine } from "./log-revision.ts";
import { type DeployPaths, deployPaths } from "./paths.ts";
import { shortRevision } from "./revision.ts";
import { findCurrent, type HostState, type ReleaseState, readState } from "./state.ts";
import { pickStrategy } from "./strategies/pick.ts";
import type { Artifact, BuildContext, Strategy, StrategyCommand, StrategyContext } from "./strategies/strategy.ts";

/** What the steps read from their context: the settings and facts of the host at hand, as the builders take them. */

type StepContext = Pick<CommandBodyContext, "env" | "runId" | "dryRun" | "flow" | "cmd" | "vars">;

type HostContext = StepContext & { readonly host: { readonly id: string } };

export type Kind = "deploy" | "rollback";

export function kindOf(t: Pick<StepContext, "flow">): Kind {
  return t.flow === "rollback" ? "rollback" : "deploy";
}

/** In a flow that makes a release: the recipe's own, or one that a deployfile put together from its stages. */
export function isDeploying(t: Pick<StepContext, "flow">): boolean {
  return t.flow !== undefined && kindOf(t) === "deploy";
}

export function pathsOf(t: Pick<StepContext, "env">): DeployPaths {
  return deployPaths(t.env);
}

export function strategyOf(t: Pick<StepContext, "env">): Strategy {
  return pickStrategy(t.env.scm);
}

/** The strategy's view of the host. Its revision is empty as long as only a host can say which one is meant. */
export function strategyContext(t: HostContext): StrategyContext {
  return { host: t.host.id, run: t.runId, env: t.env, paths: pathsOf(t), revision: revisionOf(t) };
}

/** The same for a step that builds: it has facts that no task states earlier. */
export function buildContext(t: HostContext): BuildContext {
  const { releaseArtifact } = t.env;
  const artifact = typeof releaseArtifact === "object" && releaseArtifact !== null ? releaseArtifact : undefined;
  return { ...strategyContext(t), probe: stateOf(t)?.source ?? [], artifact };
}

/** A dry run asks nobody, the repository included. */
function revisionOf(t: StepContext): string {
  if (t.dryRun) return "<revision>";
  return t.env.resolvedRevision.id === undefined ? "" : t.env.revision;
}

/** How people call what is deployed. */
export function branchOf(t: StepContext): string {
  return t.dryRun ? t.env.branch : t.env.resolvedRevision.label;
}

/** What the host said of its releases; undefined in a dry run, where no host says anything. */
export function stateOf(t: StepContext): HostState | undefined {
  const state: unknown = t.env.releaseState;
  return typeof state === "object" ? (state as HostState) : undefined;
}

/** The release that this run makes or goes back to, for the journal. */
export function releaseOf(t: StepContext): Omit<NewEntry, "status"> {
  const id = t.env.releaseId;
  const user = t.env.localUser;
  if (kindOf(t) === "deploy") return { id, sha: revisionOf(t), branch: branchOf(t), user, run: t.runId };
  const release = stateOf(t)?.releases.find((candidate) => candidate.id === id);
  return { id, sha: release?.revision ?? "", branch: release?.branch ?? "", user, run: t.runId };
}

/** The release that was live when the run began, for the journal. */
export function entryFor(release: ReleaseState, status: NewEntry["status"], run: string): NewEntry {
  const { id, revision, branch, user } = release;
  return { id, status, sha: revision, branch, user, run };
}

export function currentOf(t: StepContext): ReleaseState | undefined {
  const state = stateOf(t);
  return state === undefined ? undefined : findCurrent(state);
}

/** In a rollback: the host is on the release that it goes back to. Nothing is done there. */
export function staysOn(t: StepContext): boolean {
  return kindOf(t) === "rollback" && !t.dryRun && currentOf(t)?.id === t.env.releaseId;
}

/** In a rollback with `--build`: this run builds the release on the host, which did not have it. No journal tells of it yet. */
export function isBuiltAgain(t: StepContext): boolean {
  if (kindOf(t) !== "rollback" || !t.env.has("releaseId") || !t.env.has("releaseState")) return false;
  const release = stateOf(t)?.releases.find(({ id }) => id === t.env.releaseId);
  return release?.status === "building" && release.entry === undefined;
}

/** `20261120101500 (main 1a2b3c4)`. */
export function describeRelease(release: Pick<NewEntry, "id" | "branch" | "sha">): string {
  const what = [oneLine(release.branch), shortRevision(release.sha)].filter((part) => part !== "").join(" ");
  return what === "" ? release.id : `${release.id} (${what})`;
}

/** Where a host stands when this release is what `current` points to. */
export function describeLive(release: ReleaseState): string {
  return `live: ${describeRelease({ ...release, sha: release.revision })}`;
}

/** Where a host stands when a deploy has come to nothing. */
export function describeLeft(left: ReleaseState | undefined): string {
  return left === undefined ? "nothing is live, as before" : `${describeLive(left)}, as before`;
}

/** Where a host stands that a flow leaves as it found it: not as before, when this run has switched it before that. */
export function describeUnmoved(t: StepContext): string {
  const live = currentOf(t);
  return live === undefined || live.id === t.env.currentBefore.id ? describeLeft(live) : describeLive(live);
}

/** A command of the strategy, with the environment that all its commands have. */
export function strategyCommand(t: HostContext, part: StrategyCommand, options: CommandOptions = {}): Command {
  // Git asks others for help: ssh, who knows passwords, what packs. Some of them stay.
  const { title, text, stdin, contained = false } = part;
  const vars = strategyOf(t).vars?.(strategyContext(t));
  return command(t, title, text, {
    ...(stdin && { stdin: Readable.from(readFile(stdin), { objectMode: false }) }),
    contained,
    ...options,
    vars,
  });
}

/** Opened at the first read: a command that is never sent leaves no file open. */
async function* readFile({ file }: Artifact): AsyncGenerator<Buffer> {
  yield* createReadStream(file);
}

export interface StepOptions extends CommandOptions {
  readonly vars?: Readonly<Record<string, string | Secret>> | undefined;
}

/**
 * A command of a step. What it prints is read by us, not by people. All are written so that they can be run again when their
 * answer was lost.
 */
export function command(t: StepContext, title: string, text: string, { vars, ...options }: StepOptions = {}): Command {
  const builder = vars === undefined ? t : t.vars(vars);
  // A look leaves nothing on a host, not even its own text. A strategy of the deployfile's own has text of its own in any of them.
  const keepText = t.flow !== undefined && !t.dryRun && typeof t.env.scm === "string";
  return builder.cmd({ quiet: "output", ifLost: "repeat", contained: true, keepText, ...options, title })(text);
}

/** The question what the host has: `parseState` reads its answer. A deploy needs to know of what is there alone. */
export function stateCommand(t: StepContext, probe?: Script): Command {
  const options = { captureAll: true, quiet: true, vars: { LC_ALL: "C" } };
  return command(t, "read the state of the releases", readState(pathsOf(t), { probe, present: isDeploying(t) }), options);
}

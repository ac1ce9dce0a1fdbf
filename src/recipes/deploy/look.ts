import { FakeError, type TaskDefinition, type TaskRef, type VerbResult } from "../../index.ts";
import { releasesToRemove } from "./cleanup.ts";
import { listReleases } from "./listing.ts";
import { attempt, lookAround, type ReadHost, readStates, type SeenHost, strategyContextOf, unread } from "./look-around.ts";
import { drawLooks, foldLooks, type HostLook, isStopped, type NextRelease } from "./look-text.ts";
import { nextReleaseId } from "./release-id.ts";
import { findEarlier, isBuilt, pickUnfinished } from "./resume.ts";
import { findLacking, pickTarget, remarksOn, whatIs } from "./rollback.ts";
import { isLiveOn } from "./skip-same.ts";
import { findCurrent } from "./state.ts";
import { notHeld } from "./steps/reverting.ts";
import { nobodySays } from "./steps/updating.ts";
import { findRevisions } from "./strategies/find-revisions.ts";
import { pickStrategy } from "./strategies/pick.ts";
import type { Control, ResolvedRevision } from "./strategies/strategy.ts";

/**
 * What `--dry-run=connect` says of `deploy` and `rollback`: by the functions that the steps decide with, from what hosts say that are only
 * looked at.
 */

type LookOfFlow = NonNullable<TaskDefinition["look"]>;

/** @param task states `releaseState` and `lockOwner` */
export function deployLook(task: TaskRef, control: Control): LookOfFlow {
  return async (t) => {
    const revisions = await findRevisions(t, control);
    const { resume = false, force = false } = t.args;
    const read = resume ? await readStates(t, task) : [];
    const unfinished = resume ? (unread(t.hosts, read) ?? attempt(() => pickUnfinished(read))) : undefined;
    const sha = unfinished instanceof FakeError ? undefined : unfinished?.sha;
    const revisionOf = (host: string): string => sha ?? revisions.get(host)?.id ?? "";
    const seen = await lookAround(t, control, { task, kindOf: () => "deploy", revisionOf });
    if (unfinished instanceof FakeError) return tell("deploy", seen.map(standing), unfinished);
    const id = unfinished?.id ?? nextReleaseId(control.now(), seen.flatMap(idsOf));
    const looks = seen.map((each): HostLook => {
      const next = unfinished && { id, revision: unfinished.sha, branch: unfinished.branch };
      return deployed(each, id, next ?? nextOf(revisions.get(each.host)));
    });
    const mayBeSame = !resume && !force && seen.length > 0 && seen.every(({ at }) => at.env.skipSame);
    const isSame = mayBeSame && isLiveOn(seen.map(({ host, state }) => ({ state, revision: revisionOf(host) || "?" })));
    const told = isSame ? looks.map((look) => ({ ...look, ...NOTHING, skipped: true })) : looks;
    return tell("deploy", told, unread(t.hosts, seen));
  };
}

/** @param task states `releaseState` and `lockOwner` */
export function rollbackLook(task: TaskRef, control: Control): LookOfFlow {
  return async (t) => {
    const read = await readStates(t, task);
    const plan = unread(t.hosts, read) ?? attempt(() => planRollback(read, t.args));
    const refusal = plan instanceof FakeError ? plan : undefined;
    const { target, builders } = plan instanceof FakeError ? { target: undefined, builders: [] } : plan;
    const builds = (host: string): boolean => builders.some((builder) => builder.host === host);
    const seen = await lookAround(t, control, {
      task,
      kindOf: (host) => (builds(host) ? "deploy" : "rollback"),
      revisionOf: (host) => (builds(host) ? target?.revision : undefined),
    });
    if (target === undefined) return tell("rollback", seen.map(standing), refusal);
    const { id, revision } = target;
    const remarks = remarksOn(seen, id);
    const looks = seen.map((each) => rolledBack(each, target, builds(each.host)));
    const unheld = seen.filter(({ host, at, state }) => {
      return builds(host) && pickStrategy(at.env.scm).transfer !== undefined && !state.source.includes("has-revision");
    });
    return tell(
      "rollback",
      looks.map((look) => ({ ...look, remarks: [...look.remarks, ...remarks] })),
      unheld.length === 0 ? unread(t.hosts, seen) : notHeld(unheld, { id, sha: revision }),
    );
  };
}

/** A release that is there, somewhere. */
type RollbackTarget = NextRelease & { readonly id: string };

interface RollbackPlan {
  readonly target: RollbackTarget;
  /** Hosts that build it. */
  readonly builders: readonly ReadHost[];
}

function planRollback(read: readonly ReadHost[], args: { readonly to?: string; readonly build?: boolean }): RollbackPlan {
  const id = pickTarget(read, args);
  const builders = args.build === true ? findLacking(read, id) : [];
  if (builders.length > 0) {
    const { sha, branch } = whatIs(read, id, "");
    return { target: { id, revision: sha, branch }, builders };
  }
  const known = read.flatMap(({ state }) => findEarlier(state, id) ?? []);
  const { revision = "", branch = "" } = known.find((release) => release.revision !== "") ?? {};
  return { target: { id, revision, branch }, builders };
}

/** What stands on the host, and nothing of what would come. */
function standing({ host, at, state, lock, problems, missing, remarks }: SeenHost): HostLook {
  const { linkedDirs, linkedFiles, lockWait } = at.env;
  const live = listReleases(state).find(({ current }) => current) ?? null;
  const linked = [...linkedDirs, ...linkedFiles].map((path) => ({ path, missing: missing.includes(path) }));
  const waits = lockWait === 0 ? "" : String(lockWait);
  const { kind, id, target } = state.current;
  const foreign = kind === "link" && id === undefined ? target : null;
  return { hosts: [host], live, foreign, next: null, skipped: false, ...NOTHING, linked, lock, waits, problems, remarks };
}

const NOTHING = { builds: null, linked: [], switches: false, removed: [], bad: null, packed: null } as const;

function deployed(each: SeenHost, id: string, next: NextRelease): HostLook {
  const { at, state, problems } = each;
  const { keepReleases, copyDirs, scm } = at.env;
  const { name, onHost } = pickStrategy(scm);
  const { reason, branch: label } = next;
  const unsaid = reason === undefined || onHost !== undefined ? [] : [{ message: nobodySays(name, { label, reason }).message }];
  const isThere = isBuilt(findEarlier(state, id));
  const live = findCurrent(state);
  const copied = live === undefined || live.id === id || copyDirs.length === 0 ? [] : [`copy ${copyDirs.join(", ")}`];
  return {
    ...standing(each),
    next,
    problems: [...problems, ...unsaid],
    builds: isThere ? null : [...transfers(each, next.revision), ...copied],
    ...(isThere ? { linked: [] } : {}),
    switches: live?.id !== id,
    removed: releasesToRemove(state, keepReleases, id),
  };
}

function rolledBack(each: SeenHost, target: RollbackTarget, builds: boolean): HostLook {
  const { state, at } = each;
  const look = standing(each);
  const left = findCurrent(state)?.id;
  if (left === target.id) return { ...look, ...NOTHING, next: target };
  return {
    ...look,
    next: target,
    builds: builds ? transfers(each, target.revision) : null,
    linked: builds ? look.linked : [],
    switches: true,
    bad: left !== undefined && target.id < left ? left : null,
    packed: at.env.archiveRolledBack && left !== undefined ? left : null,
  };
}

/** What brings the code, by the titles of its commands; a strategy of one's own may need for it what only a deploy prepares. */
function transfers({ at, state }: SeenHost, revision: string): readonly string[] {
  const context = { ...strategyContextOf(at, revision), probe: state.source, artifact: { file: "" } };
  const { transfer } = pickStrategy(at.env.scm);
  // What the host has is not known before it is known of what.
  if (transfer === undefined) return [];
  try {
    return transfer(context).map(({ title }) => title);
  } catch {
    return ["what brings the code is known only to the deploy"];
  }
}

function nextOf(resolved: ResolvedRevision | undefined): NextRelease {
  if (resolved?.id !== undefined) return { id: null, revision: resolved.id, branch: resolved.label };
  return { id: null, revision: "", branch: resolved?.label ?? "", reason: resolved?.reason };
}

function idsOf({ state }: ReadHost): readonly string[] {
  return [...state.taken, ...state.releases.map(({ id }) => id)];
}

function tell(flow: string, looks: readonly HostLook[], refusal?: FakeError): VerbResult {
  const hosts = foldLooks(looks);
  const ok = refusal === undefined && !looks.some(isStopped);
  const refused = refusal === undefined ? null : { message: refusal.message, hint: refusal.hint };
  return { ok, data: { refused, hosts }, text: drawLooks(flow, hosts, refused) };
}

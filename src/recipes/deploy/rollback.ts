import { drawColumns, FakeError } from "../../index.ts";
import { findCurrent, type HostState, isGood, type ReleaseState } from "./state.ts";

/** One host of a rollback. */
export interface RollbackHost {
  readonly host: string;
  readonly state: HostState;
}

/**
 * The one release that all hosts go back to: the newest that is good on every host and older than what is live on each;
 * or `to`, when it is there and whole on every host.
 * @throws FakeError saying why there is none, with what each host has
 */
export function pickTarget(hosts: readonly RollbackHost[], to?: string): string {
  return to === undefined ? newestCommon(hosts) : chosen(hosts, to);
}

function newestCommon(hosts: readonly RollbackHost[]): string {
  const bare = hosts.filter(({ state }) => findCurrent(state) === undefined);
  if (bare.length > 0)
    throw refusal("NOTHING_DEPLOYED", `Nothing is live on ${namesOf(bare)}: there is nothing to go back from.`, hosts);
  const candidates = hosts.map((host) => ({ ...host, ids: earlierGood(host.state) }));
  const without = candidates.filter(({ ids }) => ids.length === 0);
  if (without.length > 0)
    throw refusal("NO_PREVIOUS_RELEASE", `No good release older than the live one is on ${namesOf(without)}.`, hosts);
  const common = (candidates[0]?.ids ?? []).filter((id) => candidates.every(({ ids }) => ids.includes(id)));
  const target = common.toSorted().at(-1);
  if (target === undefined) throw refusal("NO_COMMON_RELEASE", "No good release older than the live one is on all hosts.", hosts);
  return target;
}

function earlierGood(state: HostState): readonly string[] {
  const current = findCurrent(state)?.id ?? "";
  return state.releases.filter((release) => isGood(release) && release.id < current).map(({ id }) => id);
}

function chosen(hosts: readonly RollbackHost[], to: string): string {
  const found = hosts.map((host) => ({ ...host, release: host.state.releases.find(({ id }) => id === to) }));
  if (found.every(({ release }) => release?.current === true))
    throw refusal("ALREADY_THERE", `All hosts are on ${to} already.`, hosts);
  if (found.every(({ release }) => release === undefined)) throw refusal("UNKNOWN_RELEASE", `There is no release ${to}.`, hosts);
  const gone = found.filter(({ release }) => release !== undefined && !release.present);
  if (gone.length > 0) throw refusal("RELEASE_DELETED", `The release ${to} has been removed from ${namesOf(gone)}.`, hosts);
  const missing = found.filter(({ release }) => release === undefined);
  if (missing.length > 0) throw refusal("RELEASE_MISSING", `The release ${to} was never on ${namesOf(missing)}.`, hosts);
  const broken = found.filter(({ release }) => release?.status === "building" || release?.status === "failed");
  if (broken.length > 0)
    throw refusal("RELEASE_INCOMPLETE", `The release ${to} is not whole on ${namesOf(broken)}: its deploy failed.`, hosts);
  return to;
}

/** Warnings about a target that somebody has chosen although it was left for a reason. */
export function remarksOn(hosts: readonly RollbackHost[], id: string): readonly string[] {
  const statuses = new Set(hosts.flatMap(({ state }) => state.releases.find((release) => release.id === id)?.status ?? []));
  if (statuses.has("bad")) return [`${id} was rolled back from before.`];
  if (statuses.has("complete")) return [`${id} was built, but never live.`];
  return statuses.has("unknown") ? [`No record tells whether ${id} ever worked.`] : [];
}

/** Releases by host, newest first. */
function rollbackTable(hosts: readonly RollbackHost[]): string {
  const ids = [...new Set(hosts.flatMap(({ state }) => state.releases.filter(({ present }) => present).map(({ id }) => id)))]
    .sort()
    .reverse();
  if (ids.length === 0) return "There are no releases on these hosts.";
  const rows = ids.map((id) => [id, ...hosts.map(({ state }) => label(state.releases.find((release) => release.id === id)))]);
  return drawColumns([["release", ...hosts.map(({ host }) => host)], ...rows]).trimEnd();
}

function label(release: ReleaseState | undefined): string {
  if (release?.present !== true) return "-";
  if (release.current) return "live";
  return release.status === "live" ? "good" : release.status;
}

function refusal(code: string, message: string, hosts: readonly RollbackHost[]): FakeError {
  return withReleases(
    code,
    message,
    hosts,
    "Choose a release that is good on all hosts with rollback --to ID, or deploy an older commit: deploy with -s branch=COMMIT.",
  );
}

/** An error that ends a run before anything was changed, with what each host has. */
export function withReleases(code: string, message: string, hosts: readonly RollbackHost[], hint: string): FakeError {
  return new FakeError(code, `${message}\n\n${rollbackTable(hosts)}`, {
    shortMessage: message,
    hint: `Nothing was changed. ${hint}`,
  });
}

export function namesOf(hosts: readonly RollbackHost[]): string {
  return hosts.map(({ host }) => host).join(", ");
}

import { FakeError } from "../../index.ts";
import { drawReleases, listReleases } from "./listing.ts";
import { findReleaseTime } from "./release-id.ts";
import { isCommitId } from "./revision.ts";
import { findBefore, findCurrent, type HostState, isGood } from "./state.ts";

/** One host of a rollback. */
export interface RollbackHost {
  readonly host: string;
  readonly state: HostState;
}

export interface RollbackRequest {
  /** Id of the release to go to. @default what most hosts had before */
  readonly to?: string | undefined;
  /** Hosts that do not have it build it. @default false */
  readonly build?: boolean | undefined;
}

/**
 * The one release that all hosts go back to: what most of them had before the newest that is live, where that is good on each; or `to`,
 * when it is there and whole on every host. With `build`, hosts may lack it. See "Rollback has one target" in docs/deploy-flow.md.
 * @throws FakeError saying why there is none, with what each host has
 */
export function pickTarget(hosts: readonly RollbackHost[], { to, build = false }: RollbackRequest = {}): string {
  return to === undefined ? before(hosts, build) : chosen(hosts, to, build);
}

/** Those that do not have the release, or not all of it. */
export function findLacking<T extends RollbackHost>(hosts: readonly T[], id: string): readonly T[] {
  return hosts.filter(({ state }) => {
    const release = state.releases.find((candidate) => candidate.id === id);
    return release?.present !== true || release.status === "building" || release.status === "failed";
  });
}

/**
 * What the release is, by all hosts that know it.
 * @param hint what to do when they do not agree
 * @throws FakeError when nobody knows, or they know different things
 */
export function whatIs(
  hosts: readonly RollbackHost[],
  id: string,
  hint: string,
): { readonly sha: string; readonly branch: string } {
  const known = hosts.flatMap(({ state }) => state.releases.filter((release) => release.id === id && release.revision !== ""));
  const [first, ...others] = known;
  if (first === undefined) throw withReleases("REVISION_UNKNOWN", `No host tells which commit ${id} is.`, hosts, hint);
  if (others.some(({ revision }) => revision !== first.revision))
    throw withReleases("REVISIONS_DIFFER", `${id} is not the same commit on all hosts.`, hosts, hint);
  return { sha: first.revision, branch: known.find(({ branch }) => branch !== "")?.branch ?? "" };
}

function before(hosts: readonly RollbackHost[], build: boolean): string {
  const id = findTarget(hosts);
  if (id === undefined) throw noTarget(hosts);
  const missing = new Set(build ? findLacking(hosts, id) : []);
  if (hosts.every((host) => hasGood(host, id) || missing.has(host))) return id;
  throw withReleases("NO_COMMON_RELEASE", `${whereGood(hosts, id)}: ${joinOr(waysOn(hosts, id))}.`, hosts);
}

/** What most hosts had before the newest release that is live; of as many, what is good on more of them, then the newer. */
function findTarget(hosts: readonly RollbackHost[]): string | undefined {
  const left = newestLive(hosts);
  const had = hosts.flatMap(({ state }) => hadBefore(state, left) ?? []);
  const ranked = [...new Set(had)].sort().map((id) => ({
    id,
    votes: had.filter((each) => each === id).length,
    good: hosts.filter((host) => hasGood(host, id)).length,
  }));
  return ranked.sort((a, b) => a.votes - b.votes || a.good - b.good).at(-1)?.id;
}

function newestLive(hosts: readonly RollbackHost[]): string {
  return hosts.map(({ state }) => findCurrent(state)?.id ?? "").reduce((newest, id) => (id > newest ? id : newest), "");
}

function hadBefore(state: HostState, left: string): string | undefined {
  const current = findCurrent(state);
  return current !== undefined && current.id < left ? current.id : findBefore(state, left)?.id;
}

function hasGood({ state }: RollbackHost, id: string): boolean {
  return state.releases.some((release) => release.id === id && isGood(release));
}

function noTarget(hosts: readonly RollbackHost[]): FakeError {
  const bare = hosts.filter(({ state }) => findCurrent(state) === undefined);
  if (bare.length === hosts.length)
    return refusal("NOTHING_DEPLOYED", `Nothing is live on ${namesOf(bare)}: there is nothing to go back from.`, hosts);
  return refusal("NO_PREVIOUS_RELEASE", `No good release older than the live one is on ${namesOf(hosts)}.`, hosts);
}

/** `ID is good on all but app3`. */
function whereGood(hosts: readonly RollbackHost[], id: string): string {
  const good = hosts.filter((host) => hasGood(host, id));
  const lacking = hosts.filter((host) => !hasGood(host, id));
  return good.length < lacking.length ? `${id} is good only on ${namesOf(good)}` : `${id} is good on all but ${namesOf(lacking)}`;
}

/** What can be done when the target is not good on all hosts. */
function waysOn(hosts: readonly RollbackHost[], id: string): readonly string[] {
  const others = hosts.filter((host) => hasGood(host, id));
  const lacking = hosts.filter((host) => !hasGood(host, id));
  const left = newestLive(hosts);
  const [first, ...more] = hosts.map(({ state }) => state.releases.flatMap((release) => (isGood(release) ? release.id : [])));
  const common = first?.findLast((candidate) => candidate < left && more.every((ids) => ids.includes(candidate)));
  const sha = others.flatMap(({ state }) => state.releases.find((release) => release.id === id)?.revision || [])[0] ?? "";
  // Where nothing was ever deployed, there is nothing to build from.
  const canBuild = findLacking(lacking, id).filter(hasAny).length === lacking.length;
  return [
    // Where the others are on it already, they would go back further.
    ...(findTarget(others) === id ? [`rollback -x ${lacking.map(({ host }) => host).join(",")}`] : []),
    ...(sha !== "" && canBuild ? [`rollback --to ${id} --build`] : []),
    ...(common === undefined ? [] : [`rollback --to ${common}, which is good on all`]),
    ...(isCommitId(sha) ? [`deploy -s branch=${sha} puts that commit on all`] : ["deploy an older version"]),
  ];
}

function hasAny({ state }: RollbackHost): boolean {
  return state.releases.some(({ present }) => present);
}

function joinOr(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")}, or ${parts.at(-1)}`;
}

function chosen(hosts: readonly RollbackHost[], to: string, build: boolean): string {
  const found = hosts.map((host) => ({ ...host, release: host.state.releases.find(({ id }) => id === to) }));
  if (found.every(({ release }) => release?.current === true))
    throw refusal("ALREADY_THERE", `All hosts are on ${to} already.`, hosts);
  if (found.every(({ release }) => release === undefined)) throw refusal("UNKNOWN_RELEASE", `There is no release ${to}.`, hosts);
  if (build) return to;
  const gone = found.filter(({ release }) => release !== undefined && !release.present);
  if (gone.length > 0)
    throw refusal("RELEASE_DELETED", `The release ${to} has been removed from ${namesOf(gone)}.`, hosts, BUILD);
  const missing = found.filter(({ release }) => release === undefined);
  if (missing.length > 0) throw refusal("RELEASE_MISSING", `The release ${to} was never on ${namesOf(missing)}.`, hosts, BUILD);
  const broken = found.filter(({ release }) => release?.status === "building" || release?.status === "failed");
  if (broken.length > 0)
    throw refusal("RELEASE_INCOMPLETE", `The release ${to} is not whole on ${namesOf(broken)}: its deploy failed.`, hosts, BUILD);
  return to;
}

/** Warnings about a target that somebody has chosen although it was left for a reason. */
export function remarksOn(hosts: readonly RollbackHost[], id: string): readonly string[] {
  const statuses = new Set(hosts.flatMap(({ state }) => state.releases.find((release) => release.id === id)?.status ?? []));
  if (statuses.has("bad")) return [`${id} was rolled back from before.`];
  if (statuses.has("complete")) return [`${id} was built, but never live.`];
  return statuses.has("unknown") ? [`No record tells whether ${id} ever worked.`] : [];
}

const CHOOSE =
  "Choose a release that is good on all hosts with rollback --to ID, or deploy an older commit: deploy with -s branch=COMMIT.";

const BUILD = `With --build, hosts that do not have it build it. ${CHOOSE}`;

function refusal(code: string, message: string, hosts: readonly RollbackHost[], hint = CHOOSE): FakeError {
  return withReleases(code, message, hosts, hint);
}

/** An error that ends a run before anything was changed, with what each host has. */
export function withReleases(code: string, message: string, hosts: readonly RollbackHost[], hint?: string): FakeError {
  const listed = hosts.map(({ host, state }) => ({ host, releases: listReleases(state) }));
  // One clock for all, or hosts that have the same would differ in its age.
  const now = findReleaseTime(hosts[0]?.state.clock ?? "") ?? Number.NaN;
  const table = drawReleases(listed, now).trimEnd();
  return new FakeError(code, `${message}\n\n${table}`, {
    shortMessage: message,
    hint: ["Nothing was changed.", ...(hint === undefined ? [] : [hint])].join(" "),
  });
}

export function namesOf(hosts: readonly Pick<RollbackHost, "host">[]): string {
  return hosts.map(({ host }) => host).join(", ");
}

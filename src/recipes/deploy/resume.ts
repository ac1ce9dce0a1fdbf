import type { FakeError } from "../../index.ts";
import type { JournalEntry } from "./journal.ts";
import { namesOf, type RollbackHost, whatIs, withReleases } from "./rollback.ts";
import { findCurrent, type HostState, type ReleaseState } from "./state.ts";

/** The release that an earlier run has begun and not brought to all hosts. */
type Unfinished = Pick<JournalEntry, "id" | "sha" | "branch">;

/**
 * The newest release that the hosts' journals tell of, to be finished: same id, same commit.
 * @throws FakeError when there is nothing to finish, or it is not to be finished; nothing was changed then
 */
export function pickUnfinished(hosts: readonly RollbackHost[]): Unfinished {
  const begun = hosts.flatMap(({ state }) => state.releases.findLast(({ entry }) => entry !== undefined)?.id ?? []);
  const id = begun.toSorted().at(-1);
  if (id === undefined) throw refusal("NOTHING_TO_RESUME", "No journal on these hosts tells of a deploy.", hosts);
  const ahead = hosts.filter(({ state }) => (findCurrent(state)?.id ?? "") > id);
  if (ahead.length > 0)
    throw refusal("RELEASE_OVERTAKEN", `${namesOf(ahead)} went on to a newer release than ${id}, by another tool.`, hosts);
  const releases = hosts.flatMap(({ state }) => state.releases.find((release) => release.id === id) ?? []);
  if (hosts.every(({ state }) => findCurrent(state)?.id === id))
    throw refusal("NOTHING_TO_RESUME", `The newest deploy came to its end: all hosts are on ${id}.`, hosts);
  if (releases.some(({ entry }) => entry?.status === "bad"))
    throw refusal("RELEASE_BAD", `${id} was rolled back from: it is not to be finished.`, hosts);
  if (releases.every(({ entry }) => entry === undefined || entry.status === "failed"))
    throw refusal("NOTHING_TO_RESUME", `The deploy of ${id} failed, and was cleared away everywhere.`, hosts);
  return { id, ...whatIs(hosts, id, ANEW) };
}

/** True when the release is all there, and need not be built again. */
export function isBuilt(release: ReleaseState | undefined): boolean {
  return release?.present === true && (release.entry?.status === "complete" || release.entry?.status === "live");
}

/** What an earlier run left of a release on a host. */
export function findEarlier(state: HostState | undefined, id: string): ReleaseState | undefined {
  return state?.releases.find((release) => release.id === id);
}

const ANEW = "Start a new deploy: without --resume.";

function refusal(code: string, message: string, hosts: readonly RollbackHost[]): FakeError {
  return withReleases(code, message, hosts, ANEW);
}

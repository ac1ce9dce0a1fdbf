import { drawColumns, formatMoment } from "../../index.ts";
import { oneLine } from "./log-revision.ts";
import { findReleaseTime } from "./release-id.ts";
import { shortRevision } from "./revision.ts";
import type { HostState, ReleaseState } from "./state.ts";

/**
 * For `fake releases` and `fake unlock`. Both run a hidden task on the hosts and then read a fact of each host:
 *
 * - task `deploy:releases` states `releases`: `readonly ReleaseInfo[]`, newest first. It changes nothing and needs no lock.
 * - task `deploy:lock-owner` states `lockOwner`: `LockOwner`, or null where nobody holds the lock.
 * - task `deploy:unlock-force` removes the lock whoever holds it; with the argument `run` only the lock of that run.
 */
export interface ReleaseInfo {
  readonly id: string;
  /** Its directory, as seen from `releases`, where another tool has made it: what `fake adopt` took over. */
  readonly adopted?: string | undefined;
  /** When it was made, ISO 8601 in UTC. */
  readonly at: string;
  /** What `current` points to. */
  readonly current: boolean;
  readonly status: ReleaseLabel;
  /** Commit; empty when unknown. */
  readonly revision: string;
  readonly branch: string;
  readonly user: string;
}

/** `live` is the current one; `good` was live before. */
export type ReleaseLabel = "live" | "good" | "building" | "complete" | "failed" | "bad" | "unknown";

/** Releases whose directories are there, newest first. */
export function listReleases(state: HostState): readonly ReleaseInfo[] {
  return state.releases
    .filter((release) => release.present)
    .map(toInfo)
    .reverse();
}

function toInfo({ id, adopted, current, status, revision, branch, user }: ReleaseState): ReleaseInfo {
  const at = new Date(findReleaseTime(id) ?? 0).toISOString();
  return {
    id,
    ...(adopted === undefined ? {} : { adopted }),
    at,
    current,
    status: labelOf(current, status),
    revision,
    branch,
    user,
  };
}

export function labelOf(current: boolean, status: ReleaseState["status"]): ReleaseLabel {
  if (current) return "live";
  return status === "live" ? "good" : status;
}

/** A table for each group of hosts that have the same; a star marks what is live. @param now for the age of each */
export function drawReleases(listed: readonly { host: string; releases: readonly ReleaseInfo[] }[], now: number): string {
  const tables = listed.map(({ host, releases }) => {
    return [host, releases.length === 0 ? "  no releases\n" : drawTable(releases, now)] as const;
  });
  return foldHosts(tables)
    .map(([hosts, table]) => `${hosts}\n${table}`)
    .join("\n");
}

/** A line for each group of hosts of which the same is to be said. @param said of each host */
export function drawByHosts(said: readonly (readonly [host: string, text: string])[]): string {
  return foldHosts(said)
    .map(([hosts, text]) => `${hosts}: ${text}\n`)
    .join("");
}

function foldHosts(
  said: readonly (readonly [host: string, text: string])[],
): readonly (readonly [hosts: string, text: string])[] {
  const groups = new Map<string, string[]>();
  for (const [host, text] of said) groups.set(text, [...(groups.get(text) ?? []), host]);
  return [...groups].map(([text, hosts]) => [hosts.join(", "), text]);
}

function drawTable(releases: readonly ReleaseInfo[], now: number): string {
  const rows = releases.map(({ id, adopted, at, current, status, revision, branch, user }) => [
    current ? "*" : " ",
    adopted === undefined ? id : `${id} -> ${oneLine(adopted)}`,
    status,
    shortRevision(revision) || "-",
    oneLine(branch) || "-",
    oneLine(user) || "-",
    formatMoment(at, now),
  ]);
  return drawColumns([[" ", "RELEASE", "STATUS", "REVISION", "BRANCH", "BY", "MADE"], ...rows]);
}
